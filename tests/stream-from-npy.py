# SPDX-License-Identifier: MIT
"""Makes a stream of a recorded run: stream-from-npy.py FOLDER [KEY=VALUE]... >STREAM

FOLDER holds state.npy.zst, float32[generations, L, rows, cols], and genomes.npy.zst,
float32[generations, rows * cols, P]. KEY=VALUE are parameters for the header. Ages follow from the
state; equal genomes of a generation share a slot; parents are unknown, so each generation has a
POOL, in which serials count its genomes.
"""

import io
import os
import sys

import numpy as np
import zstandard

import writer


def load(path):
    with open(path, 'rb') as file:
        return np.load(io.BytesIO(zstandard.ZstdDecompressor().stream_reader(file).read()))


def main(folder, *settings):
    states = load(os.path.join(folder, 'state.npy.zst'))
    genomes = load(os.path.join(folder, 'genomes.npy.zst'))
    generations, L, rows, cols = states.shape
    header = {'width': cols, 'height': rows, 'channels': L}
    header.update(setting.split('=', 1) for setting in settings)
    out = [writer.head(header, ['stream-from-npy 1'])]
    nothing, ages, serial = np.zeros(rows * cols, np.uint32), np.zeros(rows * cols, np.uint32), 1
    for t in range(generations):
        if t > 0:
            ages = np.where(states[t, 0].ravel() != 0, ages + 1, 0)
        distinct, slots = np.unique(genomes[t], axis=0, return_inverse=True)
        empty = ~distinct.any(1)
        slot_of = np.where(empty, 0, np.cumsum(~empty)).astype(np.uint32)
        n = int((~empty).sum())
        out += [writer.pool(t, serial + n, np.arange(1, n + 1), serial + np.arange(n),
                            np.zeros(n), distinct[~empty]),
                writer.cells('GIDS', t, slot_of[slots.ravel()], nothing),
                writer.cells('AGES', t, ages, nothing), writer.state(t, states[t])]
        serial += n
    out.append(writer.done(generations - 1, generations, len(out) + 1))
    sys.stdout.buffer.write(b''.join(out))


if __name__ == '__main__':
    main(*sys.argv[1:])
