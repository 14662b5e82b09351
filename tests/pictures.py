# SPDX-License-Identifier: MIT
"""What pictures of a stream should be, worked out from the stream: pictures.py CHECK ARGUMENT..."""

import collections
import colorsys
import math
import os
import re
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'format'))
import nca
from species import Species

PAPER, TEXT = (0x26,) * 3, (0xe0,) * 3
WEIGHTS, DIGITS = (40, 1, 30), 2
SPECIES = [bytes.fromhex(colour) for colour in ('0072b2', 'd55e00', '009e73', 'cc79a7', 'e69f00')]
TOPS = {'magma': (252, 253, 191), 'viridis': (253, 231, 37), 'gray': (255, 255, 255)}


def ppm(name):
    """The pictures of a file: uint8[rows, columns, 3] each."""
    data, at, pictures = open(name, 'rb').read(), 0, []
    while at < len(data):
        head = re.compile(rb'P6\n(\d+) (\d+)\n255\n').match(data, at)
        w, h = int(head[1]), int(head[2])
        pictures.append(np.frombuffer(data, np.uint8, 3 * w * h, head.end()).reshape(h, w, 3))
        at = head.end() + 3 * w * h
    return pictures


def y4m(name):
    """Frames a second, and the frames: uint8[Y Cb Cr, rows, columns] each."""
    data = open(name, 'rb').read()
    head = re.match(rb'YUV4MPEG2 W(\d+) H(\d+) F(\d+):1 Ip A1:1 C444 XCOLORRANGE=FULL\n', data)
    w, h, fps = map(int, head.groups())
    frames = np.frombuffer(data, np.uint8, -1, head.end()).reshape(-1, 6 + 3 * w * h)
    assert (frames[:, :6] == list(b'FRAME\n')).all()
    return fps, frames[:, 6:].reshape(-1, 3, h, w)


def gray(levels):
    return np.repeat(levels.astype(np.uint8)[..., None], 3, -1)


def channel(g, header, c):
    least = np.float32(-1 if c and header['activation'] == 'tanh' else 0)
    levels = (g.state[c] - least) * (np.float32(255) / (1 - least)) + np.float32(0.5)
    return gray(levels.astype(int) * (g.alpha != 0))


def rwsp(genomes):
    values = np.rint(genomes[:, WEIGHTS].astype(float) * 10**DIGITS) / 10**DIGITS * 255
    return np.trunc(values).astype(int) & 255


def ghc(genomes):
    values = np.rint(genomes[:, :24].astype(float) * 100) / 100
    bits = [[hash(10 * v) % 2 for v in genome] for genome in values.tolist()]
    return np.packbits(np.array(bits, np.uint8), axis=1)


