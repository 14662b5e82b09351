# SPDX-License-Identifier: MIT
"""Streams made from format/example.zst, all with good hashes: some as good as it, others with one
fault each. variants.py FOLDER writes them as FOLDER/good/NAME.zst, and FOLDER/bad/NAME.zst or
FOLDER/unlikely/NAME.zst, which only nca-info --check refuses.

The example has 3 x 2 cells of one channel. At generation 0 cells 1 and 2 have slots 1 and 2; at
generation 1 cells 0, 2 and 3 have slots 2, 2 and 3, and cell 2 alone lives.
"""

import os
import struct
import sys

import numpy as np
import zstandard

import writer
from writer import nca


def records(data):
    """(tag, generation, payload, offset) of each record."""
    at = 0
    while at < len(data):
        number, _, size = struct.unpack('<3Q', data[at + 16:at + 40])
        frame = data[at + 48:at + 48 + size]
        yield data[at + 12:at + 16].decode(), number, zstandard.decompress(frame), at
        at += 48 + size


with open(os.path.join(os.path.dirname(__file__), '..', 'format', 'example.zst'), 'rb') as example:
    PAYLOADS = {f'{tag}{number}': payload for tag, number, payload, _ in records(example.read())}


CELLS = 2, 0, 2, 3, 0, 0  # slots of generation 1


def stream(instead={}, before={}, generations=2):
    """The example with other records instead of some (b'': none), and others before some; DONE
    counts them."""
    parts = []
    for key, payload in PAYLOADS.items():
        parts += before.get(key, [])
        if key == 'DONE1' and key not in instead:
            parts.append(writer.done(1, generations, len(parts) + 1))
        else:
            parts.append(instead.get(key, writer.record(key[:4], int(key[4:]), payload)))
    return b''.join(parts)


def edit(key, *changes):
    """{key: record} with some bytes of its payload changed: (offset, byte) pairs."""
    payload = bytearray(PAYLOADS[key])
    for at, byte in changes:
        payload[at] = byte
    return {key: writer.record(key[:4], int(key[4:]), bytes(payload))}


def more(key, tail):
    return {key: writer.record(key[:4], int(key[4:]), PAYLOADS[key] + tail)}


def less(key, count):
    return {key: writer.record(key[:4], int(key[4:]), PAYLOADS[key][:-count])}


def text(old, new):
    assert old in PAYLOADS['HEAD0']
    return {'HEAD0': writer.record('HEAD', 0, PAYLOADS['HEAD0'].replace(old, new))}


def frame(change):
    """AGES of generation 0 with another frame for its payload."""
    record = writer.record('AGES', 0, PAYLOADS['AGES0'])
    bad = change(record[48:])
    head = record[8:32] + struct.pack('<Q', len(bad))
    return {'AGES0': record[:8] + head + struct.pack('<Q', nca.xxh64(head + bad)) + bad}


def pool(generation, next_serial, *slots):
    """POOL with the genomes of these slots, whose serials are alike. 1 and 2 are founders, 3 is the
    one born in generation 1, and 4 a child of 2 that is like it."""
    return other_pool(generation, next_serial, slots, slots)


def other_pool(generation, next_serial, slots, serials, parents=None, like=None):
    """The same, with other serials, parents or parameters: those that slots in like have."""
    genomes = np.frombuffer(PAYLOADS['POOL0'][56:], np.uint8).reshape(4, 24).T.copy()
    genomes = genomes.view('>f4').reshape(2, 12)[[0, 0, 1, 0, 1]]
    genomes[3, 8] = np.frombuffer(PAYLOADS['GENE1'][26:], '>f4')[0]
    return writer.pool(generation, next_serial, slots, serials,
                       parents or [(0, 0, 0, 1, 2)[slot] for slot in slots],
                       genomes[np.array(like or slots, int)])


def births(generation, first, *slots):
    """GENE: births in these slots, like their parent in slot 2."""
    n = len(slots)
    return writer.births(generation, first, slots, [2] * n, np.zeros((n, 12), bool), [])


WITH_4 = 4, 0, 2, 3, 0, 0  # slots of a generation 2 with a birth


def second(genes, *slots, number=2):
    """One generation more, all dead, whose cells have these slots."""
    old, ages = np.array([CELLS, (0, 0, 2, 0, 0, 0)]) * (not any(b'POOL' in gene for gene in genes))
    return {'generations': 3, 'before': {'DONE1': [
        *genes, writer.cells('GIDS', number, np.array(slots), old),
        writer.cells('AGES', number, np.zeros(6), ages), writer.state(number, np.zeros((1, 6)))]}}


