# SPDX-License-Identifier: MIT
"""Checks what nca-fate prints: fate.py BUILD

A small run stands here with its values worked out by hand; those of random runs follow from the
definition in nca-measures(7), in numpy, from streams read with format/nca.py. In a run that is made
up, mutations of one weight are lethal: that weight has to show, and no other, and nothing if fates
are shuffled. Prints TAP.
"""

import csv
import math
import os
import subprocess

import numpy as np

import synthetic
from taps import F, check, finish, named, nca, output, run

LONG = os.environ.get('TEST_LONG') == '1'
COLUMNS = ['births', 'persisting', 'omega', 'se', 'z', 'p_value'] + [
    f'persistence_{bin}' for bin in (1, 2, 3, 4)]


def fate(*arguments):
    """Its rows: {column: text}."""
    return list(csv.DictReader(output('fate', '--csv', *arguments).decode().splitlines()))


def values(rows):
    return np.array([[float(row[column]) for column in COLUMNS] for row in rows]).reshape(-1, 10)


def agree(what, rows, expected):
    """Whether the rows are {generation: [weights, columns]}."""
    wanted = np.concatenate(list(expected.values())) if expected else np.zeros((0, 10))
    generations = [g for g, table in expected.items() for _ in table]
    got = values(rows)
    good = [int(row['generation']) for row in rows] == generations and np.allclose(
        got, wanted, rtol=1e-11, atol=1e-12, equal_nan=True)
    check(good, what, *(f'{row["weight"]} {a} expected {b}' for row, a, b in
                        zip(rows, got, wanted) if not np.allclose(a, b, equal_nan=True)))


# By hand. Generation 1 has four births of the founder, the first two of which persist in generation
# 2, the second by its child 6. Generation 2 has that child, in which W1[0][5] and a bias are new,
# and 7, a child of the empty genome, which persists. Births of generation 3 have no horizon.
#
#            change of     W1[0][0]  W1[0][1]   W2[0][0]    persists
#            2             -0.6      -0.5                   yes
#            3              0.5                  0.2        yes
#            4                        0.9                   no
#            5                       -0.1       -0.7        no

def changed(base, **changes):
    genome = np.array(base, F)
    for place, value in changes.items():
        genome[int(place[1:])] = value
    return genome


BASE = np.zeros(12, F)
TWO, THREE = changed(BASE, w0=-0.6, w1=-0.5), changed(BASE, w0=0.5, w10=0.2)
BY_HAND = [([1, 0, 0, 0, 0], [], None),
           ([1, 2, 3, 4, 5], [(1, TWO), (1, THREE), (1, changed(BASE, w1=0.9)),
                              (1, changed(BASE, w1=-0.1, w10=-0.7))], None),
           ([2, 2, 6, 7, 0], [(3, changed(THREE, w5=1, w9=1)), (0, changed(BASE, w3=0.7, w4=-1))],
            None),
           ([7, 2, 0, 8, 0], [(7, changed(BASE, w3=0.7, w4=-1, w8=3, w7=1))], None)]
NAN = math.nan
NONE = [0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN]


def first_weights():
    """The rows for births of generation 1. W1[0][0]: of 4 births 2 persist, 2 changed it: E = 1,
    V = 2 * 2 * 1/4 / 3. W1[0][1]: of the 3 but 4 2 persist, 2 changed it: E = 4/3, V = 2/9.
    W2[0][0]: as W1[0][0], but one persists."""
    rows = [NONE] * 10
    rows[0] = [2, 2, 2, math.sqrt(1 / 3), math.sqrt(3), math.erfc(math.sqrt(1.5)), 1, NAN, NAN, 1]
    rows[1] = [2, 1, 3 / 4, math.sqrt(1 / 8), -math.sqrt(1 / 2), math.erfc(0.5), NAN, 1 / 2, NAN,
               NAN]
    rows[9] = [2, 1, 1, math.sqrt(1 / 3), 0, 1, 0, NAN, 1, NAN]
    return rows


def second_weights():
    """For births of generation 2. W1[0][3], W1[0][4]: of 2 births 1 persists, 1 changed it: E =
    1/2, V = 1/4. W1[0][5] changed alone: no birth to compare."""
    rows = [NONE] * 10
    rows[3] = [1, 1, 2, 1, 1, math.erfc(math.sqrt(0.5)), NAN, NAN, NAN, 1]
    rows[4] = [1, 1, 2, 1, 1, math.erfc(math.sqrt(0.5)), 1, NAN, NAN, NAN]
    return rows


