# SPDX-License-Identifier: MIT
"""Checks what nca-hill prints: hill.py BUILD

Small runs stand here with their values worked out by hand; those of random runs follow from the
definition in nca-measures(7), from streams read with format/nca.py. Prints TAP.
"""

import collections
import functools
import math
import os
from fractions import Fraction

import numpy as np

import synthetic
from taps import F, check, close, finish, named, nca, output, run, table, write_alpha

GROUPS = 'genotypes', 'clades', 'ghc', 'types'
NAN = math.nan


def same(what, got, expected):
    """Whether rows are the expected ones; NaN equals NaN."""
    got, expected = ([[-1 if v != v else v for v in row] for row in rows]
                     for rows in (got, expected))
    check(close(got, expected), what, *(f'{a} expected {b}' for a, b in zip(got, expected)
                                        if not close([a], [b])), f'{len(got)} rows')


def hill(*arguments):
    return table('hill', *arguments)[1]


# By hand. 1 and 3 have one colour: 0.001 is 0 in two decimals. 5 and 6 are black, as 10 * 0.2 and
# 10 * 0.4 are even. Alpha 0.04 lives, and is of type 0.

def genome(**places):
    values = np.zeros(12, F)
    for place, value in places.items():
        values[int(place[1:])] = value
    return values


ONE = genome(w0=0.1)
FOUNDERS = [ONE, genome(w1=0.1), genome(w0=0.1, w5=0.001)]
BORN = [(1, genome(w0=0.1, w2=0.1)), (0, genome(w3=0.2)), (5, genome(w3=0.4))]  # 4, 5, 6
NOBODY = [0] * 8
BY_HAND = [([1, 1, 2, 3, 0, 0, 0, 0], [], [0.5, 0.52, 1, 0.04, 0, 0, 0, 0]),
           ([4, 4, 4, 2, 5, 6, 0, 0], BORN, [0, 0, 0, 0, 0, 0, 0, 0.75]),
           (NOBODY, [], NOBODY)]
# Generation 0: genotypes 2, 1, 1, each its own clade; colours 3, 1; types 2, 1, 1.
# Generation 1: genotypes 3, 1, 1, 1; clades of 1, 2 and 5: 3, 1, 2; colours 3, 1, 2; one type.
TWO_ONE_ONE = [3, 2**1.5, 8 / 3, 2, 2**1.5 / 3]
THREE_ONE = [2, 4 / 3**0.75, 8 / 5, 4 / 3, 2 / 3**0.75]
THREE_ONES = [4, math.sqrt(12), 3, 2, math.sqrt(12) / 4]
THREE_TWO_ONE = [3, 2**0.5 * 3**(1 / 3) * 6**(1 / 6), 18 / 7, 2,
                 2**0.5 * 3**(1 / 3) * 6**(1 / 6) / 3]
ALIKE, NOTHING = [1, 1, 1, 1, 1], [0, 0, 0, 0, NAN]
ROWS = [TWO_ONE_ONE + TWO_ONE_ONE + THREE_ONE + TWO_ONE_ONE,
        THREE_ONES + THREE_TWO_ONE + THREE_TWO_ONE + ALIKE, NOTHING * 4]

hand = synthetic.write('hand', 1, FOUNDERS, BY_HAND)
names = [f'{group}_{column}' for group in GROUPS
         for column in ('d0', 'd1', 'd2', 'dinf', 'evenness')]
check(table('hill', hand)[0] == names, 'the columns', str(table('hill', hand)[0]))
same('by hand', hill(hand), ROWS)
check([row[i] for row in hill(synthetic.write('even', 1, FOUNDERS, [([1, 2, 3], [], [1, 1, 1])]))
       for i in range(10)] == [3, 3, 3, 3, 1] * 2, 'all kinds equally frequent, exactly')
same('by hand: two decimals', [row[15:] for row in hill('--digits', '2', hand)],
     [[4, 4, 4, 4, 1], ALIKE, NOTHING])
same('by hand: a pool in the place of births', hill(synthetic.write(
    'pool', 1, FOUNDERS, BY_HAND, None, [1])), ROWS)

# Clades: 3 is born of 1, 4 and 5 of 3, which then is gone. If generation 1 is left out, its births
# still say so. If they are missing, 3 is the oldest known ancestor of 4 and of 5. A stream that
# starts in generation 2 starts with them.
SHADE = genome(w0=0.1, w2=0.1)
STORY = [([1, 1, 2, 0, 0, 0], [], NOBODY[:6]), ([1, 3, 2, 0, 0, 0], [(1, SHADE)], NOBODY[:6]),
         ([1, 4, 5, 5, 2, 0], [(3, genome(w7=1)), (3, genome(w8=1))], NOBODY[:6])]
CLADES = {'births': (None, (), [4, 1]), 'left': ([0, 2], (), [4, 1]),
          'missing': ([0, 2], [2], [3, 1, 1]), 'late': ([2], (), [1, 1, 2, 1])}
