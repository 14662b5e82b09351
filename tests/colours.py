# SPDX-License-Identifier: MIT
"""Colours of genomes, for the checks in Python: from their definitions in nca-measures(7)."""

import functools
from fractions import Fraction

import numpy as np


@functools.cache
def rounded(value, digits):
    """The whole number next to value * 10^digits, halves to even, exactly."""
    return round(Fraction(value) * 10**digits)


def rwsp(genomes, positions, digits):
    """The colour of each cell: R, G, B."""
    def part(weight):
        value = rounded(weight, digits) / 10**digits * 255
        return int(value) & 255 if abs(value) < 2**31 else 0
    return [list(map(part, genome)) for genome in genomes[:, list(positions)].tolist()]


@functools.cache
def bit(weight):
    return hash(float(10 * (rounded(weight, 2) / 100))) % 2


def ghc(genomes):
    """Likewise."""
    bits = np.array([list(map(bit, genome)) for genome in genomes[:, :24].tolist()])
    return np.packbits(np.pad(bits, ((0, 0), (0, 24 - bits.shape[1]))), axis=1).tolist()
