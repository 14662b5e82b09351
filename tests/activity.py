# SPDX-License-Identifier: MIT
"""Checks what nca-activity prints: activity.py BUILD

A small run stands here with its values worked out by hand, its shadow, too; those of random runs
follow from the definition in nca-measures(7), from streams read with format/nca.py. In runs without
selection, activity and that of the shadow agree. Prints TAP.
"""

import math
import os
import statistics

import numpy as np

import model
import synthetic
from taps import F, check, close, compare, finish, named, nca, output, run, table, write

LONG = os.environ.get('TEST_LONG') == '1'
NAN = math.nan
COLUMNS = ['diversity', 'a_cum', 'a_mean', 'a_median', 'a_new']
COLUMNS += ['shadow_' + column for column in COLUMNS] + ['excess']


def activity(*arguments):
    return table('activity', *arguments)[1]


# By hand. All carriers differ in age, so that none exchange their genotypes. Cell 1 of generation 0
# is dead, so the 2 that cell 3 gets is 1 in the shadow, of which cell 0 alone lives; 3 is born. In
# generation 2, 1 is gone, but not in the shadow. Nobody lives there, so cell 0 gets 2 in the
# shadow, too. Generation 4 is left out; its birth is known.

def genome(weight):
    return np.array([weight] + [0] * 11, F)


BORN = [(1, genome(0.3))], [], [(3, genome(0.4))], [(4, genome(0.5))], []
BY_HAND = [([1, 2, 0, 0], [], [0.5, 0, 0, 0], [1, 2, 0, 0]),
           ([1, 2, 3, 2], BORN[0], [0.5, 0.5, 0, 0], [2, 3, 1, 4]),
           ([0, 2, 3, 2], BORN[1], [0, 0, 0, 0], [0, 4, 2, 5]),
           ([2, 2, 3, 4], BORN[2], [0, 0, 0, 0], [1, 5, 3, 2]),
           ([5, 2, 3, 4], BORN[3], [0, 0, 0, 0], [1, 5, 3, 2]),
           ([5, 2, 0, 0], BORN[4], [0, 0, 0, 0], [1, 5, 0, 0]),
           ([0, 0, 0, 0], BORN[4], [0, 0, 0, 0], [0, 0, 0, 0])]
FOUNDERS = [genome(0.1), genome(0.2)]
# Activities: 1 1; 2 2 1; 3 2, of the shadow 3 3 2; 4 3 1; 6 2; of --new 3,4 only 3.
SAME = [[2, 2, 1, 1, 0], [3, 5, 5 / 3, 2, 0], None, [3, 8, 8 / 3, 3, 1]]
ROWS = [[*row, *row, 1] if row else [2, 5, 5 / 2, 5 / 2, 3 / 2, 3, 8, 8 / 3, 3, 2, 15 / 16]
        for row in SAME]
ROWS += [[2, 8, 4, 4, 0] + [NAN] * 6, [0, 0, NAN, NAN, NAN] + [NAN] * 6]
hand = synthetic.write('hand', 1, FOUNDERS, BY_HAND, [0, 1, 2, 3, 5, 6])
check(table('activity', hand)[0] == COLUMNS, 'the columns', str(table('activity', hand)[0]))
compare('by hand', ROWS, 'activity', '--new', '3,4', hand)
compare('by hand: 20 to 40 are new', [[v if i not in (4, 9) else v * 0 for i, v in enumerate(row)]
                                      for row in ROWS], 'activity', hand)


# From the definition

def numbers(birth, carried, now, new):
    ages = sorted(now - birth[serial] + 1 for serial in set(carried) - {0})
    if not ages:
        return [0, 0, NAN, NAN, NAN]
    return [len(ages), sum(ages), sum(ages) / len(ages), statistics.median(ages),
            sum(a for a in ages if new[0] <= a < new[1]) / len(ages)]


def reference(*files, new=(20, 40)):
    reader, birth, rows, before, gap = nca.open(*files, check=False), {}, [], None, False
    for g in reader:
        now, carried = g.generation, g.serials.ravel().tolist()
        birth.update((born.serial, born.generation) for born in g.births)
        for serial in carried:
            birth.setdefault(serial, now)
        ages, alpha = g.ages.ravel().tolist(), g.alpha.ravel().tolist()
        w = np.array(model.words(reader.header, np.arange(len(carried), dtype=np.uint64), now,
                                 6)).astype(object)
        if before is None:
            shadow = carried
        elif not (gap := gap or now != before[0] + 1):
            shadow = step(*before[1:], shadow, carried, w, lambda serial: birth[serial] == now)
        before = now, carried, ages, alpha
        own = numbers(birth, carried, now, new)
        other = [NAN] * 5 if gap else numbers(birth, shadow, now, new)
        rows.append([*own, *other, own[2] / other[2]])
    return rows


