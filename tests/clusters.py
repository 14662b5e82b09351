# SPDX-License-Identifier: MIT
"""Checks nca-cnwa against its definition and by hand: clusters.py BUILD, prints TAP."""

import re

import numpy as np

from species import Species
from taps import check, finish, named, nca, output, run, table, write_genomes


def definition(stream, k, *options):
    """Cells of each species, generation by generation; None where rounding may have decided."""
    reader = nca.open(stream)
    species = Species(reader.header['seed'], k, '--carriers' in options, '--track' in options)
    all_of = [(species.take(g), species.open) for g in reader]
    return [None if unsure else np.bincount(of, minlength=k).tolist() for of, unsure in all_of]


def cnwa(stream, k, *options):
    """Likewise, from nca-cnwa."""
    names, rows = table('cnwa', '-k', str(k), *options, stream)
    assert names == [f'{what}_{s}' for what in ('species', 'proportion') for s in range(1, k + 1)]
    for row in rows:
        cells = sum(row[:k])
        assert '--carriers' in options or cells == sum(rows[0][:k])
        assert all(p == c / cells if cells else p != p
                   for c, p in zip(row[:k], row[k:], strict=True))
    return [row[:k] for row in rows]


def compare(what, stream, *ks, options=()):
    for k in ks:
        expected, found = definition(stream, k, *options), cnwa(stream, k, *options)
        if '--track' in options and None in expected:  # all that comes after depends on it
            found = found[:expected.index(None)]
            expected = expected[:len(found)]
            assert len(found) >= 4, f'{what}: {len(found)}'
        unsure = expected.count(None)
        same = [e in (f, None) for e, f in zip(expected, found, strict=True)]
        check(all(same) and expected[0] and unsure <= len(expected) / 4,
              f'{what}, k = {k}; left out: {unsure} of {len(expected)}',
              f'found    {found}', f'expected {expected}')


def compare_colours(what, stream, k):
    """As many cells of a colour as of a species, in every picture: all that nca-render draws."""
    ppm = output('render', '--view', 'cnwa', '-k', str(k), '--format', 'ppm', '--scale', '1',
                 '--no-annotate', stream)
    pictures = [np.frombuffer(picture, np.uint8).reshape(-1, 3) for picture in
                re.split(rb'P6\n\d+ \d+\n255\n', ppm)[1:]]
    found, seen = cnwa(stream, k), {}
    for rgb, sizes in zip(pictures, found, strict=True):
        colours, cells = np.unique(rgb, axis=0, return_counts=True)
        same = sorted(cells) == sorted(size for size in sizes if size)
        for colour, n in zip(map(tuple, colours), cells):
            if sizes.count(n) == 1:
                same &= seen.setdefault(colour, sizes.index(n)) == sizes.index(n)
        if not same:
            break
    check(same, f'{what}: nca-render has a colour for each of {k}', str(cells), str(sizes))


def compare_scatter(what, stream, k, generation):
    """--scatter against the eigenvectors of the covariance, over the cells."""
    reader = nca.open(stream)
    species = Species(reader.header['seed'], k)
    for g in reader:
        if g.generation in (0, generation):
            species.take(g)
        if g.generation == generation:
            break
    assert not species.open
    N, z, weight = g.slots.size, species.z, species.weight
    values, vectors = np.linalg.eigh(z.T @ (weight[:, None] * z) / N)
    vectors = vectors * np.sign(vectors[abs(vectors).argmax(0), range(len(values))])
    expected = np.column_stack([z @ vectors[:, [-1, -2]], species.of + 1, weight,
                                [g.pool[slot].serial for slot in species.slots]])
    options = ['-k', str(k), '--scatter', str(generation), stream]
    names, rows = table('cnwa', *options)
    rows, printed = np.split(np.array(rows), [5], 1)
    check(names == ['pc1', 'pc2', 'species', 'cells', 'serial', 'pc1_share', 'pc2_share']
          and rows.shape == expected.shape and (rows[:, 2:] == expected[:, 2:]).all(),
          f'{what}: species, cells and serials')
    check(abs(rows - expected).max() < 1e-9, f'{what}: principal components',
          str(abs(rows - expected).max(0)))
    shares = values[[-1, -2]] / values.sum()
    check(abs(weight @ rows[:, :2]**2 / N / values.sum() - shares).max() < 1e-9
          and abs(printed - shares).max() < 1e-9, f'{what}: the shares of the variance')
    check(re.findall('([0-9.]+) %', output('cnwa', *options).decode())
          == ['%.1f' % (100 * share) for share in shares], f'{what}: printed at the axes')


