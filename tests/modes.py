# SPDX-License-Identifier: MIT
"""Checks what nca-modes prints: modes.py BUILD

Small runs stand here with their values worked out by hand; those of random runs follow from the
definition in nca-measures(7), in numpy, from streams read with format/nca.py. Prints TAP.
"""

import collections
import functools
import math
import subprocess
from fractions import Fraction

import numpy as np

import model
import synthetic
from taps import F, check, close, finish, named, nca, output, run


def modes(*arguments):
    """Rows, with their generations."""
    head, *rows = output('modes', '--tsv', *arguments).decode().splitlines()
    names = '# generation persistent change novelty ecology complexity'.split(' ')
    assert head.split('\t') in ([' '.join(names[:2]), *names[2:]],
                                [' '.join(names[:2]), *names[2:-1]]), head
    return [[float(value) for value in row.split('\t')] for row in rows]


def same(what, expected, *arguments):
    rows = modes(*arguments)
    check(close(rows, expected), what, *(f'{a} expected {b}' for a, b in zip(rows, expected)
                                         if not close([a], [b])), f'{len(rows)} rows')


# By hand. Every second generation, from 0 on: 6 descends from 5, 4 and 1, 7 from 6, 8 from nobody.
# 2 and 6 have one colour (0.001 is 0 in two decimals), and so have 1 and 8.

def genome(**places):
    values = np.zeros(12, F)
    for place, value in places.items():
        values[int(place[1:])] = value
    return values


FOUNDERS = [genome(w0=0.1), genome(w1=0.1), genome(w2=0.1)]
BORN = {1: [(1, genome(w3=0.1)), (4, genome(w4=0.1))], 2: [(5, genome(w1=0.1, w5=0.001))],
        3: [(6, genome(w6=0.1)), (0, genome(w0=0.1, w6=0.001))]}
