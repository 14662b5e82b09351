# SPDX-License-Identifier: MIT
# How to look at a run in Python. Jupyter, VS Code and Spyder run this file cell by cell (each
# starts with "# %%"); or run it whole:  python3 example.py [RUN.zst]
# The run is from  nca-seed -W 60 -H 60 --init 0.1 | nca-step -n 40 -o run.zst

# %% Open it. A stream is read forward, one generation at a time.
import os
import sys

import numpy as np

import nca  # found after make install, and beside this file

file = sys.argv[1] if len(sys.argv) > 1 else 'run.zst'
if not os.path.exists(file):
    sys.exit(f'{file}: no such file; make a run with the command at the top of this one')
run = nca.open(file)
m = run.header
print(f"{m['width']} x {m['height']} cells, {m['activation']}, budget {m['budget']}")
print(*run.history, sep='\n')

# %% What one generation holds: the last.
for g in run:
    pass
print(g)
alive = np.pad(g.alpha > 0, ((0, g.alpha.shape[0] % 2), (0, 0)))  # a line shows two rows of cells
for line in np.array(list(' .\':'))[2 * alive[::2] + alive[1::2]]:
    print(''.join(line))
print('channels', g.state.shape, 'alpha', g.alpha.shape, 'oldest cell', g.ages.max())
row, col = np.unravel_index(g.alpha.argmax(), g.alpha.shape)
W1, b1, W2, b2 = g.network(row, col)
print(f'the liveliest cell, ({row}, {col}), takes alpha around it with\n{W1[0, :9].reshape(3, 3)}')

# %% How many live, how long, and with how many genomes, over time.
print('generation   alive  mean age  genomes  born')
for g in nca.open(file):
    alive = g.alpha > 0
    age = g.ages[alive].mean() if alive.any() else 0
    if g.generation % 10 == 0:
        print(f'{g.generation:10} {alive.sum():7} {age:9.2f} {len(g.pool) - 1:8} {len(g.births):5}')

# %% The most common genome at the end, and its ancestors: every birth is in the stream.
parents = {}
for g in nca.open(file, sections=['genomes']):
    parents.update({genome.serial: genome.parent for genome in g.pool.values()})
    parents.update({birth.serial: birth.parent for birth in g.births})
serials, cells = np.unique(g.serials[g.serials > 0], return_counts=True)
line = [int(serials[cells.argmax()])] if len(serials) else []
while line and parents[line[-1]]:
    line.append(parents[line[-1]])
print(f'{cells.max(initial=0)} cells carry genome', ' <- '.join(map(str, line)))

# %% All of a run at once, as arrays over all generations: nca-export --npy run run.zst, and then
# alpha = np.load('run/alpha.npy', mmap_mode='r')  # float32[generations, rows, cols]