for name, (kept, pools, counts) in CLADES.items():
    last = hill(synthetic.write(name, 1, FOUNDERS[:2], STORY, kept, pools))[-1]
    n = sum(counts)
    same(f'clades by hand: {name}', [last[5:9]],
         [[len(counts), math.exp(-math.fsum(c / n * math.log(c / n) for c in counts)),
           n * n / sum(c * c for c in counts), n / max(counts)]])


# From the definition

def numbers(counts):
    if not counts:
        return NOTHING
    n, kinds = sum(counts.values()), len(counts)
    d1 = math.exp(-math.fsum(c / n * math.log(c / n) for c in counts.values()))
    return [kinds, d1, n * n / sum(c * c for c in counts.values()), n / max(counts.values()),
            d1 / kinds]


@functools.cache  # most weights are inherited
def bit(weight):
    return hash(float(10 * (round(Fraction(weight) * 100) / 100))) % 2


def ghc(parameters):
    return tuple(map(bit, parameters[:24].tolist()))


def reference(*files, digits=1):
    parents, first, rows, colour = {}, None, [], {}
    for g in nca.open(*files):
        parents.update((birth.serial, birth.parent) for birth in g.births)
        parents.update((genome.serial, genome.parent) for genome in g.pool.values()
                       if genome.serial)
        carriers = collections.Counter(g.serials.ravel().tolist())
        del carriers[0]
        first = set(carriers) if first is None else first
        clades, colours = collections.Counter(), collections.Counter()
        shades = {genome.serial: genome.parameters for genome in g.pool.values()}
        for serial, count in carriers.items():
            if serial not in colour:
                colour[serial] = ghc(shades[serial])
            colours[colour[serial]] += count
            founder = serial
            while founder not in first and parents.get(founder, 0):
                founder = parents[founder]
            clades[founder] += count
        alphas = g.alpha.ravel()
        types = collections.Counter(round(Fraction(float(alpha)) * 10**digits)
                                    for alpha in alphas[alphas != 0])
        rows.append([value for counts in (carriers, clades, colours, types)
                     for value in numbers(counts)])
    return rows


one = run('one', '-W 20 -H 20 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60')
same('a run', hill(one), reference(one))
for digits in 2, 3:
    same(f'--digits {digits}', hill('--digits', str(digits), one), reference(one, digits=digits))
thin = run('thin', '-W 20 -H 20 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60 --every 7')
same('generations left out', hill(thin), reference(thin))
check(hill(thin) == [row for t, row in enumerate(hill(one)) if t % 7 == 0 or t == 60],
      'the same as if none were')
check(hill(thin) == table('measure', '--only', 'hill', '--threads', '3', thin)[1],
      'the same in nca-measure, on three threads')
check(hill(thin) == table('measure', '--only', 'hill', '--threads', '1', thin)[1], 'and on one')
wide = run('wide', '--channels 3 -W 15 -H 15 --init 0.3 --ip 0.5 --budget 9', '-n 30 --keyframe 5')
same('three channels, and keyframes', hill(wide), reference(wide))
output('step', '-n', '30', '-o', named('more'), one, check=True)
same('two parts', hill(one, named('more')), reference(one, named('more')))
output('cat', '-o', named('late'), '--generations', '75:90', named('more'), check=True)
same('a stream that starts late', hill(named('late')), reference(named('late')))
same('parts with a gap', hill(one, named('late')), reference(one, named('late')))
same('alpha alone is not enough', hill(write_alpha('alpha', [[0, 0.5]])), [NOTHING * 3 + ALIKE])


# Many births, in streams with gaps of all kinds

def random_story(random, cells, generations):
    """Births of all kinds, from the empty genome too; colours that few genotypes share."""
    genomes, carried, story = [genome()] + FOUNDERS, np.arange(cells) % 4, []
    for t in range(generations):
        births, now = [], random.choice(carried, cells) if t else carried.copy()
        for cell in np.flatnonzero(random.random(cells) < 0.4) if t else []:
            parent = int(now[cell])
            child = genomes[parent].copy()
            child[random.integers(12)] += F(random.choice([-0.1, 0.1, 0.2]))
            births.append((parent, child))
            genomes.append(child)
            now[cell] = len(genomes) - 1
        carried = np.where(random.random(cells) < 0.1, 0, now)
        alive = np.where(random.random(cells) < 0.5, random.random(cells), 0)
        pad = np.zeros(cells, int)  # slots need cells
        story.append((np.r_[carried, pad], births, np.r_[alive, pad]))
    return story


random = np.random.default_rng(1)
last = 300 if os.environ.get('TEST_LONG') else 100
story = random_story(random, 40, last)
for name, kept, pools in (('all', None, ()), ('some', range(0, last, 3), ()),
                          ('pools', None, range(0, last, 5)),
                          ('gaps', range(0, last, 4), range(0, last, 12))):
    path = synthetic.write(name, 1, FOUNDERS, story, kept, pools)
    same(f'random births: {name}', hill(path), reference(path))
finish()
