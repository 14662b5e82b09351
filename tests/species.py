# SPDX-License-Identifier: MIT
"""CNWA as an executable specification, written from kernels/measures/cnwa.h, for reading rather
than speed."""

import numpy as np

import model


class Species:
    """Sorts generations, one after the other, into k species: all cells, or those with a genome;
    from the first centroids, or from the last ones, as means of parameters."""

    def __init__(self, seed, k, carriers=False, track=False):
        self.seed, self.k, self.carriers, self.track, self.start = seed, k, carriers, track, None

    def take(self, g):
        """The species of each cell that is sorted, 0..k-1. Sets slots and weight (how many cells
        carry them), z[slots, P] and of[slots]."""
        slots = g.slots[g.slots != 0] if self.carriers else g.slots
        self.slots, where, self.weight = np.unique(slots, return_inverse=True, return_counts=True)
        self.open = False
        if not slots.size:
            return slots
        genomes = np.array([g.pool[slot].parameters for slot in self.slots], np.float64)
        q = np.rint(genomes * 100)
        mean = self.weight @ q / slots.size
        deviation = np.sqrt(self.weight @ (q - mean)**2 / slots.size)
        constant = (q == q[0]).all(0)
        scale = np.where(constant, 1, deviation)
        self.z = np.where(constant, 0, (q - mean) / scale)
        if self.start is None:
            self.start = self.draw()
            self.start = self.lloyd()
            self.centres = mean + np.where(constant, 0, self.start * scale)
        else:
            if self.track:
                self.start = np.where(constant, 0, (self.centres - mean) / scale)
            self.lloyd()
        for c in set(self.of):
            self.centres[c] = np.average(q[self.of == c], 0, self.weight[self.of == c])
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
        """From self.start; the centroids in the end. Sets open where rounding may have decided."""
        centroids, self.of, self.open = self.start.copy(), np.full(len(self.z), -1), False
        distinct = np.unique(self.z, axis=0, return_index=True)[1]
        for _ in range(300):
            before = self.of
            distance = ((self.z[:, None] - centroids)**2).sum(2)
            self.of = distance.argmin(1)
            self.open |= close(distance[:, np.unique(centroids, axis=0, return_index=True)[1]].T)
            own = distance.min(1)
            for c in range(self.k):  # the empty ones
                far = own.argmax()
                if (self.of == c).any() or own[far] == 0 or (self.of == self.of[far]).sum() == 1:
                    continue
                self.open |= close(-own[distinct])
                self.of[far], own[far], before = c, 0, None
            for c in range(self.k):
                if (self.of == c).any():
                    centroids[c] = np.average(self.z[self.of == c], 0, self.weight[self.of == c])
            if before is not None and (self.of == before).all():
                break
        return centroids


def close(values):
    """Whether the two least (along axis 0) are the same but for rounding."""
    least = np.sort(values, 0)[:2]
    return len(least) > 1 and (least[1] - least[0] <= 1e-9 * abs(least[0])).any()
