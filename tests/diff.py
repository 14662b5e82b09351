# SPDX-License-Identifier: MIT
"""Checks nca-diff, and nca-seed --flip: diff.py BUILD

Differences follow from the arrays of both streams; how fast they can spread, from the rule. Prints
TAP.
"""

import itertools
import os

import numpy as np

import agree
import model
from taps import check, close, finish, named, nca, output, run, table


# nca-seed --flip: as in the model

def flipped(seed, flips):
    with open(named('flipped'), 'wb') as stream:
        stream.write(output('seed', *seed.split(), '--flip', str(flips)))
    reader = nca.open(named('flipped'))
    g, = reader
    return reader.header, g


for seed, flips in (('-W 13 -H 11 --init 0.2', 1), ('-W 13 -H 11 --init 0.2 --seed 9', 30),
                    ('-W 7 -H 6 --channels 3 --init 0.5', 42), ('-W 5 -H 4 --init 0', 3),
                    ('-W 5 -H 4 --init 1 --seed 4', 20)):
    header, g = flipped(seed, flips)
    try:
        agree.assert_same(g, model.seed(header, flips))
        changed = (g.alpha != model.seed(header).alpha).sum()
        check(changed == flips, f'nca-seed {seed} --flip {flips}: as in the model',
              f'{changed} cells')
    except AssertionError as error:
        check(False, f'nca-seed {seed} --flip {flips}: as in the model', str(error))


# nca-diff: from arrays

def differences(a, b):
    """bool[rows, cols]: cells that differ in life, in genotype, in channels or age."""
    genotype = (a.genomes() != b.genomes()).any(1).reshape(a.alpha.shape)
    return ((a.alpha != 0) != (b.alpha != 0), genotype,
            (a.state != b.state).any(0) | (a.ages != b.ages))


def expected(one, other, digits):
    generations = {g.generation: g for g in nca.open(other)}
    rows = []
    for a in nca.open(one):
        b = generations.get(a.generation)
        if b:
            life, genotype, _ = differences(a, b)
            types = [np.rint(g.alpha.astype(np.float64) * 10**digits) for g in (a, b)]
            square = ((a.state.astype(np.float64) - b.state)**2).sum(0)
            rows.append([life.mean(), (types[0] != types[1]).mean(), genotype.mean(),
                         np.sqrt(square).mean()])
    return rows


BIG = '-W 17 -H 12 --init 0.3 --ip 0.5 --ppp 0.1'
PAIRS = (('seeds', f'{BIG} --seed 1', '-n 12', f'{BIG} --seed 2', '-n 12', 1),
         ('twins', BIG, '-n 30', f'{BIG} --flip 3', '-n 30', 2),
         ('three channels', f'{BIG} --channels 3 --budget inf', '-n 24 --every 4',
          f'{BIG} --channels 3 --budget inf --flip 1', '-n 27 --every 3', 3),
         ('tanh', f'{BIG} --activation tanh --alpha 0', '-n 12',
          f'{BIG} --activation tanh --alpha 0.1', '-n 20', 1))
for what, seed, step, other_seed, other_step, digits in PAIRS:
    a, b = run('a', seed, step), run('b', other_seed, other_step)
    rows = table('diff', '--digits', str(digits), a, b)[1]
    wanted = expected(a, b, digits)
    check(close(rows, wanted) and len(rows) > 2 and np.array(rows).any(0).all(),
          f'nca-diff: {what}', *(f'{row} {more}' for row, more in zip(rows, wanted)))
    check(close(rows, table('diff', '--digits', str(digits), b, a)[1]),
          f'{what}: the other way round')
    rows = table('diff', a, a)[1]
    check(len(rows) > 2 and not np.array(rows).any(), f'{what}: no difference to itself')


# How fast a difference spreads

def grown(cells):
    """The cells of all neighbourhoods."""
    around = itertools.product((-1, 0, 1), repeat=2)
    return np.any([np.roll(cells, shift, (0, 1)) for shift in around], axis=0)


def passed_on(cells):
    """The cells that may get another genome in raster order: a genome goes from any of them to a
    neighbour with a larger index, and on from there, in the same generation."""
    cells = cells.copy()
    rows, cols = cells.shape
    for row in range(rows):
        for col in range(cols):
            for up, side in itertools.product((-1, 0, 1), repeat=2):
                r, c = (row + up) % rows, (col + side) % cols
                if r * cols + c < row * cols + col and cells[r, c]:
                    cells[row, col] = True
    return cells


def reach(cells, centre):
    """The greatest distance of a cell to the centre, along rows, columns and diagonals."""
    rows, cols = np.nonzero(cells)
    far = [np.minimum(abs(at - c), size - abs(at - c))
           for at, c, size in zip((rows, cols), centre, cells.shape)]
    return int(np.max(far)) if len(rows) else 0


farthest = {'sync': 0, 'raster': 0}
beyond = 0
for schedule, number in itertools.product(
        farthest, range(6 if os.environ.get('TEST_LONG') else 3)):
    start = f'-W 35 -H 31 --init 0.3 --ip 0.5 --budget 8 --seed {number}'
    a = run('a', start, f'-n 14 --schedule {schedule}')
    b = run('b', f'{start} --flip 1', f'-n 14 --schedule {schedule}')
    good, last = True, None
    shares = np.array(table('diff', a, b)[1]) * 35 * 31
    for g, h in zip(nca.open(a), nca.open(b)):
        t = g.generation
        life, genotype, channels = differences(g, h)
        if t == 0:
            good &= life.sum() == 1 and (life == channels).all() and (life == genotype).all()
            centre = [int(at[0]) for at in np.nonzero(life)]
        else:
            any_before = last[1] | last[2]
            good &= not (channels & ~(grown(last[2]) | last[1])).any()
            may = grown(any_before)
            good &= not (genotype & ~(may if schedule == 'sync' else passed_on(may))).any()
            if schedule == 'sync':
                good &= reach(channels | genotype, centre) <= t
                good &= (shares[t, :3] <= (2 * t + 1)**2).all()
            beyond += reach(genotype, centre) > t
            farthest[schedule] = max(farthest[schedule], reach(channels | genotype, centre))
        last = life, genotype, channels
    check(good, f'{schedule}, seed {number}: one flipped cell spreads as the rule lets it')
check(min(farthest.values()) >= 8, 'and some do spread', str(farthest))
check(beyond, 'in raster order genomes more than one cell in a generation')
finish()
