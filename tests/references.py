# SPDX-License-Identifier: MIT
"""Checks measures against other people's programs: references.py BUILD

Of small runs and grids, what scikit-bio, esda with libpysal, SciPy, scikit-learn and DendroPy say;
tests/long builds the environment. A package that is not there is skipped, and said to be. Prints
TAP.
"""

import collections
import csv
import importlib
import math

import numpy as np

import taps
from taps import F, check, finish, nca, output, run, table

NEAR = 1e-12
random = np.random.default_rng(1)


def near(what, pairs):
    """Whether all pairs (ours, theirs) are the same but for rounding."""
    pairs = [(a, b) for a, b in pairs if not (math.isnan(a) and math.isnan(b))]
    wrong = [(a, b) for a, b in pairs if not math.isclose(a, b, rel_tol=NEAR, abs_tol=NEAR)]
    check(pairs and not wrong, f'{what}: {len(pairs)} numbers', str(wrong[:3]))


def against(*packages):
    """Runs a function with these packages, if they are there."""
    def decorate(function):
        try:
            modules = [importlib.import_module(package) for package in packages]
        except ImportError as error:
            check(True, f'{function.__name__}: {", ".join(packages)} # SKIP {error}')
            return
        function(*modules)
    return decorate


def columns(program, *arguments):
    """{column: values}"""
    names, rows = table(program, *arguments)
    return dict(zip(names, np.array(rows).T))


stream = run('run', '-W 24 -H 18 --init 0.3 --ip 0.3 --ppp 0.1', '-n 60 --every 6')
generations = list(nca.open(stream))


@against('skbio.diversity.alpha')
def hill_numbers(alpha):
    ours = columns('hill', stream)
    for q in 0, 1, 2:
        pairs = []
        for t, g in enumerate(generations):
            counts = collections.Counter(g.serials[g.slots != 0].tolist())
            pairs.append((ours[f'genotypes_d{q}'][t], alpha.hill(list(counts.values()), order=q)))
        near(f'scikit-bio: Hill numbers of order {q}', pairs)


@against('esda.moran', 'libpysal.weights')
def moran(moran, weights):
    ours, (rows, cols) = columns('space', stream), generations[0].alpha.shape
    neighbours = {r * cols + c: [(r + dr) % rows * cols + (c + dc) % cols for dr in (-1, 0, 1)
                                 for dc in (-1, 0, 1) if dr or dc]
                  for r in range(rows) for c in range(cols)}
    torus = weights.W(neighbours, silence_warnings=True)
    near("esda: Moran's I", [
        (ours['moran'][t], moran.Moran(g.alpha.astype(float).ravel(), torus, transformation='B',
                                       permutations=0).I) for t, g in enumerate(generations)])


def stream_of(grids):
    return taps.write('grids', {}, [([grid, np.zeros_like(grid)], np.zeros(grid.size, int),
                                     np.zeros(grid.size, int), {}) for grid in grids])


@against('scipy.ndimage')
def patches(ndimage):
    grids = [np.pad((random.random((20, 30)) * (random.random((20, 30)) < filled)).astype(F),
                    ((0, 1), (0, 1))) for filled in (0.1, 0.25, 0.4, 0.6, 0.9)]  # nothing wraps
    ours, pairs = columns('space', stream_of(grids)), []
    for t, grid in enumerate(grids):
        label, count = ndimage.label(grid, np.ones((3, 3)))
        pairs += [(ours['patches'][t], count),
                  (ours['largest'][t], np.bincount(label.flat)[1:].max())]
    near('SciPy: patches', pairs)


@against('sklearn.metrics')
def information(metrics):
    ours, pairs = columns('space', stream), []
    for t, g in enumerate(generations):
        types = np.rint(g.alpha.astype(float) * 10).astype(int)
        near_ones = [np.roll(types, -1, axis).ravel() for axis in (1, 0)]
        theirs = metrics.mutual_info_score(np.tile(types.ravel(), 2), np.concatenate(near_ones))
        pairs.append((ours['mi'][t], theirs / math.log(2)))
    near('scikit-learn: mutual information', pairs)


@against('dendropy', 'dendropy.calculate.treemeasure')
def shape(dendropy, treemeasure):
    path = run('tree', '-W 12 -H 12 --init 0.2 --ip 0.3 --ppp 0.1', '-n 25')
    ours = {name: values[-1] for name, values in columns('lineage', '--stats', path).items()}
    rows = {row['id']: row for row in csv.DictReader(output('lineage', path).decode().splitlines())}
    first, children = 0, collections.defaultdict(list)
    for name, row in rows.items():
        children[row['ancestor_list'].strip('[]')].append(name)

    def newick(name):
        above = rows[name]['ancestor_list'].strip('[]')
        length = int(rows[name]['origin_time']) - (first if above == 'none'
                                                   else int(rows[above]['origin_time']))
        inside = [newick(child) for child in children[name]]
        if rows[name]['destruction_time'] == 'inf' and inside:
            inside.append(f'{name}:0')
        return (f'({",".join(inside)})' if inside else name) + f':{length}'
    text = f'({",".join(map(newick, children["none"]))});'
    tree = dendropy.Tree.get(data=text, schema='newick', rooting='force-rooted')
    distances = tree.phylogenetic_distance_matrix().distances()
    near('DendroPy: distances and lengths', [
        (ours['distance'], np.mean(distances)), (ours['vpd'], np.var(distances)),
        (ours['diversity'], tree.length())])
    tree.suppress_unifurcations()
    near("DendroPy: Sackin's index", [(ours['sackin'],
                                       treemeasure.sackin_index(tree, normalize=None))])


finish()
