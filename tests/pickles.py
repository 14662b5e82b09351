# SPDX-License-Identifier: MIT
"""Makes the pickles that the thesis's program would have left of a recorded run:
pickles.py FOLDER OUT PROTOCOL

FOLDER holds state.npy.zst and genomes.npy.zst; OUT gets the pickles, as the program keeps them: the
grids without generation 0.
"""

import io
import os
import pickle
import sys

import numpy as np
import zstandard


def load(path):
    with open(path, 'rb') as file:
        return np.load(io.BytesIO(zstandard.ZstdDecompressor().stream_reader(file).read()))


def main(folder, out, protocol):
    states = load(os.path.join(folder, 'state.npy.zst'))
    genomes = load(os.path.join(folder, 'genomes.npy.zst'))
    counts = [dict(zip(*(a.tolist() for a in np.unique(np.round(grid[0], 1), return_counts=True))))
              for grid in states[1:]]
    pickles = {'everystep_weights': [[cell.tolist() for cell in cells] for cells in genomes],
               'frequency_dicts': counts,
               **{f'ca_grids_layer{c}': [np.array(grid[c]) for grid in states[1:]]
                  for c in range(states.shape[1])}}
    os.makedirs(out, exist_ok=True)
    for name, value in pickles.items():
        with open(os.path.join(out, name + '.pkl'), 'wb') as file:
            pickle.dump(value, file, int(protocol))


if __name__ == '__main__':
    main(*sys.argv[1:])
