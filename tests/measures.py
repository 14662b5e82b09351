# SPDX-License-Identifier: MIT
"""Checks what the measures print: measures.py BUILD

Some values are worked out by hand and stand here; the others follow from the definitions of the
measures, in fractions for as long as there is nothing but fractions, and from streams read with
format/nca.py. Prints TAP.
"""

import collections
import functools
import math
import re
import statistics
import subprocess
from fractions import Fraction

import numpy as np

import model
from colours import ghc, rounded, rwsp
from taps import BUILD, F, check, compare, finish, named, nca, output, run, table, write
from taps import write_alpha, write_genomes

random = np.random.default_rng(1)


def compare_colours(what, expected, view, *arguments):
    """Those that nca-render shows."""
    ppm = output('render', '--format', 'ppm', '--no-annotate', '--scale', '1', '--view', view,
                 *arguments)
    pictures = re.split(rb'P6\n\d+ \d+\n255\n', ppm)[1:]
    check(pictures == [bytes(np.array(g, np.uint8)) for g in expected], what)


# The definitions. A grid is a list of rows of alpha; genomes are one for each cell.

def types(grid, digits):
    return [[rounded(alpha, digits) for alpha in row] for row in grid]


def counts(levels):
    return collections.Counter(level for row in levels for level in row)


def ctfp(levels, digits):
    count = counts(levels)
    return [count[level] for level in range(10**digits + 1)]


def in_bits(present):
    """The entropy of counts."""
    n = sum(present)
    return -math.fsum(c / n * math.log2(c / n) for c in present) + 0


def share_of_most(present):
    if not present:
        return math.nan
    return in_bits(present) / math.log2(len(present)) if len(present) > 1 else 0


def gep(grid, digits):
    """With those of the living, in bits, and types."""
    levels = types(grid, digits)
    present = counts(levels).values()
    living = collections.Counter(level for row, alphas in zip(levels, grid)
                                 for level, alpha in zip(row, alphas) if alpha != 0)
    return [share_of_most(present), share_of_most(living.values()), in_bits(present), len(present)]


