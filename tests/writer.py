# SPDX-License-Identifier: MIT
"""Writes streams from format/STREAM.md alone: valid ones from arrays, and records of any kind."""

import os
import struct
import sys

import numpy as np
import zstandard

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'format'))
import nca

DEFAULTS = {'width': 200, 'height': 200, 'channels': 2, 'init': 0.02, 'ppp': 0.02, 'ip': 0.1,
            'budget': 4, 'alpha': 0.5, 'activation': 'sigmoid', 'hidden': 'sigmoid', 'cull': 0,
            'cull-from': 0, 'cull-until': 'never', 'schedule': 'raster', 'seed': 1,
            'sections': 'genomes,ages,state'}


def record(tag, generation, payload):
    """One record: skippable frame with its head, and the payload's frame."""
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(payload)
    head = b'NCA1' + tag.encode() + struct.pack('<3Q', generation, len(payload), len(frame))
    return struct.pack('<2I', 0x184D2A5C, 40) + head + struct.pack(
        '<Q', nca.xxh64(head + frame)) + frame


def planes(values, kind):
    """Byte planes of numbers of a kind: 'u4', 'u8' or 'f4'."""
    values = np.ascontiguousarray(values, '>' + kind).ravel()
    return values.view(np.uint8).reshape(-1, int(kind[1])).T.tobytes()


def bitmap(marks):
    """A bitmap of bools, or several, one for each row."""
    return np.packbits(marks, axis=-1, bitorder='little').tobytes()


def head(header, history=(), version='NCA1'):
    """HEAD: the defaults, overruled by header."""
    lines = [f'{key} {value}' for key, value in {**DEFAULTS, **header}.items()]
    lines += [f'history {line}' for line in history]
    return record('HEAD', 0, '\n'.join([version, *lines, '']).encode())


def pool(generation, next_serial, slots, serials, parents, parameters):
    """POOL, of few enough genomes for one record."""
    return record('POOL', generation, struct.pack('<2Q', len(slots), next_serial)
                  + planes(slots, 'u4') + planes(serials, 'u8') + planes(parents, 'u8')
                  + planes(parameters, 'f4'))


def births(generation, first_serial, slots, parents, marks, values):
    """GENE, of few enough births for one record; marks: bool[n, P]."""
    return record('GENE', generation, struct.pack('<2Q', len(slots), first_serial)
                  + planes(slots, 'u4') + planes(parents, 'u4') + bitmap(marks)
                  + planes(values, 'f4'))


def cells(tag, generation, values, expected):
    """GIDS or AGES: where values differ from the expected ones."""
    marks = values.ravel() != expected.ravel()
    return record(tag, generation, bitmap(marks) + planes(values.ravel()[marks], 'u4'))


def state(generation, channels):
    """STAT of channels [L, ...]."""
    channels = channels.reshape(len(channels), -1) + np.float32(0)  # -0 becomes 0
    marks = (channels != 0).any(0)
    return record('STAT', generation,
                  bitmap(marks) + b''.join(planes(channel[marks], 'f4') for channel in channels))


def done(generation, generations, records):
    """DONE; records counts it too."""
    return record('DONE', generation, f'generations {generations}\nrecords {records}\n'.encode())
