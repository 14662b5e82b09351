# SPDX-License-Identifier: MIT
"""Checks what nca-space prints: space.py BUILD

A grid of 4x4 cells stands here with its values worked out by hand; those of random grids and of
runs follow from the definition in nca-measures(7), cell by cell and pair by pair. Prints TAP.
"""

import collections
import math
from fractions import Fraction

import numpy as np

from taps import F, check, close, compare, finish, nca, named, output, run, table, write

NAN = math.nan
COLUMNS = 'moran join join_expected xi patches largest h0 mi'.split()
E = 1 / math.e


def stream(name, *grids):
    """Of generations (alpha, carriers), both [rows][cols]; a carrier is a number, 0 is none."""
    generations = []
    for alpha, carried in grids:
        slots = np.array(carried, int).ravel()
        generations.append(([alpha, np.zeros_like(alpha)], np.zeros(slots.size), slots,
                            {int(slot): np.full(44, slot / 8, F) for slot in slots}))
    return write(name, {}, [(np.array(state, F), ages, slots, genomes)
                            for state, ages, slots, genomes in generations])


# By hand: two columns of type 0 and two of type 1, in bands around the torus. Of the 8 neighbours
# of a cell 5 are alike, 3 are not. Correlations: along the columns 1, along the rows 0 and -1. Of
# the 32 pairs to the right and below 12 are of type 0, 12 of type 1, 8 of both. The columns of type
# 0 have a genotype each: 8 and 8 pairs (counted twice) of one, 24 of two. The others are empty.
BANDS = [[0, 0, 1, 1]] * 4, [[1, 2, 0, 0]] * 4
BANDS_ROW = [2 / 8, 16 / 40, 3 / 7, 1 + (0.5 - E) / 0.5, 1, 8, 1,
             2 - 0.75 * math.log2(8 / 3) - 0.75]