def step(was, ages, alpha, shadow, carried, w, is_born):
    """The shadow of the next generation."""
    shuffled = [0] * len(was)
    for age in set(ages):
        cells = [cell for cell, genotype in enumerate(was) if genotype and ages[cell] == age]
        order = sorted(cells, key=lambda cell: (w[0][cell] + (w[1][cell] << 32), cell))
        for cell, other in zip(cells, order):
            shuffled[cell] = shadow[other]
    living = [shuffled[cell] for cell in range(len(was)) if was[cell] and alpha[cell] != 0]

    def after(cell):
        genotype = carried[cell]
        if genotype == was[cell]:
            return shuffled[cell]
        if not genotype or is_born(genotype) or not living:
            return genotype
        return living[w[2][cell] * len(living) >> 32]
    return [after(cell) for cell in range(len(was))]


def agree(what, *files, new=None):
    options = ['--new', '%d,%d' % new] if new else []
    compare(what, reference(*files, new=new or (20, 40)), 'activity', *options, *files)


one = run('one', '-W 20 -H 20 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60')
agree('a run', one)
agree('what is new', one, new=(2, 5))
agree('all ages, and another schedule', run(
    'two', '-W 20 -H 15 --init 0.2 --ip 0.6 --ppp 0.02 --budget inf --seed 18446744073709551615',
    '-n 30 --schedule sync --cull 0.05'))
thin = run('thin', '-W 20 -H 20 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60 --every 7')
agree('generations left out', thin)
check(all(a[:5] == b[:5] for a, b in zip(activity(thin), activity(one)[::7])),
      'births of generations left out are known')
check(close(table('measure', '--only', 'activity', '--threads', '3', one)[1], activity(one)),
      'the same in nca-measure, on three threads')
output('step', '-n', '30', '-o', named('more'), one, check=True)
agree('two parts', one, named('more'))
output('cat', '-o', named('late'), '--generations', '75:90', named('more'), check=True)
agree('a stream that starts late', named('late'))
agree('parts with a gap', one, named('late'))
agree('many channels, and keyframes', run(
    'wide', '--channels 3 -W 15 -H 15 --init 0.3 --ip 0.5 --ppp 0.1', '-n 30 --keyframe 5'))


def random_story(random, cells, generations):
    """Births of all kinds; genotypes that come back, which no rule does; any ages, large ones, too;
    generations without life."""
    genomes, carried, story = [genome(0)] + FOUNDERS, np.arange(cells) % 3, []
    for t in range(generations):
        births, now = [], random.choice(carried, cells) if t else carried.copy()
        for cell in np.flatnonzero(random.random(cells) < 0.2) if t else []:
            births.append((int(now[cell]), genome(random.random())))
            genomes.append(births[-1][1])
            now[cell] = len(genomes) - 1
        carried = np.where(random.random(cells) < 0.1, 0, now)
        alive = np.where(random.random(cells) < 0.5, random.random(cells), 0) * (t % 7 > 1)
        ages = random.choice([0, 1, 2, 70000, 2**32 - 1], cells)
        pad = np.zeros(cells, int)  # slots need cells
        story.append((np.r_[carried, pad], births, np.r_[alive, pad], np.r_[ages, pad]))
    return story


random = np.random.default_rng(1)
last = 200 if LONG else 60
story = random_story(random, 40, last)
for name, kept, pools in (('all', None, ()), ('pools', None, range(0, last, 5)),
                          ('gaps', range(0, last, 4), range(0, last, 12))):
    agree(f'random births: {name}', synthetic.write(name, 1, FOUNDERS, story, kept, pools))


# Without selection: every cell in a live neighbourhood lives, whatever its weights, as b2[0] is 20

def neutral(seed, generations):
    output('seed', *f'-W 50 -H 50 --init 0.05 --seed {seed} -o'.split(), named('first'),
           check=True)
    g = next(iter(nca.open(named('first'))))
    genomes = {slot: held.parameters.copy() for slot, held in g.pool.items() if slot}
    for parameters in genomes.values():
        parameters[-2] = 20
    path = write('neutral', {'seed': seed}, [(g.state, g.ages.ravel(), g.slots.ravel(), genomes)])
    output('step', '-n', str(generations), '-o', named('run'), path, check=True)
    return [row[-1] for row in activity(named('run'))[generations // 3:]]


excess = [statistics.mean(neutral(seed, 600 if LONG else 150)) for seed in
          range(1, 21 if LONG else 4)]
check(abs(statistics.mean(excess) - 1) < 0.03 and all(abs(e - 1) < 0.1 for e in excess),
      f'without selection, activity is that of the shadow: {len(excess)} seeds', str(excess))
finish()