def alone(**instead):
    """Generation 1 as a part of its own."""
    parts = {'HEAD': writer.record('HEAD', 0, PAYLOADS['HEAD0']), 'POOL': pool(1, 4, 2, 3),
             'GIDS': writer.cells('GIDS', 1, np.array(CELLS), np.zeros(6)),
             **{key: writer.record(key, 1, PAYLOADS[key + '1']) for key in ('AGES', 'STAT')},
             'DONE': writer.done(1, 1, 6), **instead}
    return b''.join(parts.values())


def swap(one, other):
    """Two records changed over."""
    return {key: writer.record(by[:4], int(by[4:]), PAYLOADS[by])
            for key, by in ((one, other), (other, one))}


NOTE, LOUD = writer.record('note', 9, b'of a later version'), writer.record('XTRA', 0, b'')
EMPTY_BLOCKS = b'\x28\xb5\x2f\xfd\x20\x01' + 3 * bytes(2000) + b'\x09\0\0\0'
LARGE = writer.record('note', 0, bytes(2**20 + 1))

GOOD = {
    'as-it-is': stream(),
    'unknown-tags': stream(before={'POOL0': [NOTE], 'GIDS1': [NOTE, NOTE], 'DONE1': [NOTE]}),
    'unknown-key': stream(text(b'seed 28\n', b'seed 28\ncolour deep red\n')),
    'version-1.1': stream(text(b'NCA1\n', b'NCA1.1\n')),
    'cull-every': stream(text(b'NCA1\n', b'NCA1.1\ncull-every 4294967295\n')),
    'cull-every-1': stream(text(b'seed 28\n', b'seed 28\ncull-every 1\n')),
    'other-bytes': stream(more('HEAD0', b'history cat 1 \xff\x1b.zst\n')),
    'more-in-done': stream(more('DONE1', b'mood 7\n')),
    'marked-without-need': stream({'AGES0': writer.record('AGES', 0, b'\x01\0\0\0\0')}),
    'pool-split': stream({'POOL0': pool(0, 3, 1)}, {'GIDS0': [pool(0, 3, 2)]}),
    'pool-and-gene': stream(before={'GIDS0': [births(0, 1, 1, 2)]}),
    'pool-midway': stream(**second([pool(2, 4, 2, 3)], *CELLS)),
    'pool-after-a-gap': stream(**second([pool(5, 9, 2, 3)], *CELLS, number=5)),
    'pool-midway-and-gene': stream(**second([pool(2, 5, 2, 3), births(2, 4, 4)], *CELLS)),
    'pool-midway-of-births': stream(**second([pool(2, 5, 2, 3, 4)], *WITH_4)),
    'pool-midway-and-those-left-out': stream(**second(
        [births(2, 4, 1), pool(3, 5, 2, 3), births(3, 5)], *CELLS, number=3)),
    'gene-split': stream(**second([births(2, 4, 1), births(2, 5, 4)], 1, 4, 2, 3, 0, 0)),
    'gene-of-those-left-out': stream(**second(
        [births(2, 4, 1), births(4, 5, 4), births(5, 6)], 1, 4, 2, 3, 0, 0, number=5)),
    'parts': stream() + alone(),
}