# A chessboard: of 8 neighbours the 4 on the diagonals are alike; lag 1 has -1. The living meet at
# corners, and carry one genotype; all pairs are of both types.
CHESS = [[0, 1, 0, 1], [1, 0, 1, 0]] * 2, [[0, 3, 0, 3], [3, 0, 3, 0]] * 2
CHESS_ROW = [0, 1, 1, (1 - E) / 2, 1, 8, 1, 1]
# Two living cells that meet around both edges, and one that is alone; each its own genotype.
FEW = [[1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
hand = stream('hand', BANDS, CHESS, ([[0.5] * 4] * 4, [[0] * 4] * 4), ([[0] * 4] * 4, BANDS[1]))
check(table('space', hand)[0] == COLUMNS, 'the columns', str(table('space', hand)[0]))
compare('by hand', [BANDS_ROW, CHESS_ROW, [NAN, NAN, NAN, NAN, 1, 16, 0, 0],
                    [NAN, 2 / 5, 3 / 7, NAN, 0, 0, 0, 0]], 'space', hand)
few = table('space', stream('few', (FEW, np.diag([1, 2, 3, 4]))))[1][0]
check(few[4:6] == [2, 2] and few[1:3] == [0, 0], 'by hand: patches around the edges', str(few))
compare('by hand: one cell', [[NAN, NAN, NAN, NAN, 1, 1, 0, NAN]], 'space',
        stream('one', ([[0.5]], [[1]])))
# One row: to the left and right 3 offsets each, up and down lead to the cell itself.
compare('by hand: a row of two', [[-1, 0, 0, (1 - E) / 2, 1, 1, 1, 1]], 'space',
        stream('row', ([[0, 1]], [[1, 2]])))

# Of this grid esda 2.9.0 gives Moran's I, SciPy 1.17.1 the patches, scikit-learn 1.9.1 the mutual
# information; see tests/references.py.
alpha = [[(3 * r * r + 5 * c + r * c) % 8 / 8 * (r < 4 and c < 5) for c in range(6)]
         for r in range(5)]
row = table('space', stream('figures', (alpha, [[0] * 6] * 5)))[1][0]
check(close([[row[0], row[4], row[5], row[7]]], [[0.07744023904382472, 1, 18, 0.666712209788372]]),
      'as other programs have it', str(row))


# From the definition

def patches(alive):
    """Sizes of 8-connected components."""
    rows, cols = alive.shape
    left, sizes = set(map(tuple, np.argwhere(alive))), []
    while left:
        stack, size = [left.pop()], 0
        while stack:
            r, c = stack.pop()
            size += 1
            for near in {((r + dr) % rows, (c + dc) % cols) for dr in (-1, 0, 1)
                         for dc in (-1, 0, 1)} & left:
                left.remove(near)
                stack.append(near)
        sizes.append(size)
    return sizes


def bits(counts):
    n = sum(counts)
    return math.fsum(c / n * math.log2(n / c) for c in counts if c)


def definition(g, digits):
    alpha, slots = g.alpha.astype(float), g.slots
    (rows, cols), n = alpha.shape, alpha.size
    cells = [(r, c) for r in range(rows) for c in range(cols)]
    pairs = [((r, c), ((r + dr) % rows, (c + dc) % cols)) for r, c in cells for dr in (-1, 0, 1)
             for dc in (-1, 0, 1) if dr or dc]
    pairs = [(a, b) for a, b in pairs if a != b]
    x = alpha - math.fsum(alpha.ravel()) / n
    squares = math.fsum((x * x).ravel())
    constant = len(set(g.alpha.ravel().tolist())) == 1
    moran = NAN if constant or not pairs else \
        n / len(pairs) * math.fsum(x[a] * x[b] for a, b in pairs) / squares
    carriers = [(a, b) for a, b in pairs if slots[a] and slots[b]]
    join = sum(slots[a] == slots[b] for a, b in carriers) / len(carriers) if carriers else NAN
    counts = collections.Counter(slots.ravel().tolist())
    del counts[0]
    carried = sum(counts.values())
    expected = sum(c / carried * (c - 1) / (carried - 1) for c in counts.values()) \
        if carried > 1 else NAN
    xi, before = NAN, 1
    for k in range(1, max(rows, cols) // 2 + 1):
        axes = [axis for axis in (0, 1) if alpha.shape[axis] >= 2 * k and not constant]
        now = np.mean([(x * np.roll(x, -k, axis)).sum() / squares for axis in axes] or NAN)
        if now < E:
            xi = k - 1 + (before - E) / (before - now)
            break
        before = now
    types = [[round(Fraction(float(a)) * 10**digits) for a in row] for row in alpha]
    sizes = patches(alpha != 0)
    single = bits(collections.Counter(t for row in types for t in row).values())
    two = collections.Counter()
    for r, c in cells:
        if cols > 1:
            two[types[r][c], types[r][(c + 1) % cols]] += 1
        if rows > 1:
            two[types[r][c], types[(r + 1) % rows][c]] += 1
    mi = 2 * single - bits(two.values()) if two else NAN
    return [moran, join, expected, xi, len(sizes), max(sizes, default=0), single, mi]


def agree(what, path, *all_digits):
    generations = list(nca.open(path, check=False))
    for digits in all_digits or [1]:
        compare(f'{what}, {digits} digits', [definition(g, digits) for g in generations], 'space',
                '--digits', str(digits), path)


random = np.random.default_rng(1)


def made(rows, cols, filled, smooth=0):
    grids = []
    for _ in range(4):
        alpha = random.random((rows, cols)).astype(F)
        for _ in range(smooth):
            alpha = sum(np.roll(alpha, (dr, dc), (0, 1)) for dr in (-1, 0, 1)
                        for dc in (-1, 0, 1)).astype(F) / F(9)
        alpha = np.where(random.random((rows, cols)) < filled, alpha, 0).astype(F)
        carried = random.integers(1, min(rows * cols, 9) + 1, (rows, cols))
        grids.append((alpha, np.where(random.random((rows, cols)) < filled, carried, 0)))
    return stream('made', *grids)


for shape in (1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3), (3, 3), (1, 13), (9, 1), \
        (2, 9), (17, 11), (8, 16):
    for filled in 0.2, 0.5, 0.9, 1:
        agree(f'{shape[0]}x{shape[1]}, filled {filled}', made(*shape, filled))
agree('smooth', made(24, 18, 1, 4), 1, 2, 3)
agree('very smooth', made(12, 12, 1, 60))
for seed in '--init 0.3 --ip 0.3', '--channels 3 --init 0.1 --ip 0.5 --budget inf':
    path = run('run', f'-W 20 -H 16 --ppp 0.1 {seed}', '-n 12 --every 3')
    agree(f'a run: {seed}', path)
check(table('measure', '--only', 'space', '--threads', '3', path)[1] == table('space', path)[1],
      'the same in nca-measure, on three threads')
finish()