def main():
    random = np.random.default_rng(1)
    for name, most, seed in (
            ('two', 32, '-W 16 -H 12 --ip 0.4 --ppp 0.1'),
            ('three', 32, '--channels 3 -W 7 -H 9 --ip 0.5 --activation tanh --alpha 0'),
            ('one', 9, '--channels 1 -W 20 -H 20 --ip 0.4 --alpha 0.3'),
            ('seed', 9, '-W 9 -H 9 --ip 0.5 --seed 18446744073709551615')):
        stream = run(name, f'--init 0.2 {seed}', '-n 25')
        compare(f'the definition: {seed}', stream, 1, 2, 5, most)
        for options in ['--carriers'], ['--track'], ['--carriers', '--track']:
            compare(f'the definition: {seed} {" ".join(options)}', stream, 2, 5, options=options)

    few = run('few', '--init 0.1 -W 8 -H 8 --ip 0.3 --seed 7', '-n 20')
    compare('parameters that the first centroids differ in, and later genomes do not', few, 5,
            options=['--carriers'])

    # Five kinds of genomes, far from each other, with other numbers of cells in each generation
    kinds, sizes = random.normal(0, 1, (5, 12)), [[50, 40, 30, 20, 10], [50, 40, 30, 20, 10],
                                                  [10, 20, 30, 40, 50], [20, 20, 20, 20, 70]]
    kind = write_genomes('kinds', 1, *(
        kinds[random.permutation(np.repeat(range(5), n))] + random.normal(0, 0.03, (150, 12))
        for n in sizes))
    found = cnwa(kind, 5)
    order = np.argsort(found[0])[::-1]
    check([[row[s] for s in order] for row in found] == sizes,
          'five obvious species are found, and keep their numbers', str(found))
    compare('the definition: five obvious species', kind, 5, 3, 9)

    # Carriers alone: 2 of one genome, 1 of another; then 3 of the second, which stays where it is;
    # then nobody; then both have moved by 0.5, and the first is gone.
    moving = write_genomes('moving', 1, [[1], [1], [9], None], [[9], [9], [9], [1]],
                           [None] * 4, [[9.5], None, None, [1.5]], [None, [9.5], [9.5], [9.5]])
    found = cnwa(moving, 2, '--carriers', '--track')
    one = found[0].index(2)
    check([[row[one], row[1 - one]] for row in found] == [[2, 1], [1, 3], [0, 0], [1, 1], [0, 3]],
          'carriers alone, tracked, by hand', str(found))
    compare('the definition: tracked, with nobody in between', moving, 2,
            options=['--carriers', '--track'])
    check(cnwa(write_genomes('none', 1, [None] * 3), 2, '--carriers') == [[0, 0]],
          'no carriers, no species')

    # 8 cells at 0 and 1 at 1, standardised -0.35 and 2.8; then 1 and 8, which are at -2.8 and 0.35:
    # both nearest to the first centroid there, so that the farther one, of 1 cell, becomes the
    # second species. Tracked, they stay what they were.
    turning = write_genomes('turning', 1, [[0]] * 8 + [[1]], [[0]] + [[1]] * 8)
    for options, keeps in ([], False), (['--track'], True):
        found = cnwa(turning, 2, *options)
        check((found[0] == found[1][::-1]) == keeps and sorted(found[1]) == [1, 8],
              f'numbers are kept: {keeps} {options}', str(found))

    # Few differences
    one, other = [1] * 12, [1] * 11 + [2]
    for what, grids, expected in (
            ('one genome, one species', [[one] * 6], [[6, 0, 0, 0, 0]]),
            ('no genomes, one species', [[None] * 6], [[6, 0, 0, 0, 0]]),
            ('one cell', [[one], [None], [[2] * 12]], [[1, 0, 0, 0, 0]] * 3)):
        found = cnwa(write_genomes('few', 1, *grids), 5)
        check(found == expected, what, str(found))
    found = cnwa(write_genomes('few', 1, [one] * 4 + [other] * 2, [one] * 5 + [None]), 5)
    check([sorted(row) for row in found] == [[0, 0, 0, 2, 4], [0, 0, 0, 1, 5]],
          'two genomes, two species', str(found))
    found = cnwa(write_genomes('few', 1, [[1] * 11 + [2.001 + n / 1000] for n in range(4)] * 2
                               + [None]), 2)
    check(sorted(found[0]) == [1, 8], 'no difference but beyond two decimals', str(found))
    compare('the definition: one parameter varies, over a large offset',
            write_genomes('few', 1, *[[[1e6] * 11 + [n * n] for n in range(9)]] * 2), 3, 5)
    compare('the definition: more species than genomes', write_genomes(
        'few', 1, *(kinds[list(cells)] for cells in ((0, 0, 1, 2, 2, 2), (3, 4, 4, 4, 4, 0),
                                                     (1,) * 6, (0, 1, 2, 3, 4, 4)))), 5, 9)

    for k in 5, 32:
        compare_colours('pictures', named('two'), k)
    for generation in 0, 7, 25:
        compare_scatter(f'--scatter {generation}', named('two'), 5, generation)
    compare_scatter('--scatter, obvious species', kind, 3, 3)
    compare_scatter('--scatter, one channel', named('one'), 8, 20)
    finish()


if __name__ == '__main__':
    main()