CARRIED = [[1, 1, 2, 3, 0], [1, 4, 2, 5, 0], [6, 6, 2, 2, 0], [7, 6, 2, 8, 0], [7, 7, 2, 8, 0],
           [0, 8, 0, 8, 0], [8, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
STORY = [(cells + [0] * 5, BORN.get(t, []), None) for t, cells in enumerate(CARRIED)]
# 1 and 2 persist, of 2 cells and 1; then 6 and 2, of 2 each; then 8; then nobody.
TWO_ONE = math.log2(3) - 2 / 3
ROWS = [[0, 2, 2, 2, TWO_ONE], [2, 2, 1, 1, 1], [4, 1, 1, 1, 0], [6, 0, 0, 0, 0]]
COLOURS = [[0, 2, 2, 2, TWO_ONE], [2, 1, 0, 0, 0], [4, 1, 1, 0, 0], [6, 0, 0, 0, 0]]
hand = synthetic.write('hand', 1, FOUNDERS, STORY)
PLAIN = '--no-complexity', '--interval', '2'
same('by hand', ROWS, *PLAIN, hand)
same('by hand: colours', COLOURS, *PLAIN, '--component', 'ghc', hand)
same('by hand: births of generations left out are known', ROWS, *PLAIN, synthetic.write(
    'left', 1, FOUNDERS, STORY, [0, 2, 4, 6, 8]))
same('by hand: generation 4 left out', [ROWS[0], ROWS[3]], *PLAIN, synthetic.write(
    'four', 1, FOUNDERS, STORY, [0, 1, 2, 3, 5, 6, 7, 8]))
same('by hand: births missing', [ROWS[0], ROWS[2], ROWS[3]], *PLAIN, synthetic.write(
    'pool', 1, FOUNDERS, STORY, None, [3]))
same('by hand: intervals of 3', [[0, 2, 2, 2, TWO_ONE], [3, 1, 1, 1, 0]], '--no-complexity',
     '--interval', '3', hand)
same('by hand: no interval', [], '--no-complexity', hand)

# By hand. A row of cells, so x[3 * i + j] is that to the left, itself, to the right, for each i.
# With no hidden function a cell lives if the sum of the weights to living cells, times W2, is 0.24
# or more, but not if it is 0.16 or less. 1 lives by itself and W2; 2 by W2, as either of two
# weights suffices; 3 by what is left in one cell, by what is right in another, and W2; 4 by three
# weights and W2; 5 by its bias.
SITES = [genome(w4=1, w10=1), genome(w4=1, w1=1, w10=1), genome(w3=1, w5=1, w10=1),
         genome(w3=0.2, w5=0.2, w4=0.2, w10=0.4), genome(b11=1, w4=0.1, w10=1)]
ALIVE = [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1]
CELLS = [1, 0, 0, 0, 2, 0, 3, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 5]


def sites(name, carried, next_carried):
    """Of those that are carried in the second generation, too."""
    return synthetic.write(name, 1, SITES, [(carried, [], ALIVE), (next_carried, [], ALIVE)],
                           hidden='none')


for of, expected in ([1], 2), ([2], 1), ([3], 3), ([4], 4), ([5], 0), ([1, 2, 3], 3), ([], 0):
    rows = modes('--interval', '1', sites('sites', CELLS, [c if c in of else 0 for c in CELLS]))
    check([row[-1] for row in rows] == [expected], f'by hand: informative sites of {of}', str(rows))
same('by hand: a landscape that lets nothing live', [[0, 1, 1, 1, 0, 0]], '--interval', '1',
     synthetic.write('high', 1, SITES, [([1] + [0] * 17, [], ALIVE)] * 2, hidden='none', alpha=0.8))
# Two that differ in a weight to a dead cell do the same.
twins = synthetic.write('twins', 1, [SITES[0], genome(w4=1, w10=1, w8=0.5)],
                        [([1, 0, 0, 2, 0, 0], [], [1, 0, 0, 1, 0, 0])] * 2, hidden='none')
same('by hand: two genotypes', [[0, 2, 2, 2, 1, 2]], '--interval', '1', twins)
same('by hand: one functional component', [[0, 1, 1, 1, 0, 2]], '--interval', '1', '--component',
     'functional', twins)


# From the definition

@functools.cache
def bit(weight):
    return hash(float(10 * (round(Fraction(weight) * 100) / 100))) % 2


def lives(m, g, genomes):
    """Whether each cell, with these genomes, lives in the next generation: steps 1 to 5."""
    L, rows, cols = g.state.shape
    alpha = model.varied(m, 'alpha', g.generation + 1)

    def neighbours(plane):
        return np.stack([np.roll(plane, (-dr, -dc), (0, 1)).ravel() for dr in (-1, 0, 1)
                         for dc in (-1, 0, 1)], 1)
    x = np.concatenate([neighbours(channel) for channel in g.state], 1)
    live = (x > np.tile(neighbours(alpha.reshape(rows, cols)), L)).any(1)
    W1, b1, W2, b2 = model.parts(L, genomes.astype(np.float64))
    h = model.ACTIVATION[m['hidden']](b1 + np.einsum('nkm,nm->nk', W1, x.astype(np.float64)))
    o = b2[:, 0] + np.einsum('nk,nk->n', W2[:, 0], h)
    s = model.ACTIVATION[m['activation']](np.where(live, o, 0)).astype(F)
    rounded = np.rint(s.astype(np.float64) * 10).astype(F) / F(10)
    return (s > alpha) & (rounded > alpha)


def informative(m, g):
    """{serial: informative weights}"""
    genomes, serials = g.genomes(), g.serials.ravel()
    sites = {int(serial): set() for serial in serials}
    alive = lives(m, g, genomes)
    for w in model.weights(g.state.shape[0]):
        without = genomes.copy()
        without[:, w] = 0
        for cell in np.flatnonzero(alive & (genomes[:, w] != 0) & ~lives(m, g, without)):
            sites[int(serials[cell])].add(w)
    return sites


def reference(files, T, component, complexity=True):
    reader, parents, at, rows, before, ever = nca.open(*files), {}, {}, [], set(), set()
    expected, lost = None, []
    for g in reader:
        parents.update((birth.serial, birth.parent) for birth in g.births)
        if expected is not None and g.next_serial - len(g.births) != expected:
            lost.append(g.generation)
        expected = g.next_serial
        carried = collections.Counter(g.serials.ravel().tolist())
        del carried[0]
        A = g.generation - T
        if A in at and not any(A < t <= g.generation for t in lost):
            row, now = row_of(parents, carried, *at[A], component, complexity)
            rows.append([A, len(now), len(now - before), len(now - ever), *row])
            before, ever = now, ever | now
        if g.generation % T == 0:
            genomes = {held.serial: held.parameters for held in g.pool.values()}
            sites = informative(reader.header, g) if complexity or component == 'functional' else {}
            at[g.generation] = carried, genomes, sites
    return rows


def row_of(parents, carried, then, genomes, sites, component, complexity):
    persisting = set()
    for serial in carried:
        while serial and serial not in then:
            serial = parents.get(serial, 0)
        persisting.add(serial)
    persisting.discard(0)

    def of(serial):
        if component == 'ghc':
            return tuple(map(bit, genomes[serial][:24].tolist()))
        if component == 'functional':
            parameters, L = genomes[serial].copy(), round((len(genomes[serial]) / 10)**0.5)
            parameters[[w for w in model.weights(L) if w not in sites[serial]]] = 0
            return parameters.tobytes()
        return serial
    cells = collections.Counter()
    for serial in persisting:
        cells[of(serial)] += then[serial]
    n = sum(cells.values())
    entropy = math.fsum(c / n * math.log2(n / c) for c in cells.values())
    most = max((len(sites[serial]) for serial in persisting), default=0) if complexity else None
    return [entropy] + [most] * complexity, set(cells)


def agree(what, files, T, components=('genotype', 'ghc', 'functional')):
    for component in components:
        for options in [], ['--no-complexity']:
            same(f'{what}: {component} {" ".join(options)}',
                 reference(files, T, component, not options), '--interval', str(T), '--component',
                 component, *options, *files)


one = run('one', '-W 13 -H 12 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60')
agree('a run', [one], 10)
thin = run('thin', '-W 13 -H 12 --init 0.3 --ip 0.3 --ppp 0.1 --budget inf', '-n 60 --every 5')
agree('generations left out', [thin], 10, ['functional'])
agree('three channels, keyframes, tanh', [run(
    'wide', '--channels 3 -W 9 -H 9 --init 0.3 --ip 0.3 --ppp 0.1 --activation tanh --alpha 0',
    '-n 30 --keyframe 4')], 6, ['functional'])
agree('a landscape of thresholds', [run(
    'land', '-W 13 -H 12 --init 0.3 --ip 0.3 --ppp 0.1 --budget inf',
    '-n 40 --landscape patches:4,5,0.3 --landscape-on alpha')], 8, ['functional'])
output('step', '-n', '30', '-o', named('more'), one, check=True)
agree('two parts', [one, named('more')], 7, ['ghc'])
output('cat', '-o', named('late'), '--generations', '75:90', named('more'), check=True)
agree('parts with a gap', [one, named('late')], 5, ['genotype'])
check(modes('--no-complexity', '--interval', '5', one)
      == [row[:-1] for row in modes('--interval', '5', one)], 'the same without complexity')
rows = modes('--no-complexity', '--interval', '5', one)
check(len(rows) == 12 and all(row[2] == row[3] for row in rows),
      'genotypes do not come back: novelty is change')
output('step', '-n', '9', '-o', named('after'), run('other', '-W 13 -H 12 --init 0.1 --seed 2',
                                                    '-n 60'), check=True)
check('not parts of one run' in output('modes', one, named('after'), stderr=subprocess.STDOUT)
      .decode(), 'parts of two runs')
finish()
