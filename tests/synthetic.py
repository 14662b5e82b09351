# SPDX-License-Identifier: MIT
"""Streams of births that a test makes up, written by tests/writer.py."""

import os

import numpy as np

import writer
from taps import F, SCRATCH


def write(name, L, founders, generations, kept=None, pools=(), height=1, **header):
    """A stream; the name of its file. Founders are genomes, with serials from 1 on. A generation is
    (serials that the cells carry, 0 for none; births (serial of the parent, genome), in the order
    of their serials; alpha of the cells, or all channels, or None if the stream has no state; and
    ages, if it has any). Of generations that are not kept it has the births alone; of those in
    pools, a POOL in the place of all births since the one before."""
    P, N = 10 * L * L + 2 * L, len(generations[0][0])
    kept = range(len(generations)) if kept is None else kept
    has_state, has_ages = generations[0][2] is not None, len(generations[0]) > 3
    records = [writer.head({'width': N // height, 'height': height, 'channels': L,
                            'sections': 'genomes' + ',ages' * has_ages + ',state' * has_state,
                            **header})]
    genomes, parents = {0: np.zeros(P, F)}, {}
    for serial, genome in enumerate(founders, 1):
        genomes[serial], parents[serial] = np.array(genome, F), 0
    slot_of = {serial: serial for serial in parents}
    serial, pending, last, first = len(founders) + 1, [], np.zeros(N, np.uint32), True
    aged = np.zeros(N, np.uint32)
    for t, (carried, births, state, *ages) in enumerate(generations):
        taken, slot, rows, marks, values = set(slot_of.values()), 0, [], [], []
        for parent, genome in births:
            slot += 1
            while slot in taken:
                slot += 1
            rows.append((slot, slot_of.get(parent, 0)))
            genomes[serial + len(rows) - 1] = genome = np.array(genome, F)
            parents[serial + len(rows) - 1] = parent
            slot_of[serial + len(rows) - 1] = slot
            marks.append(genome != genomes[parent])
            values.append(genome[marks[-1]])
        if births or t in kept:
            pending.append(writer.births(t, serial, *np.array(rows, int).reshape(-1, 2).T,
                                         np.array(marks, bool).reshape(-1, P),
                                         np.concatenate(values + [[]])))
        serial += len(rows)
        slot_of = {s: slot_of[s] for s in set(map(int, carried)) - {0}}
        if t not in kept:
            continue
        if first or t in pools:
            held = sorted((slot, s) for s, slot in slot_of.items())
            pending = [writer.pool(t, serial, [slot for slot, _ in held], [s for _, s in held],
                                   [parents[s] for _, s in held],
                                   np.array([genomes[s] for _, s in held], F))]
            last = aged = np.zeros(N, np.uint32)
        slots = np.array([slot_of.get(int(s), 0) for s in carried], np.uint32)
        records += [*pending, writer.cells('GIDS', t, slots, last)]
        if has_ages:
            expected, aged = aged + (aged != 0), np.array(ages[0], np.uint32)
            records.append(writer.cells('AGES', t, aged, expected))
        if has_state:
            channels = np.zeros((L, N), F)
            channels[:np.ndim(state) > 1 and L or 1] = state
            records.append(writer.state(t, channels))
        last, pending, first = slots, [], False
    path = os.path.join(SCRATCH.name, name + '.zst')
    with open(path, 'wb') as stream:
        stream.write(b''.join(records) + writer.done(t, len(kept), len(records) + 1))
    return path
