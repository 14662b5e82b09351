# SPDX-License-Identifier: MIT
"""Checks the pages of nca-play: play.py BUILD

Every value on a page is compared with what format/nca.py reads and what follows from it: which
cells carry which genotype, whose parameters were copied, and when most cells had them. Prints TAP.
"""

import subprocess
import sys

import numpy as np

from colours import ghc, rwsp
from page import Page
from play_truth import Truth
from taps import BIN, F, check, finish, named, output, run, write


def ended(*arguments, **more):
    """Exit status, page or None, and messages."""
    done = subprocess.run([f'{BIN}/nca-play', *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, **more)
    page = Page(done.stdout.decode()) if done.stdout else None
    return done.returncode, page, done.stderr.decode()


def steps(state, tanh):
    """Channels in the steps to which a page rounds them."""
    rounded = np.rint(state * F(255)).astype(int)
    if tanh:
        rounded[1:] = np.rint(state[1:] * F(127)).astype(int) + 128
    rounded[0] = np.where((state[0] != 0) & (rounded[0] == 0), 1, rounded[0])
    return rounded


def same_cells(page, truth):
    """Whether channels, ages and genotypes of each generation of the page are those of the run."""
    by_number = {0: 0}
    if 'genotypes' in page.head['sections']:
        by_number.update((row['number'], row['serial']) for row in page.table() if row['number'])
    run_has = {g.generation: g for g in truth.generations}
    wrong = []
    for section in page.head['sections']:
        for k, got in enumerate(page.frames(section)):
            g = run_has[page.generations[k]]
            if section == 'state':
                expected = g.state if page.head['exact'] else steps(g.state, page.head['tanh'])
            elif section == 'ages':
                expected = g.ages
            else:
                expected = g.genotypes
                got = np.vectorize(by_number.__getitem__, otypes=[np.uint64])(got)
            if not np.array_equal(got, expected):
                wrong.append(f'{section} of generation {g.generation}')
    return wrong


def same_genotypes(page, truth, digits=1):
    """Whether the table has the genotypes of the page's generations, their founders, and no other,
    and of each the right values."""
    shown = {g.generation: g for g in truth.generations}
    carried = set().union(*(set(np.unique(shown[generation].genotypes).tolist())
                            for generation in page.generations)) - {0}
    founders = {list(truth.line(serial))[-1] for serial in carried}
    rows = page.table()
    serials = [row['serial'] for row in rows]
    wrong = []
    if serials != sorted(carried | founders):
        wrong.append('serials')
    if not rows:
        return wrong
    genomes = np.array([row['genome'] for row in rows])
    colours = zip(ghc(genomes), rwsp(genomes, page.head['positions'], digits))
    for row, (hashed, weights) in zip(rows, colours):
        serial = row['serial']
        line = list(truth.line(serial))
        above = next((s for s in line[1:] if s in carried or s == line[-1]), None)
        expected = {
            'parent': above, 'origin': truth.origin[serial], 'cell': truth.first[serial],
            'depth': len(line) - 1, 'most': truth.cells[serial], 'peak': truth.peak[serial],
            'genome': truth.genome[serial].tobytes(), 'carried': serial in carried,
            'ghc': int.from_bytes(bytes(hashed), 'big'),
            'rwsp': int.from_bytes(bytes(weights), 'big')}
        got = {name: row[name] for name in expected if name in row}
        got.update(parent=row['parent'] and row['parent']['serial'], carried=row['number'] > 0,
                   genome=row['genome'].tobytes())
        wrong += [f'{name} of genotype {serial}: {got[name]}, not {expected[name]}'
                  for name in expected if got[name] != expected[name]]
    return wrong


def same_series(page, files, last):
    """Whether the plot's values are those of the measures."""
    generations, values = page.series()
    wrong = []
    for program in 'census', 'entropy', 'gcvp':
        text = output(program, '--tsv', *files).decode()
        lines = [line.split('\t') for line in text.splitlines()]
        for column, name in enumerate(lines[0][1:], 1):
            expected = {int(line[0]): F(line[column]) for line in lines[1:]}
            if not np.array_equal([expected[g] for g in generations.tolist()], values[name],
                                  equal_nan=True):
                wrong.append(name)
    if generations[0] != page.head['begin'] or generations[-1] != last:
        wrong.append('generations')
    return wrong


def compare(name, files, *options, generations=None, begin=None, end=None, digits=1):
    """Checks all of a page; returns it."""
    status, page, messages = ended(*options, *files)
    truth = Truth(files, end)
    if begin is None:
        begin = truth.generations[0].generation
    all_of_them = [g.generation for g in truth.generations if g.generation >= begin]
    check(status == 0 and not page.faults(), f'{name}: a page that runs and loads nothing else',
          messages, *(page.faults() if page else []))
    if generations is not None:
        check(page.generations == generations(all_of_them), f'{name}: its generations',
              page.generations)
    wrong = same_cells(page, truth)
    check(not wrong, f'{name}: channels, ages and genotypes of each cell', *wrong)
    if 'genotypes' in page.head['sections']:
        wrong = same_genotypes(page, truth, digits)
        check(not wrong, f'{name}: genotypes', *wrong)
    return page, messages


def whole(generations):
    return generations


def every(k):
    return lambda all_of_them: [g for i, g in enumerate(all_of_them)
                                if g % k == 0 or i in (0, len(all_of_them) - 1)]


def thinned(page):
    return lambda all_of_them: [g for i, g in enumerate(all_of_them)
                                if i % 2**page.head['thinned'] == 0 or g == all_of_them[-1]]


# Runs: 2 and 3 channels, finite and infinite budgets

finite = [run('finite', '-W 30 -H 20 --init 0.2 --ip 0.3 --seed 5', '-n 70')]
tanh = [run('tanh', '-W 17 -H 23 --channels 3 --init 0.1 --ip 0.2 --budget inf --activation tanh '
            '--alpha 0 --seed 9', '-n 45 --cull 0.3 --cull-every 7')]
sparse = [run('sparse', '-W 20 -H 20 --init 0.2 --ip 0.4 --ppp 0.1', '-n 60 --every 4')]
one = [run('one', '-W 1 -H 9 --init 0.5 --ip 0.5', '-n 20')]
more = named('more')
output('step', '-n', '25', '-o', more, finite[0], check=True)
parts = [finite[0], more]

page, messages = compare('two channels', finite, generations=whole)
check(not messages, 'nothing to say of a page that has all', messages)
wrong = same_series(page, finite, 70)
check(not wrong, 'the plot has the measures', *wrong)
compare('exact', finite, '--exact', generations=whole)
compare('three channels of tanh, infinite budget, catastrophes', tanh, generations=whole)
compare('the same, exact', tanh, '--exact', generations=whole)
compare('every 10th', finite, '--every', '10', generations=every(10))
compare('every 7th, not the last', finite, '--every', '7', generations=every(7))
compare('a range', finite, '--generations', '31:52', begin=31, end=52, generations=whole)
compare('a range, every 4th', tanh, '--generations', '9:30', '--every', '4', begin=9, end=30,
        generations=every(4))
compare('one generation', finite, '--generations', '12', begin=12, end=12, generations=whole)
compare('a stream of every 4th generation', sparse, generations=whole)
compare('two parts', parts, generations=whole)
compare('a grid that is one cell wide', one, generations=whole)
compare('weights that were chosen', finite, '--weights', '3,0,40', '--digits', '2', digits=2)

# Channels at the ends of their steps, and between two of them

edges = np.array([0, 1e-9, 0.001, 0.5 / 255, 1 / 255, 1.5 / 255, 0.5, 254.5 / 255, 1, 0.25], F)
signs = np.array([0, -1, 1, -0.5 / 127, 0.5 / 127, -1.5 / 127, 0.3, -0.3, 1e-9, -1], F)
for activation, hidden in ('sigmoid', edges[::-1]), ('tanh', signs):
    state = np.array([edges, hidden], F).reshape(2, 2, 5)
    alive = (edges != 0).astype(np.uint32)
    rounded = [write(f'rounded-{activation}', {'activation': activation},
                     [(state, alive, 0 * alive, {}), (state[:, ::-1], 2 * alive, 0 * alive, {})])]
    for exact in [], ['--exact']:
        compare(f'{activation}: how channels are rounded{", exact" * bool(exact)}', rounded, *exact)

# Thinned: all that fits in a megabyte

large = [run('large', '-W 60 -H 50 --init 0.2 --ip 0.3 --seed 3', '-n 130')]
page, messages = compare('thinned', large, '--limit', '1')
check(page.head['thinned'] > 0 and page.generations == thinned(page)(list(range(131))),
      'thinned: each 2nd, 4th and so on, and the last', page.generations)
check(len(page.text) <= 1e6, 'thinned: at most 1 MB', len(page.text))
check(len(page.text) > 4e5, 'thinned: no more than needed', len(page.text))
check(messages == f'nca-play: shows 1 in {2**page.head["thinned"]} generations, and the last: all '
      'would take more than 1 MB (--limit)\n', 'thinned: it says so', messages)
wrong = same_series(page, large, 130)
check(not wrong, 'thinned: the plot has all generations', *wrong)
immortal = [run('immortal', '-W 70 -H 50 --init 0.05 --ip 0.3 --budget inf', '-n 120')]
page, _ = compare('thinned, exact', immortal, '--limit', '1', '--exact')
check(page.head['thinned'] > 1, 'thinned, exact: several times', page.head['thinned'])

# Cells around one, where the world is a row or a column

for shape in '-W 40 -H 1', '-W 2 -H 20', '-W 1 -H 40':
    few = [run(shape.replace(' ', ''), f'{shape} --init 0.5 --ip 0.9 --ppp 0.002 --seed 4',
               '-n 60')]
    compare(f'a world of {shape}', few)

# Sections

for sections in 'state', 'ages,state', 'genomes', 'genomes,ages':
    some = [run(sections, '-W 12 -H 10 --init 0.3 --ip 0.3', f'-n 20 --sections {sections}')]
    page, _ = compare(f'a stream of {sections}', some, generations=whole)
    has = sections.replace('genomes', 'genotypes').split(',')
    check(sorted(page.head['sections']) == sorted(has),
          f'a stream of {sections}: what it has', page.head['sections'])

# A long run of few cells: the plot is thinned, too

long_run = [run('long', '-W 4 -H 4 --init 0.9 --ip 0.5 --budget inf', '-n 5000')]
page = ended('--limit', '1', *long_run)[1]
generations, values = page.series()
check(generations.tolist() == list(range(0, 5001, 2)) and len(values['alive']) == 2501,
      'of more than 4096 generations the plot has every second', len(generations))
check(4e5 < len(page.text) <= 1e6, 'a long run of few cells fits, too', len(page.text))

# Threads, memory

pages = {subprocess.run([f'{BIN}/nca-play', '--limit', '1', '--threads', n, *large], check=True,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout for n in '128'}
check(len(pages) == 1, 'the same bytes with 1, 2 and 8 threads')
text = pages.pop().decode()


def peak(stream):
    """Kilobytes that nca-play takes, of a process that runs nothing else."""
    code = ('import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, '
            'stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); '
            'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    return int(subprocess.run([sys.executable, '-c', code, f'{BIN}/nca-play', '--threads', '1',
                               '--limit', '1', stream], check=True, stdout=subprocess.PIPE).stdout)


longer = named('longer')
output('step', '-n', '900', '-o', named('rest'), large[0], check=True)
with open(longer, 'wb') as joined:
    for part in large[0], named('rest'):
        with open(part, 'rb') as file:
            joined.write(file.read())
short_peak, long_peak = peak(large[0]), peak(longer)
check(long_peak < 1.5 * short_peak, 'memory does not grow with the run',
      f'{short_peak} and {long_peak} kB')
finish()