BY_HAND = [(cells + [0] * 5, births, None) for cells, births, _ in BY_HAND]  # slots need cells
hand = synthetic.write('hand', 1, [BASE], BY_HAND)
both = [b if a is NONE else a for a, b in zip(first_weights(), second_weights())]
rows = fate('--horizon', '1', hand)
agree('by hand', rows, {0: both})
check([row['weight'] for row in rows] == [f'W1[0][{m}]' for m in range(9)] + ['W2[0][0]'] and
      [row['position'] for row in rows] == '0 1 2 3 4 5 6 7 8 10'.split(), 'names and positions',
      *map(str, rows[-2:]))
agree('by hand: two windows', fate('--horizon', '1', '--window', '2', hand),
      {0: first_weights(), 2: second_weights()})
agree('by hand: a window without a birth that counts has no rows',
      fate('--horizon', '1', '--window', '1', hand), {1: first_weights(), 2: second_weights()})
agree('by hand: no horizon in the stream', fate(hand), {0: [NONE] * 10})
agree('by hand: the same, with windows', fate('--window', '3', hand), {})
agree('by hand: births of a generation left out count, but not without their horizon',
      fate('--horizon', '1', synthetic.write('left', 1, [BASE], BY_HAND, [0, 2, 3])), {0: both})
agree('by hand: horizon left out', fate('--horizon', '1', synthetic.write(
    'horizon', 1, [BASE], BY_HAND, [0, 1, 3])), {0: second_weights()})
agree('by hand: births missing before the horizon', fate('--horizon', '1', synthetic.write(
    'pool', 1, [BASE], BY_HAND, None, [2])), {0: [NONE] * 10})


# From the definition

def reference(files, T, window=None):
    """{generation: [weights, columns]}"""
    genomes, parents, births, carried, lost, expected = {}, {}, {}, {}, [], None
    for g in nca.open(*files):
        L = round((math.sqrt(1 + 10 * g.pool[0].parameters.size) - 1) / 10)
        weights = [*range(9 * L * L), *range(9 * L * L + L, 10 * L * L + L)]
        for genome in g.pool.values():
            genomes[genome.serial] = genome.parameters
            parents[genome.serial] = genome.parent
        if expected is not None and g.next_serial - len(g.births) != expected:
            lost.append(g.generation)
        for birth in g.births:
            genomes[birth.serial], parents[birth.serial] = birth.parameters, birth.parent
            births.setdefault(birth.generation, []).append(birth.serial)
        carried[g.generation] = set(g.serials.ravel().tolist()) - {0}
        expected = g.next_serial
    tables = {} if window else {min(carried): []}
    for t, born in births.items():
        if t + T not in carried or any(t < at <= t + T for at in lost):
            continue
        persists = set()
        for serial in carried[t + T]:
            while serial and serial not in persists:
                persists.add(serial)
                serial = parents.get(serial, 0)
        d = np.array([genomes[s].astype(float) - genomes[parents[s]] for s in born])[:, weights]
        S = np.array([s in persists for s in born])
        start = t // window * window if window else min(carried)
        tables.setdefault(start, []).append((d, S))
    return {start: sums(generations, len(weights)) for start, generations in tables.items()}


def sums(generations, weights):
    births, persisting, E, V = np.zeros((4, weights))
    seen, kept = np.zeros((2, weights, 4))
    for d, S in generations:
        M = d != 0
        other = M.sum(1)[:, None] - M > 0  # whether a weight but this one changed
        b, s = other.sum(0), (other & S[:, None]).sum(0)
        s = np.divide(s, b, out=np.zeros(weights), where=b > 0)
        with_p = M & other
        n = with_p.sum(0)
        births += n
        persisting += (with_p & S[:, None]).sum(0)
        E += n * s
        V += np.divide(n * (b - n) * s * (1 - s), b - 1, out=np.zeros(weights), where=b > 1)
        for bin, (low, high) in enumerate([(-np.inf, -0.5), (-0.5, 0), (0, 0.5), (0.5, np.inf)]):
            inside = with_p & (d >= low) & (d < high)
            seen[:, bin] += inside.sum(0)
            kept[:, bin] += (inside & S[:, None]).sum(0)
    with np.errstate(invalid='ignore', divide='ignore'):
        z = (persisting - E) / np.sqrt(V)
        p = [math.erfc(abs(value) / math.sqrt(2)) for value in z]
        return np.column_stack([births, persisting, persisting / E, np.sqrt(V) / E, z, p,
                                kept / seen])


one = run('one', '-W 20 -H 20 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60')
agree('a run', fate(one), reference([one], 20))
agree('windows, and a short horizon', fate('--horizon', '3', '--window', '7', one),
      reference([one], 3, 7))
thin = run('thin', '-W 20 -H 20 --init 0.3 --ip 0.3 --ppp 0.8', '-n 60 --every 4')
agree('generations left out', fate('--horizon', '6', thin), reference([thin], 6))
agree('generations left out, and windows', fate('--horizon', '8', '--window', '9', thin),
      reference([thin], 8, 9))
