# SPDX-License-Identifier: MIT
"""What a stream says of its cells and genotypes, for the checks of nca-play's pages."""

import collections

import numpy as np

from writer import nca


class Truth:
    """What a stream says: its generations from begin to end, and each genotype by its serial."""

    def __init__(self, files, end=None):
        self.generations, self.parent, self.genome, self.origin = [], {}, {}, {}
        self.cells, self.first, self.peak = collections.Counter(), {}, {}
        for g in nca.open(*files):
            if end is not None and g.generation > end:
                break
            self.generations.append(g)
            for birth in g.births or []:
                self.add(birth.serial, birth.parent, birth.parameters, birth.generation)
            for genome in (g.pool or {}).values():
                if genome.serial and genome.serial not in self.origin:
                    known = genome.parent if genome.parent in self.origin else 0
                    self.add(genome.serial, known, genome.parameters, g.generation)
            if g.slots is not None:
                self.count(g)

    def add(self, serial, parent, parameters, generation):
        self.parent[serial], self.origin[serial] = parent, generation
        self.genome[serial] = np.array(parameters, np.float32)

    def count(self, g):
        serials, first, counts = np.unique(g.genotypes, return_index=True, return_counts=True)
        for serial, cell, count in zip(serials.tolist(), first.tolist(), counts.tolist()):
            self.first.setdefault(serial, cell)
            if count > self.cells[serial]:
                self.cells[serial], self.peak[serial] = count, g.generation

    def line(self, serial):
        """The serials from a genotype to its founder."""
        while serial:
            yield serial
            serial = self.parent[serial]