def gcvp(levels, digits):
    cells = sorted(level for row in levels for level in row)
    n = len(cells)
    low, high = (cells[i] / 10**digits for i in ((n - 1) // 2, n // 2))
    median = '%.*f' % (digits, (low + high) / 2)
    return [math.sqrt(sum('%.*f' % (digits, c / 10**digits) != median for c in cells) / n)]


def clogv(levels, _digits):
    count, rows, cols = counts(levels), len(levels), len(levels[0])
    least, most = min(count.values()), max(count.values())
    if least == most:
        return [0]
    f = {level: Fraction(c - least, most - least) for level, c in count.items()}
    sigma = []
    for r in range(rows):
        for c in range(cols):
            window = [f[levels[(r + dr) % rows][(c + dc) % cols]]
                      for dr in (-1, 0, 1) for dc in (-1, 0, 1)]
            mean = sum(window) / 9
            sigma.append(math.sqrt(sum((x - mean)**2 for x in window)) / 3)
    mean = math.fsum(sigma) / len(sigma)
    return [math.sqrt(math.fsum((s - mean)**2 for s in sigma) / len(sigma))]


def distinct(colours):
    return [len(set(map(tuple, colours))) - 1]


def colour_lines(generations, colours, least):
    """The rows of --colours."""
    rows, before = [], None
    for g, now in zip(generations, colours, strict=True):
        now = collections.Counter(int.from_bytes(bytes(c), 'big') for c in now)
        number, was = before or (g.generation, now)
        rows += [[g.generation, now[c], number, was[c], c] for c in sorted(now | was)
                 if max(now[c], was[c]) >= least]
        before = g.generation, now
    return rows


def collisions(genomes, has, colours):
    """The share of the distinct genomes whose colour another one has."""
    kinds = {genome.tobytes(): tuple(colour)
             for genome, carried, colour in zip(genomes, has, colours, strict=True) if carried}
    times = collections.Counter(kinds.values())
    return sum(times[c] > 1 for c in kinds.values()) / len(kinds) if kinds else math.nan


@functools.cache
def deviation_of(genome):
    return statistics.stdev(np.frombuffer(genome, F).tolist())


def census(g, before):
    alive, has = g.alpha.ravel() != 0, g.slots.ravel() != 0
    genomes = g.genomes()
    deviation = [deviation_of(genome.tobytes()) for genome in genomes]

    def spread(values):
        return statistics.stdev(map(float, values)) if len(values) > 1 else 0
    was_alive, had = before or (alive, has)
    return [alive.sum(), has.sum(), len({genome.tobytes() for genome in genomes[has]}),
            (has & ~had).sum(), (~alive & was_alive).sum(),
            statistics.mean(g.ages.ravel()[alive].tolist()) if alive.any() else 0,
            spread(g.alpha.ravel()), spread(deviation),
            spread([d for d, carries in zip(deviation, has) if carries])], (alive, has)


def drawn_positions(seed, P):
    """Three of 0..P-1, drawn without replacement."""
    left = list(range(P))
    return [left.pop(int(w) * len(left) >> 32)
            for w in [*model.words({'seed': seed}, 0, 0, 2)][:3]]


def compare_all(name, stream):
    """All measures of a stream, with one digit and more."""
    reader = nca.open(stream, check=False)  # made of arrays that no rule has made
    generations = list(reader)
    for digits in 1, 2, 3:
        levels = [types(g.alpha.tolist(), digits) for g in generations]
        compare(f'{name}: entropy, {digits} digits',
                [gep(g.alpha.tolist(), digits) for g in generations], 'entropy', '--digits',
                str(digits), stream)
        for program, measure in (('ctfp', ctfp), ('gcvp', gcvp), ('clogv', clogv)):
            compare(f'{name}: {program}, {digits} digits', [measure(l, digits) for l in levels],
                    program, '--digits', str(digits), stream)
    genomes = [g.genomes() for g in generations]
    P = genomes[0].shape[1]
    drawn = drawn_positions(reader.header['seed'], P)
    for weights, digits in (drawn, 1), (drawn, 2), (drawn, 3), ((P - 1, 0, 7), 1):
        colours = [rwsp(g, weights, digits) for g in genomes]
        options = [] if weights == drawn else ['--weights', ','.join(map(str, weights))]
        options += ['--digits', str(digits), stream]
        compare(f'{name}: rwsp, {" ".join(options[:-1])}', map(distinct, colours), 'rwsp', *options)
        compare_colours(f'{name}: its colours', colours, 'rwsp', *options)
        lines = output('rwsp', '--tsv', '--colours', '2', *options).decode().splitlines()[1:]
        check([[int(x, 0) for x in line.split('\t')] for line in lines]
              == colour_lines(generations, colours, 2), f'{name}: cells of each colour')
    colours = [ghc(g) for g in genomes]
    compare(f'{name}: ghc',
            [distinct(c) + [collisions(g.genomes(), g.slots.ravel() != 0, c)]
             for g, c in zip(generations, colours, strict=True)], 'ghc', stream)
    compare_colours(f'{name}: its colours', colours, 'ghc', stream)
    rows, before = [], None
    for g in generations:
        row, before = census(g, before)
        rows.append(row)
    compare(f'{name}: census', rows, 'census', stream)


def by_hand(what, program, expected, stream, *arguments):
    """expected: of a measure with one column, or lists."""
    compare(f'by hand: {what}', [v if isinstance(v, list) else [v] for v in expected], program,
            *arguments, stream)


# By hand: the type of a float32 that is about halfway. 0.25 is, exactly, and goes to even; 0.15 is
# above, 0.35 below.

for digits, expected in (
        (1, {0.05: 1, 0.15: 2, 0.25: 2, 0.35: 3, 0.45: 4, 0.55: 6, 0.65: 6, 0.75: 8, 0.85: 9,
             0.95: 9, 0.04: 0, 0.96: 10, 1: 10, 0: 0, 1e-45: 0, 0.5: 5}),
        (2, {0.005: 0, 0.125: 12, 0.375: 38, 0.625: 62, 0.875: 88, 0.985: 99, 0.995: 100,
             0.015: 1, 0.25: 25}),
        (3, {0.0005: 1, 0.0625: 62, 0.1875: 188, 0.3125: 312, 0.4375: 438, 0.9375: 938,
             0.9995: 999, 0.0015: 2})):
    compare(f'by hand: halves, {digits} digits',
            [[float(k == level) for k in range(10**digits + 1)] for level in expected.values()],
            'ctfp', '--digits', str(digits), write_alpha('halves', *([[a]] for a in expected)))
check(table('ctfp', '--digits', '2', write_alpha('one', [[0]]))[0]
      == [f'{k // 100}.{k % 100:02}' for k in range(101)], 'ctfp names the types')

# 3:1 of two types are 2 - 3/4 log2 3 bits, 2:1:1 of three 3/2 bits of log2 3.
# Of the living: one type, the same, the same, the same, none, and 0.04, of type 0, and 0.9.
QUARTER = 2 - 0.75 * math.log2(3)
compare('by hand: entropy', [[QUARTER, 0, QUARTER, 2],
                             [1.5 / math.log2(3), 1.5 / math.log2(3), 1.5, 3], [1, 1, 2, 4],
                             [0, 0, 0, 1], [0, math.nan, 0, 1], [QUARTER, 1, QUARTER, 2]],
        'entropy', write_alpha('alpha', [[0, 0, 0, 1]], [[0.3, 0.3, 0.52, 0.9]],
                               [[0.1, 0.2, 0.3, 0.4]], [[0.3, 0.34, 0.26, 0.3]], [[0, 0, 0, 0]],
                               [[0.04, 0, 0, 0.9]]))

# Medians. Halfway between k/10 and the next, the last bits of (low + high) / 2 decide, in double:
# 0.05, 0.15, 0.45, 0.55 and 0.85 come out above that, 0.35, 0.65 (0.6499999999999999) and 0.95
# below, 0.25 and 0.75 exact, so that they go to even.
for low, median in enumerate((1, 2, 2, 3, 5, 6, 6, 8, 9, 9)):
    tenths = [low] * 3 + [low + 1] * 2 + [10] if low < 9 else [0, 9, 10, 10]
    by_hand(f'{low}/10 and {low + 1}/10 have the mean {median}/10', 'gcvp',
            [math.sqrt(1 - tenths.count(median) / len(tenths))],
            write_alpha('alpha', [[k / 10 for k in tenths]]))
by_hand('medians of even numbers', 'gcvp', [math.sqrt(1 / 3), 1, 0, math.sqrt(1 / 2)],
        write_alpha('alpha', [[0, 0.6, 0], [0, 1, 0]], [[0.1, 0.4, 0.4], [0, 0.1, 1]],
                    [[0.7] * 3] * 2, [[0.6, 0.7, 0.6], [0.7, 0.6, 0.7]]))
by_hand('medians of odd numbers', 'gcvp', [math.sqrt(1 / 3), 0, math.sqrt(2 / 3)],
        write_alpha('alpha', [[0.1, 0.9, 0.9]], [[0, 0, 0]], [[1, 0.5, 0]]))

# A window of a row has each of three cells three times; with f = 1 1 1 0 their deviations are
# s 0 s s, s = sqrt(2)/3. On 3x3 cells all windows are the same.
by_hand('organisation of a row', 'clogv', [math.sqrt(6) / 12, 0, 0],
        write_alpha('alpha', [[0.7, 0.7, 0.7, 0]], [[0.7, 0, 0, 0.7]], [[0.2] * 4]))
by_hand('organisation of a column', 'clogv', [math.sqrt(6) / 12],
        write_alpha('alpha', [[0.7], [0.7], [0.7], [0]]))
by_hand('organisation of 3x3 cells', 'clogv', [0],
        write_alpha('alpha', [[0.1, 0.2, 0.3], [0.1, 0.2, 0.3], [0, 0, 0]]))

# Colours of one weight: -0.1 gives -25 and 0.906 gives 231, which have the same low 8 bits, 1.1 and
# 0.096 both 24, 8421504 and 0.502 both 128; what does not fit into 32 bits is 0.
by_hand('low bits of weights', 'rwsp', [0, 0, 0, 0, 2, 0, 2],
        write_genomes('genomes', 2, *([[w] for w in weights] for weights in (
            (-0.1, 0.906, -0.1), (1.1, 0.096, 1.1), (8421504, 0.502, -8421504),
            (1e9, -1e9, 3.4e38), (8421504, 8421505, 0.1), (8421505, 0, 0.001), (-1, 1, 0))),
            ), '--weights', '0,3,43', '--digits', '3')
by_hand('halves of weights', 'rwsp', [1, 0, 2, 2, 1],
        write_genomes('genomes', 2, *([[w] for w in weights] for weights in (
            (0.25, 0.2, 0.3), (0.75, 0.8, 0.85 - 0.05), (0.05, 0.1 - 0.06, -0.05),
            (0.15, 0.35, 0.1), (-0.25, -0.2, -0.3)))), '--weights', '0,3,43')
by_hand('the background counts, if it is not there', 'rwsp', [0, 1, 0, 1, 2, 0],
        write_genomes('genomes', 1, *([[w] * 12 if w is not None else None for w in weights]
                                      for weights in ((1, 1, 1), (1, None, 1), (None, None, None),
                                                      (1, 0.5, 1), (1, 0.5, None), (0, 0, None)))))

# 10 v is 1, 3, -3, 0.5, 1.5 and so on; h(-1) is -2, h(0.5) = 2^60, h(1.5) = 1 + 2^60.
by_hand('bits of hashes', 'ghc', [[0, 1], [0, 1], [0, 1], [1, 2 / 3], [0, 1], [0, 1]],
        write_genomes('genomes', 2, *([[w] for w in weights] for weights in (
            (0.1, 0.3, -0.3), (-0.1, 0, 0.2), (0.05, 0, -0.05), (0.15, 0.25, -0.15),
            (0.15, 0.1, -0.15), (0.25, -0.25, 0.05)))))
by_hand('the first 24 parameters', 'ghc', [[1, 0], [0, 1]],
        write_genomes('genomes', 2, *([[0] * 43 + [1], [0] * p + [0.1] + [0] * (43 - p)]
                                      for p in (23, 24))))

# Twins are one genotype, whose colour is not shared for that; nor is black with empty cells.
by_hand('collisions of twins', 'ghc', [[1, 0], [0, 1], [1, 2 / 3], [0, 0], [-1 + 1, math.nan]],
        write_genomes('genomes', 2, *([[w] if w is not None else None for w in weights]
                                      for weights in (
            (0.1, 0.1, 0, 0), (0.1, 0.3, 0.3, 0.1), (0.1, 0.3, 0.3, 0.2), (0, None, None, 0),
            (None, None, None, None)))))

# Two rows of three cells: who was born or died since the generation before. Slots 1 and 2 hold
# twins in the last one, in which genomes 1 2 3 have the deviation 1, and so has 2 3 4.
one, two = np.resize([1, 2, 3], 12), np.resize([2, 3, 4], 12)
deviation = math.sqrt(8 / 11)
compare('by hand: census',
        [[2, 2, 2, 0, 0, 1.5, math.sqrt(1 / 15), deviation * math.sqrt(4 / 15), 0],
         [2, 3, 1, 2, 1, 3, math.sqrt(1 / 15), deviation * math.sqrt(3 / 10), 0],
         [0, 6, 2, 3, 2, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0, deviation * math.sqrt(1 / 6), 0],
         [0, 2, 2, 1, 0, 0, 0, deviation * math.sqrt(7 / 10), deviation * math.sqrt(1 / 2)]],
        'census',
        write('census', {'channels': 1}, [
            ([[[0.5, 0.5, 0], [0, 0, 0]]], [1, 2, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0],
             {1: one, 2: two}),
            ([[[0, 0.5, 0.5], [0, 0, 0]]], [0, 3, 3, 0, 0, 0], [0, 1, 2, 3, 0, 0],
             {1: one, 2: one, 3: one}),
            ([[[0, 0, 0], [0, 0, 0]]], [0] * 6, [1, 2, 3, 3, 4, 1],
             {1: one, 2: one, 3: two, 4: two}),
            ([[[0, 0, 0], [0, 0, 0]]], [0] * 6, [1, 0, 0, 0, 0, 0], {1: one}),
            ([[[0, 0, 0], [0, 0, 0]]], [0] * 6, [1, 2, 0, 0, 0, 0],
             {1: one, 2: 2 * one})]))


# CPython's hash, of random doubles and of what rounding to two decimals leads to

def compare_hashes(what, values):
    done = subprocess.run([f'{BUILD}/tests/hash', '-'], input=values.tobytes(),
                          stdout=subprocess.PIPE)
    wrong = [(v, h) for v, h in zip(values.tolist(), map(int, done.stdout.split()), strict=True)
             if hash(v) != h]
    check(not wrong, f'{what}: {len(values)}', str(wrong[:5]))


bits = random.integers(0, 2**64, 110_000, np.uint64).view(float)
compare_hashes('hashes of random doubles', bits[np.isfinite(bits)][:100_000])
compare_hashes('hashes of 10 v, v = -500 to 500 in hundredths',
               10 * (np.arange(-50_000, 50_001) / 100))
compare_hashes('hashes of 10 v, v a float32 in hundredths',
               10 * (np.rint(bits.view(F)[np.isfinite(bits.view(F))].astype(float) * 100) / 100))
compare_hashes('hashes of powers of two, and next to them', np.concatenate(
    [np.nextafter(s * np.ldexp(1.0, np.arange(-1074, 1024)), to)
     for s in (1, -1) for to in (0, s, s * 1e308)]))


# The definitions: streams that are made up, then runs

def ties(n):
    """Weights of all kinds: small ones, halves at one, two and three decimals, next to halves, and
    beyond 1, 8 and 32 bits."""
    halves = np.concatenate([k / F(8) * np.arange(-9, 10, dtype=F) for k in (1, 0.4, 0.04, 0.004)])
    values = np.concatenate([
        halves, np.nextafter(halves, F(9)), np.nextafter(halves, F(-9)),
        F([1e-45, -1e-45, 1, -1, 1.004, 255, -256, 8421504, 8421505, -8421504, -8421505, 2**31,
           -2**31, 2**32, 1e9, 1e10, 2**61, -2**61, 3e38, -3.4e38])])
    return random.choice(values, n)


def made(L, rows, cols, generations, filled, alphas=None):
    """A stream of random cells, of which a fraction is filled: with weights as above, some of them
    twins, and with alphas from a few values or all."""
    N, P, out = rows * cols, 10 * L * L + 2 * L, []
    for _ in range(generations):
        has = random.random(N) < filled
        slots = np.where(has, random.integers(1, N + 1, N), 0)
        genomes = {int(slot): ties(P) for slot in set(slots)}
        for slot in list(genomes)[::3]:
            genomes[slot] = genomes[list(genomes)[0]]
        alive = random.random(N) < filled
        alpha = random.choice(alphas, N) if alphas else random.random(N)
        state = np.zeros((L, N), F)
        state[0] = np.where(alive, alpha, 0)
        out.append((state.reshape(L, rows, cols), np.where(alive, random.integers(0, 9, N), 0),
                    slots, genomes))
    return write('made', {'seed': int(random.integers(2**63))}, out)


for shape in (1, 9, 8, 4, 0.7), (2, 7, 9, 4, 0.5), (3, 5, 5, 4, 0.9), (3, 1, 1, 6, 0.6), \
        (1, 1, 2, 6, 0.6), (2, 1, 13, 4, 0.6), (2, 13, 1, 4, 0.6), (2, 6, 6, 2, 1), (2, 4, 3, 2, 0):
    compare_all('L %d, %dx%d, %d generations, filled %g' % shape, made(*shape))
compare_all('few types', made(2, 12, 11, 4, 0.8, [0.05, 0.25, 0.35, 0.96, 1.0]))
compare_all('one type', made(2, 6, 5, 2, 1, [0.3]))

for number, (seed, step) in enumerate((('--channels 1 --alpha 0.3 --ip 0.4', ''), ('--ip 0.5', ''),
                                       ('--channels 3 --activation tanh --alpha 0 --ip 0.3', ''),
                                       ('--ip 0.5 --budget inf', '--every 3 --cull 0.1'))):
    run('run', f'-W 9 -H 8 --init 0.3 --ppp 0.1 --seed {number} {seed}', f'-n 24 {step}')
    compare_all(f'run {seed} {step}'.strip(), named('run'))

finish()
