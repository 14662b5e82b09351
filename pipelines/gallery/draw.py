#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws README.md's pictures of worlds, life.png and worlds.png, beside this file.
Usage: draw.py DIRECTORY, with the worlds in it that the commands in README.md make."""
import os
import subprocess
import sys
from collections import Counter

gallery = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, gallery + '/../../format')
import nca  # noqa: E402


def panels(world, view, at):
    """Matrices, as text, of a world's generations AT: alpha, ages, or clades: for each cell the
    rank of its founder by the cells that its descendants have in the last of them; 0: no genome."""
    founder, kept = {0: 0}, {}
    for g in nca.open(world):
        for serial, parent in \
                [(i.serial, i.parent) for i in g.pool.values() if not g.generation] + \
                [(b.serial, b.parent) for b in g.births]:
            founder[serial] = founder[parent] if parent else serial
        if g.generation in at:
            kept[g.generation] = {'alpha': g.alpha, 'ages': g.ages}.get(view)
            if view == 'clades':
                kept[g.generation] = [[founder[serial] for serial in row] for row in g.serials]
    if view == 'clades':
        most = Counter(f for row in kept[at[-1]] for f in row if f).most_common()
        rank = {f: min(i, 32) for i, (f, _) in enumerate(most, 1)} | {0: 0}
        kept = {g: [[rank.get(f, 32) for f in row] for row in m] for g, m in kept.items()}
    return ['\n'.join(' '.join(map(str, row)) for row in kept[g]) for g in at]


def draw(name, across, pictures):
    """Several (world, view, title, at) as panels of one picture, row by row."""
    program = [f"name = '{name}'; across = {across}; load '{gallery}/draw.gp'"]
    for world, view, title, at in pictures:
        for g, matrix in zip(at, panels(world + '.zst', view, at)):
            program += ['$cells << END', matrix, 'END', f"view = '{view}'",
                        f"eval panel('{title.format(g)}')"]
    subprocess.run(['gnuplot', '-d', '-'], input='\n'.join(program), text=True, check=True)
    subprocess.run(['pngquant', '--force', '--output', name, name], check=True)
    subprocess.run(['optipng', '-quiet', '-o5', name], check=True)
    os.replace(name, f'{gallery}/{name}')


os.chdir(sys.argv[1])
draw('life.png', 2, [('life', 'clades', 'clades, generation {}', [100, 400]),
                     ('life', 'ages', 'ages, generation {}', [100, 400])])
draw('worlds.png', 2, [('immortal', 'clades', '1  immortal: clades', [300]),
                       ('mortal', 'alpha', '2  mortal: alpha', [300]),
                       ('seasons', 'ages', '3  seasons: ages', [500]),
                       ('waves', 'ages', '4  waves: ages', [300]),
                       ('patches', 'ages', '5  patches: ages', [300]),
                       ('tanh', 'alpha', '6  tanh: alpha', [300])])
