"""CNWA as an executable specification, written from kernels/species.h, for reading rather than
speed; and checks of nca-cnwa against it: species.py BUILD, prints TAP."""

import os
import subprocess
import sys

import numpy as np

import model
import taps
from taps import check, nca


class Species:
    """Sorts generations, one after the other, into k species."""

    def __init__(self, seed, k):
        self.seed, self.k, self.start = seed, k, None

    def take(self, g):
        """The species of each cell, 0..k-1. Sets slots and weight (how many cells carry them),
        z[slots, P] and of[slots]."""
        self.slots, where, self.weight = np.unique(g.slots, return_inverse=True,
                                                   return_counts=True)
        genomes = np.array([g.pool[slot].parameters for slot in self.slots], np.float64)
        q = np.rint(genomes * 100)
        mean = self.weight @ q / g.slots.size
        deviation = np.sqrt(self.weight @ (q - mean)**2 / g.slots.size)
        constant = (q == q[0]).all(0)
        self.z = np.where(constant, 0, (q - mean) / np.where(constant, 1, deviation))
        if self.start is None:
            self.start = self.draw()
            self.start = self.lloyd()
        else:
            self.lloyd()
        return self.of[where.ravel()]

    def draw(self):
        """k-means++"""
        nearest, chosen = np.ones(len(self.z)), []
        for c in range(self.k):
            w0, w1, _, _ = (int(w) for w in model.words({'seed': self.seed}, c, 0, 3))
            at = np.cumsum(self.weight * nearest)
            goal = ((w0 >> 5) + (w1 << 27)) / 2**59 * at[-1]
            chosen.append(min(np.searchsorted(at, goal, 'right'), len(at) - 1) if at[-1] else 0)
            distance = ((self.z - self.z[chosen[-1]])**2).sum(1)
            nearest = np.minimum(nearest, distance) if c else distance
        return self.z[chosen]

    def lloyd(self):
        """From self.start; the centroids in the end."""
        centroids, self.of = self.start.copy(), np.full(len(self.z), -1)
        for _ in range(300):
            before = self.of
            distance = ((self.z[:, None] - centroids)**2).sum(2)
            self.of = distance.argmin(1)
            own = distance.min(1)
            for c in range(self.k):  # the empty ones
                far = own.argmax()
                if (self.of == c).any() or own[far] == 0 or (self.of == self.of[far]).sum() == 1:
                    continue
                self.of[far], own[far], before = c, 0, None
            for c in range(self.k):
                if (self.of == c).any():
                    centroids[c] = np.average(self.z[self.of == c], 0, self.weight[self.of == c])
            if before is not None and (self.of == before).all():
                break
        return centroids


def sizes(of, k):
    return np.bincount(of, minlength=k).tolist()


def definition(stream, k):
    """Cells of each species, generation by generation."""
    reader = nca.open(stream)
    species = Species(reader.header['seed'], k)
    return [sizes(species.take(g), k) for g in reader]


def cnwa(stream, k, *arguments):
    names, rows = taps.table('cnwa', '-k', str(k), stream, *arguments)
    assert names == [f'{what}_{s}' for what in ('species', 'proportion') for s in range(1, k + 1)]
    cells = sum(rows[0][:k])
    assert all(p == c / cells for row in rows for c, p in zip(row[:k], row[k:], strict=True))
    return [row[:k] for row in rows]


def compare(what, stream, *ks):
    for k in ks:
        expected, found = definition(stream, k), cnwa(stream, k)
        check(found == expected, f'{what}, k = {k}', f'found    {found}', f'expected {expected}')


def write(name, grids, L=1, **header):
    """A stream of genomes on a grid of one row: [N, P] for each generation, None for the empty."""
    return taps.write_genomes(name, L, *grids, **header)


def main():
    random = np.random.default_rng(1)
    runs = (('two', '-W 16 -H 12 --ip 0.4 --ppp 0.1', 40), ('three', '--channels 3 -W 7 -H 9 '
            '--ip 0.5 --activation tanh --alpha 0 --seed 18446744073709551615', 25),
            ('one', '--channels 1 -W 20 -H 20 --ip 0.4 --alpha 0.3 --seed 7', 25))
    for name, options, n in runs:
        taps.run(name, f'--init 0.2 {options}', f'-n {n}')
        compare(f'the definition: {options}', taps.named(name), 1, 2, 5, 32)

    # Five kinds of genomes, far from each other, and of different numbers in each generation
    kinds, N = random.normal(0, 1, (5, 12)), 150
    numbers = [50, 40, 30, 20, 10], [50, 40, 30, 20, 10], [10, 20, 30, 40, 50], [2, 2, 2, 2, 142]
    grids = [kinds[random.permutation(np.repeat(range(5), n))] + random.normal(0, 0.03, (N, 12))
             for n in numbers]
    kind = write('kinds', grids)
    found = cnwa(kind, 5)
    order = np.argsort(found[0])[::-1]
    check([[row[s] for s in order] for row in found] == [*map(list, numbers)],
          'five obvious species are found, and keep their numbers', str(found))
    compare('the definition: five obvious species', kind, 5, 3, 9)

    # Little to tell apart
    same = [[[1] * 12] * 6]
    check(cnwa(write('same', same), 5) == [[6, 0, 0, 0, 0]], 'one genome: one species')
    check(cnwa(write('none', [[None] * 6]), 5) == [[6, 0, 0, 0, 0]], 'no genomes: one species')
    check(cnwa(write('cell', [[[1] * 12], [None], [[2] * 12]]), 3) == [[1, 0, 0]] * 3, 'one cell')
    two = [[[1] * 12] * 4 + [[1] * 11 + [2]] * 2, [[1] * 12] * 5 + [None]]
    found = cnwa(write('two', two), 5)
    check([sorted(row) for row in found] == [[0, 0, 0, 2, 4], [0, 0, 0, 1, 5]],
          'two genomes that differ in one parameter: two species, three empty', str(found))
    round_off = [[[1] * 11 + [2.001 + n % 2 / 1000] for n in range(6)] + [None]]
    check(cnwa(write('round', round_off), 2) in ([[6, 1]], [[1, 6]]),
          'differences beyond two decimals are none')
    compare('the definition: one parameter varies, over a large offset',
            write('offset', [[[1e6] * 11 + [n] for n in range(9)]] * 2), 3, 5)
    compare('the definition: more species than genomes',
            write('few', [kinds[[0, 0, 1, 2, 2, 2]], kinds[[3, 4, 4, 4, 4, 0]], kinds[[1] * 6]]),
            5, 9)
    scatter(taps.named('two'), 5)
    scatter(kind, 3)
    same_from_all_builds(taps.named('two'))
    taps.finish()


def scatter(stream, k):
    """--scatter against the eigenvectors of the covariance, over cells."""
    reader = nca.open(stream)
    species = Species(reader.header['seed'], k)
    for t, g in enumerate(reader):
        if t in (0, reader_last(stream)):
            of = species.take(g)
            check_scatter(stream, k, g, species, of)
        elif t == 0:
            species.take(g)


if __name__ == '__main__':
    main()