BAD = {
    # order
    'no-head': stream({'HEAD0': b''}), 'no-pool': stream({'POOL0': b''}),
    'no-gene': stream({'GENE1': b''}), 'no-ages': stream({'AGES1': b''}),
    'no-state': stream({'STAT1': b''}), 'no-done': stream({'DONE1': b''}),
    'two-heads': stream(before={'POOL0': [writer.record('HEAD', 0, PAYLOADS['HEAD0'])]}),
    'changed-over': stream(swap('AGES0', 'STAT0')),
    'twice': stream(before={'AGES0': [writer.record('GIDS', 0, PAYLOADS['GIDS0'])]}),
    'pool-late': stream(swap('POOL0', 'GIDS0')),
    'pool-after-gene': stream(**second([births(2, 4), pool(2, 4, 2, 3)], *CELLS)),
    'gene-of-another-generation': stream(**second([births(2, 4)], *CELLS, number=3)),
    'gene-later-than-pool': stream(**second([pool(2, 4, 2, 3), births(3, 4)], *CELLS, number=3)),
    'gene-later-than-pool-and-gene': stream(**second(
        [pool(2, 4, 2, 3), births(2, 4), births(3, 4)], *CELLS, number=3)),
    'gene-jumps-back': stream(**second([births(3, 4), births(2, 4), births(3, 4)], *CELLS,
                                       number=3)),
    'generation-0-again': stream(**second([births(0, 4)], *CELLS, number=0)),
    'part-jumps-back': stream() + stream(), 'part-of-other-geometry': stream() + alone(
        HEAD=text(b'width 3\nheight 2', b'width 2\nheight 3')['HEAD0']),
    'part-without-pool': stream() + alone(POOL=births(1, 4)),
    'byte-after-done': stream() + b'\0', 'record-after-done': stream() + births(2, 4),
    'tag-upper-case': stream(before={'AGES1': [LOUD]}),
    'tag-too-large': stream(before={'AGES1': [LARGE]}),
    'tag-not-of-letters': stream(before={'AGES1': [writer.record('no1e', 1, b'')]}),
    'tag-with-nul': stream(before={'AGES1': [writer.record('not\0', 1, b'')]}),
    'tag-before-head': NOTE + stream(), 'tag-after-done': stream() + NOTE,
    # records
    'frame-cut': stream(frame(lambda f: f[:-1])), 'frame-twice': stream(frame(lambda f: f + f)),
    'frame-of-other-size': stream(frame(lambda f: zstandard.compress(b'\0\0'))),
    'frame-with-more': stream(frame(lambda f: f + b'\0')),
    'frame-padded': stream(frame(lambda f: EMPTY_BLOCKS)),
    'frame-padded-a-little': stream(frame(lambda f: f[:6] + bytes(3 * 1362) + f[6:])),
    # HEAD
    'head-empty': stream({'HEAD0': writer.record('HEAD', 0, b'')}),
    'head-no-alpha': stream(text(b'alpha 0.5\n', b'')),
    'head-no-sections': stream(text(b'sections genomes,ages,state\n', b'')),
    'head-alpha-2': stream(text(b'alpha 0.5', b'alpha 2')),
    'head-alpha-nan': stream(text(b'alpha 0.5', b'alpha nan')),
    'head-width-0': stream(text(b'width 3', b'width 0')),
    'head-width-negative': stream(text(b'width 3', b'width -3')),
    'head-width-empty': stream(text(b'width 3', b'width ')),
    'head-too-large': stream(text(b'width 3\nheight 2', b'width 65536\nheight 65536')),
    'head-channels-33': stream(text(b'channels 1', b'channels 33')),
    'head-unknown-section': stream(text(b'ages,state', b'ages,wings')),
    'head-unknown-word': stream(text(b'schedule raster', b'schedule random')),
    'head-first-line': stream(text(b'NCA1\n', b'NCA2\n')),
    'head-version-1.0': stream(text(b'NCA1\n', b'NCA1.0\n')),
    'head-version-1.01': stream(text(b'NCA1\n', b'NCA1.01\n')),
    'head-version-huge': stream(text(b'NCA1\n', b'NCA1.4294967296\n')),
    'head-version-of-two': stream(text(b'NCA1\n', b'NCA1.1.1\n')),
    'head-cull-every-0': stream(text(b'NCA1\n', b'NCA1.1\ncull-every 0\n')),
    'head-cull-every-in-1.0': stream(text(b'seed 28\n', b'seed 28\ncull-every 2\n')),
    'head-no-value': stream(text(b'seed 28\n', b'seed 28\ncolour\n')),
    'head-last-line': stream(less('HEAD0', 1)), 'head-nul': stream(more('HEAD0', b'a \0\n')),
    # genomes
    'pool-slot-0': stream(edit('POOL0', (22, 0))), 'pool-slot-7': stream(edit('POOL0', (23, 7))),
    'pool-slots-equal': stream(edit('POOL0', (23, 1))),
    'pool-serial-0': stream(edit('POOL0', (38, 0))),
    'pool-serial-3': stream(edit('POOL0', (39, 3))),
    'pool-parent-2': stream(edit('POOL0', (55, 2))), 'pool-count': stream(edit('POOL0', (0, 3))),
    'pool-count-huge': stream(edit('POOL0', (7, 255))), 'pool-long': stream(more('POOL0', b'\0')),
    'pool-empty': stream(less('POOL0', 152)),
    'pool-lacks-one': stream({'POOL0': pool(0, 3, 1)}),
    'pool-has-one-more': stream({'POOL0': pool(0, 4, 1, 2, 3), **edit('GENE1', (8, 4))}),
    'pool-split-serials': stream({'POOL0': pool(0, 3, 1), **edit('GENE1', (8, 4))},
                                 {'GIDS0': [pool(0, 4, 2)]}),
    'pool-midway-and-other-births': stream(**second([pool(2, 9, 2, 3), births(2, 4, 4)], *CELLS)),
    'pool-split-descends': stream({'POOL0': pool(0, 3, 2)}, {'GIDS0': [pool(0, 3, 1)]}),
    'pool-midway-lacks-one': stream(**second([pool(2, 4, 2)], *CELLS)),
    'pool-midway-has-one-more': stream(**second([pool(2, 5, 2, 3, 4)], *CELLS)),
    'gene-serial': stream(edit('GENE1', (8, 4))), 'gene-slot-0': stream(edit('GENE1', (19, 0))),
    'gene-slot-7': stream(edit('GENE1', (19, 7))), 'gene-parent-5': stream(edit('GENE1', (23, 5))),
    'pool-infinite': stream(edit('POOL0', (56, 0x7f), (80, 0x80))),
    'gene-nan': stream(edit('GENE1', (26, 0x7f), (26 + (len(PAYLOADS['GENE1']) - 26) // 4, 0xc0))),
    'gene-slot-twice': stream(**second([births(2, 4, 1, 1)], *CELLS)),
    'gene-slots-descend': stream(**second([births(2, 4, 4, 1)], *CELLS)),
    'gene-split-descends': stream(**second([births(2, 4, 4), births(2, 5, 1)], *CELLS)),
    'gene-slot-carried': stream(**second([births(2, 4, 3)], *CELLS)),
    'gene-of-more-than-cells': stream(**second([births(2, 4, *range(1, 8))], *CELLS)),
    'gene-left-out-beyond-a-pool': stream(**second(
        [births(g, g + 2, 4) for g in (2, 3, 4, 5)] + [births(6, 8)], *CELLS, number=6)),
    'pool-and-gene-differ': stream(**second(
        [other_pool(2, 5, (2, 3, 4), (2, 3, 4), like=(2, 3, 1)), births(2, 4, 4)], *WITH_4)),
    'gene-own-parent': stream(**second([births(2, 4, 2)], *CELLS)),
    'gene-parent-freed': stream(**second([writer.births(
        2, 4, [4], [1], np.zeros((1, 12), bool), [])], *CELLS)),
    'gene-bit-beyond': stream(edit('GENE1', (25, 0x10))),
    'gene-bit-more': stream(edit('GENE1', (25, 3))), 'gene-count': stream(edit('GENE1', (0, 2))),
    'gene-short': stream(less('GENE1', 15)),
    'slots-no-genome': stream(edit('GIDS1', (10, 5))),
    'slots-beyond': stream(edit('GIDS1', (10, 7))),
    'slots-freed': stream(**second([births(2, 4)], 1, 0, 2, 3, 0, 0)),
    'slots-bit-beyond': stream(edit('GIDS1', (0, 0x4b))), 'slots-short': stream(less('GIDS1', 1)),
    # cells
    'ages-long': stream(more('AGES1', b'\0\0\0\0')), 'ages-bit-more': stream(edit('AGES1', (0, 5))),
    'state-above-1': stream(edit('STAT1', (1, 0x40))),
    'state-negative': stream(edit('STAT1', (1, 0xbf))),
    'state-nan': stream(edit('STAT1', (1, 0x7f), (2, 0xc0))),
    'state-short': stream(less('STAT1', 4)),
    # DONE
    'done-generations': stream(edit('DONE1', (12, ord('3')))),
    'done-records': stream(edit('DONE1', (22, ord('2')))),
    'done-empty': stream({'DONE1': writer.record('DONE', 1, b'')}),
    'done-with-bytes-behind': stream(more('DONE1', b'x')),
    'done-with-nul': stream(more('DONE1', b'mood \0\n')),
}

# What only nca-info --check asks for
UNLIKELY = {
    'ages-grow': stream(edit('AGES1', (4, 2))),
    'pool-midway-other-parameters': stream(**second(
        [other_pool(2, 4, (2, 3), (2, 3), like=(2, 1))], *CELLS)),
    'pool-midway-other-parent': stream(**second(
        [other_pool(2, 4, (2, 3), (2, 3), parents=[0, 2])], *CELLS)),
    'pool-midway-other-slot': stream(**second([other_pool(2, 4, (2, 3), (3, 2))], *CELLS)),
    'pool-midway-of-one-gone': stream(**second([pool(2, 4, 1, 2, 3)], 1, 0, 2, 3, 0, 0)),
    'pool-midway-of-none-born': stream(**second(
        [other_pool(2, 5, (2, 3, 4), (2, 3, 4)), births(2, 4, 1)], *WITH_4)),
}


def main(folder):
    for kind, streams in (('good', GOOD), ('bad', BAD), ('unlikely', UNLIKELY)):
        os.makedirs(os.path.join(folder, kind))
        for name, data in streams.items():
            with open(os.path.join(folder, kind, name + '.zst'), 'wb') as file:
                file.write(data)


if __name__ == '__main__':
    main(sys.argv[1])
