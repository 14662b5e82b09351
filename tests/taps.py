# SPDX-License-Identifier: MIT
"""For checks in Python of what the programs print: TAP, tables, and streams. The folder that holds
the programs' folder bin is the first argument."""

import math
import os
import subprocess
import sys
import tempfile

import numpy as np

import writer
from writer import nca

BUILD = sys.argv[1]
BIN = os.path.join(BUILD, 'bin')
SCRATCH = tempfile.TemporaryDirectory()
F = np.float32
tests = failures = 0


def check(good, what, *more):
    global tests, failures
    tests += 1
    failures += not good
    print('ok' if good else 'not ok', tests, '-', what)
    for line in () if good else more:
        print('#', str(line)[:200])


def finish():
    print(f'1..{tests}')
    sys.exit(failures > 0)


def output(program, *arguments, **more):
    return subprocess.run([f'{BIN}/nca-{program}', *arguments], stdout=subprocess.PIPE, timeout=60,
                          **more).stdout


def table(program, *arguments):
    """Names of the columns after generation, and the rows without it."""
    head, *rows = (line.split('\t')[1:] for line in
                   output(program, '--tsv', *arguments).decode().splitlines())
    return head, [[float(value) for value in row] for row in rows]


def close(a, b):
    """Counts are exact; roots and logarithms are not. NaN is NaN."""
    return len(a) == len(b) and all(
        len(x) == len(y) and all(v != v and w != w or math.isclose(v, w, rel_tol=1e-11,
                                                                   abs_tol=1e-12)
                                 for v, w in zip(x, y)) for x, y in zip(a, b))


def compare(what, expected, program, *arguments):
    expected, rows = list(expected), table(program, *arguments)[1]
    check(close(rows, expected), what, f'{program}: {rows[:3]}', f'expected: {expected[:3]}')


def named(name):
    return os.path.join(SCRATCH.name, name + '.zst')


def write(name, header, generations):
    """A stream of generations (state[L, rows, cols], ages[N], slots[N], {slot: genome[P]}); the
    name of its file. Genomes are new in each generation."""
    L, rows, cols = np.shape(generations[0][0])
    out = [writer.head({'width': cols, 'height': rows, 'channels': L, **header})]
    nothing, serial = np.zeros(rows * cols, np.uint32), 1
    for t, (state, ages, slots, genomes) in enumerate(generations):
        genomes = {slot: genomes[slot] for slot in sorted(set(map(int, slots)) - {0})}
        n = len(genomes)
        out += [writer.pool(t, serial + n, list(genomes), serial + np.arange(n), np.zeros(n),
                            np.array(list(genomes.values()), F)),
                writer.cells('GIDS', t, np.asarray(slots, np.uint32), nothing),
                writer.cells('AGES', t, np.asarray(ages, np.uint32), nothing),
                writer.state(t, np.asarray(state, F))]
        serial += n
    out.append(writer.done(len(generations) - 1, len(generations), len(out) + 1))
    with open(named(name), 'wb') as file:
        file.write(b''.join(out))
    return named(name)


def write_alpha(name, *alphas):
    """A stream of alpha alone: [rows, cols] for each generation."""
    return write(name, {}, [([alpha, np.zeros_like(alpha)], *np.zeros((2, alpha.size), int), {})
                            for alpha in (np.array(a, F) for a in alphas)])


def write_genomes(name, L, *grids, **header):
    """A stream of genomes, dead cells all: [N][P] for each generation, None for the empty one."""
    generations = []
    for grid in grids:
        genomes = [np.resize(np.array(g, F), 10 * L * L + 2 * L) for g in grid if g is not None]
        slots = np.cumsum([g is not None for g in grid]) * [g is not None for g in grid]
        generations.append((np.zeros((L, 1, len(grid))), np.zeros(len(grid)), slots.tolist(),
                            dict(enumerate(genomes, 1))))
    return write(name, header, generations)


def run(name, seed, step):
    """A stream of nca-seed | nca-step."""
    first = output('seed', *seed.split(), check=True)
    output('step', '-o', named(name), *step.split(), input=first, check=True)
    return named(name)