wide = run('wide', '--channels 3 -W 15 -H 15 --init 0.3 --ip 0.3 --ppp 0.05', '-n 30 --keyframe 5')
agree('three channels, and keyframes', fate('--horizon', '5', wide), reference([wide], 5))
output('step', '-n', '30', '-o', named('more'), one, check=True)
agree('two parts', fate(one, named('more')), reference([one, named('more')], 20))
output('cat', '-o', named('late'), '--generations', '75:90', named('more'), check=True)
agree('parts with a gap', fate('--horizon', '4', one, named('late')),
      reference([one, named('late')], 4))
other = run('other', '-W 20 -H 20 --init 0.1 --seed 2', '-n 60')
output('step', '-n', '10', '-o', named('after'), other, check=True)
check('not parts of one run' in output('fate', one, named('after'), stderr=subprocess.STDOUT)
      .decode(), 'parts of two runs')


# Planted effects

def planted(random, cells, generations, ppp, lethal):
    """A population of so many cells, each of which takes the genotype of another one at random,
    often with mutations; a birth in which the weight mutated is not taken over. Returns who is
    carried by generation, and births: (parent, mutations[P], nan where there is none)."""
    weights = np.r_[0:36, 38:42]
    carried, dead, serial, story = np.ones(cells, int), {0}, 2, []
    for t in range(generations):
        births = []
        now = random.choice(carried[~np.isin(carried, list(dead))], cells) if t else carried.copy()
        for cell in np.flatnonzero(random.random(cells) < 0.4) if t else []:
            mutations = np.full(44, np.nan)
            mutated = weights[random.random(40) < ppp]
            if not mutated.size:
                continue
            mutations[mutated] = random.uniform(-1, 1, mutated.size)
            births.append((int(now[cell]), mutations))
            now[cell] = serial
            if lethal in mutated:
                dead.add(serial)
            serial += 1
        carried = now
        story.append((np.r_[carried, np.zeros(cells, int)], births))  # slots need cells
    return story


def stream_of(name, story, random=None):
    """Its stream; with random, mutations shuffled among the births of each generation, which is to
    shuffle their fates."""
    genomes, generations = [np.zeros(44), np.zeros(44)], []
    for carried, births in story:
        order, born = np.arange(len(births)), []
        if random:
            random.shuffle(order)
        for i, (parent, _) in enumerate(births):
            mutations = births[order[i]][1]
            genomes.append(np.where(np.isnan(mutations), genomes[parent],
                                    genomes[parent] + mutations).astype(F))
            born.append((parent, genomes[-1]))
        generations.append((carried, born, None))
    return synthetic.write(name, 2, [genomes[1]], generations)


def power_and_honesty(ppp, cells, generations, seeds):
    random, p_values, z = np.random.default_rng(1), [], []
    story = planted(random, cells, generations, ppp, 16)
    rows = fate('--horizon', '5', stream_of('planted', story))
    marked = [row['weight'] for row in rows if float(row['p_value']) < 0.05 / 40]
    check(marked == ['W1[0][16]'] and float(rows[16]['omega']) < 0.1,
          f'a weight of which mutations are lethal shows, and no other: ppp {ppp}', str(marked))
    for seed in range(seeds):
        rows = fate('--horizon', '5', stream_of('shuffled', story, random))
        p_values += [float(row['p_value']) for row in rows]
        z += [float(row['z']) for row in rows]
    few, most = np.array(p_values), 40 * seeds * 0.01
    check((few < 0.01).sum() <= most + 4 * math.sqrt(most) and (few < 0.05 / 40 / seeds).sum() == 0,
          f'with fates shuffled, none does: ppp {ppp}', f'{(few < 0.01).sum()} below 0.01, {most} '
          f'expected; least {few.min()}')
    error = 1 / math.sqrt(len(z))
    check(abs(np.std(z) - 1) < 4 * error / math.sqrt(2) and abs(np.mean(z)) < 4 * error,
          f'with fates shuffled, z is standard normal: ppp {ppp}',
          f'mean {np.mean(z)}, standard deviation {np.std(z)}')


power_and_honesty(0.05, 150, 40, 20 if LONG else 5)
power_and_honesty(0.8, 150, 40, 20 if LONG else 5)

# Real runs: the weights of the output layer into alpha, and no others
if LONG:
    for experiment, seed in (1, 1), (1, 2), (2, 1), (9, 1):
        path = run('real', f'--experiment {experiment} --seed {seed}', '-n 1000')
        z = {row['weight']: float(row['z']) for row in fate(path)}
        check(all((abs(value) > 5) == (weight in ('W2[0][0]', 'W2[0][1]')) and
                  (abs(value) > 5 or abs(value) < 3) for weight, value in z.items()),
              f'experiment {experiment}, seed {seed}: W2[0][0] and W2[0][1]', str(z))
finish()