def expected(stream, scale):
    """All views side by side, in gray where there is a choice."""
    reader, oldest = nca.open(stream), 16
    species = Species(reader.header['seed'], 5)
    for g in reader:
        panels = [channel(g, reader.header, c) for c in range(reader.header['channels'])]
        oldest = max(oldest, int(g.ages.max()))
        most = oldest if reader.header['budget'] == math.inf else reader.header['budget']
        panels.append(gray(255 * g.ages.astype(int) // most))
        for colours in ghc, rwsp:
            panels.append(colours(g.genomes()).reshape(g.alpha.shape + (3,)).astype(np.uint8))
        of = species.take(g).reshape(g.alpha.shape)
        panels.append(np.array([list(colour) for colour in SPECIES], np.uint8)[of])
        panels = [p.repeat(scale, 0).repeat(scale, 1) for p in panels]
        gap = np.full((panels[0].shape[0], 12, 3), PAPER, np.uint8)
        yield np.concatenate([part for p in panels for part in (p, gap)][:-1], 1)


def same(pictures, others):
    for t, (a, b) in enumerate(zip(pictures, others, strict=True)):
        assert a.shape == b.shape, f'picture {t}: {a.shape}, not {b.shape}'
        assert (a == b).all(), f'picture {t} differs at\n{np.argwhere(a != b)[:9]}'


def check_pixels(file, stream, scale):
    same(ppm(file), expected(stream, int(scale)))


def check_y4m(file, stream, scale, rate):
    fps, frames = y4m(file)
    assert fps == int(rate)
    for planes, rgb in zip(frames, expected(stream, int(scale)), strict=True):
        h, w = rgb.shape[:2]
        assert planes.shape[1:] == (h + h % 2, w + w % 2)
        r, g, b = rgb.astype(float).transpose(2, 0, 1)
        y = 0.299 * r + 0.587 * g + 0.114 * b
        exact = np.minimum([y, 128 + (b - y) / 1.772, 128 + (r - y) / 1.402], 255)
        assert (abs(planes[:, :h, :w] - exact) < 0.51).all()


def check_first(file, stream, colormap):
    """Generation 0, alpha: the living all at the top of the map."""
    alive = next(iter(nca.open(stream))).alpha == 1
    same(ppm(file), [alive[..., None] * np.array(TOPS[colormap], np.uint8)])


def check_frame(file, panel, panels):
    """Around the panels, as large as the picture in file panel: text on paper, within margins."""
    height, width = ppm(panel)[0].shape[:2]
    pictures = ppm(file)
    assert pictures
    for rgb in pictures:
        paper = (rgb == PAPER).all(-1)
        letter = paper.all(1)[::-1].argmin()
        top = rgb.shape[0] - letter - height
        assert letter in (6, 12, 18) and paper[:, :letter].all() and paper[:, -letter:].all()
        head = paper | (rgb == TEXT).all(-1)
        assert paper[:3].all() and head[:top].all() and not paper[:top].all()
        for p in range(int(panels)):
            x = letter + p * (max(width, 8 * letter) + 2 * letter)
            assert not paper[top:-letter, x:x + width].any()
            paper[top:-letter, x:x + width] = True
        assert paper[top:].all()


def check_within(file, cells):
    """The cells, but for pixels at the edges, on which there may be a frame, are in the picture as
    they are."""
    (picture,), (cells,) = ppm(file), ppm(cells)
    cells = cells[3:-3, 3:-3]
    h, w = cells.shape[:2]
    here = np.ones((picture.shape[0] - h + 1, picture.shape[1] - w + 1), bool)
    for y, x in np.argwhere((cells != 0).any(-1))[::97]:
        here &= (picture[y:y + here.shape[0], x:x + here.shape[1]] == cells[y, x]).all(-1)
    assert any((picture[y:y + h, x:x + w] == cells).all() for y, x in np.argwhere(here))


def check_bar(file, height):
    """Somewhere in the picture is a bar of all grays, white at the top."""
    picture, height = ppm(file)[0], int(height)
    bar = gray(255 * (height - 1 - np.arange(height)) // (height - 1))
    starts = np.argwhere((picture[:-height + 1] == bar[0]).all(-1))
    assert any((picture[y:y + height, x] == bar).all() for y, x in starts)


def check_key(file, cells, colour):
    """The colour, which is not among the cells, is in the picture."""
    colour = list(bytes.fromhex(colour))
    assert (ppm(file)[0] == colour).all(-1).any() and not (ppm(cells)[0] == colour).all(-1).any()


def check_ansi(file, stream):
    """Generation 0, alpha, without a caption."""
    alive = next(iter(nca.open(stream))).alpha == 1
    rows, columns = alive.shape
    colours = [(0, 0, 0), TOPS['magma']]
    lines = open(file, encoding='utf8').read().split('\x1b[H')[1].split('\n')
    assert len(lines) == (rows + 1) // 2 + 1 and not lines[-1]
    for y, line in enumerate(lines[:-1]):
        x, ink = 0, {}
        for ground, colour, letter in re.findall(r'\x1b\[(.8);2;([0-9;]+)m|\x1b\[0m|(.)', line):
            if ground:
                ink[ground] = tuple(map(int, colour.split(';')))
            elif letter:
                assert letter in '\u2580 '
                assert ink['38' if letter != ' ' else '48'] == colours[alive[2 * y, x]]
                assert 2 * y + 1 == rows or ink['48'] == colours[alive[2 * y + 1, x]]
                x += 1
            elif x == columns:
                break
        assert x == columns, f'{x} letters in line {y}'


def check_genotypes(file, stream):
    """Hue and brightness by serial; serials 1, 2, .. are far apart."""
    golden, silver = (math.isqrt(5 << 128) - 2**64) // 2, math.isqrt(2 << 128) - 2**64
    for rgb, g in zip(ppm(file), nca.open(stream), strict=True):
        found = rgb.reshape(-1, 3).astype(int)
        serials = [g.pool[slot].serial for slot in g.slots.ravel()]
        exact = [colorsys.hsv_to_rgb(serial * golden % 2**64 / 2**64, 0.75 * (serial > 0),
                                     (160 + 96 * (serial * silver % 2**64 / 2**64))
                                     * (serial > 0)) for serial in serials]
        assert abs(found - exact).max() < 3 and not found[np.array(serials) == 0].any()
    colour = {serial: tuple(c) for serial, c in zip(serials, found.tolist()) if serial}
    assert len(set(colour.values())) > 0.97 * len(colour) > 0
    away = [max(abs(a - b) for a, b in zip(colour[s], colour[s + d]))
            for s in colour for d in (1, 2) if s + d in colour]
    assert len(away) > 100 and min(away) > 40, f'{min(away)} apart'


def check_clades(file, stream, figure=None):
    """A colour for each founder whose descendants live, none for the empty genome. The key of a
    figure of the last generation has the largest."""
    founder, holder, colours = None, {}, {}
    steps = 0xd1b54a32d192ed03, 0xabc98388fb8fac03, 0x8cb92ba72f3d8dd7
    for rgb, g in zip(ppm(file), nca.open(stream), strict=True):
        if founder is None:
            founder = {g.pool[slot].serial: g.pool[slot].serial for slot in set(g.slots.ravel())}
        for birth in g.births:
            founder[birth.serial] = founder.get(birth.parent, 0)
        for colour, slot in zip(rgb.reshape(-1, 3).tolist(), g.slots.ravel()):
            whose = founder[g.pool[slot].serial]
            expected = [40 + (216 * (whose * step % 2**64 >> 32) >> 32) for step in steps]
            assert colour == (expected if whose else [0, 0, 0]), (g.generation, whose)
            colours[whose] = tuple(colour)
    assert len(set(colours.values())) == len(colours) > 9
    if figure:
        cells = collections.Counter(founder[g.pool[slot].serial] for slot in g.slots.ravel())
        largest = sorted(set(cells) - {0}, key=lambda whose: (-cells[whose], whose))[:12]
        named = re.findall(r"label 'founder (\d+)'", open(figure, encoding='latin1').read())
        assert named == list(map(str, largest)) and len(named) > 4, (named, largest)


def check_count(file, least, most):
    assert int(least) <= len(ppm(file)) <= int(most), f'{len(ppm(file))} pictures'


def check_raw(file, raw):
    """Within what 8 bits of Y, Cb and Cr can distinguish."""
    a = np.array(ppm(file)).astype(int)
    b = np.fromfile(raw, np.uint8).reshape(a.shape)
    assert abs(a - b).max() <= 3, f'colours are off by up to {abs(a - b).max()}'


if __name__ == '__main__':
    globals()['check_' + sys.argv[1]](*sys.argv[2:])
