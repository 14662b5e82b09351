# SPDX-License-Identifier: MIT
"""Checks on streams, for 20-python.t. Each raises AssertionError, or says nothing:

    agree.py model FILE             seeding and each step are what the model computes
    agree.py life FILE              ages, state, slots and births fit together
    agree.py same FULL OTHER...     the generations in OTHER (files read as one stream) are those in
                                    FULL, as far as OTHER's sections go
    agree.py lineage FULL OTHER...  and no birth is missing
    agree.py among FILE FILE...     the generations of the latter are in the first, the same there
    agree.py broken FILE            a FILE cut short anywhere, or with one bit changed, is refused,
                                    and all complete generations before are delivered
    agree.py variants               the good ones of variants.py are taken, the bad ones refused
    agree.py samples                those in format/broken are refused, as by nca-info --check
    agree.py seek OTHER...          any generation in any order, and all from any on, are those that
                                    are read one after the other
    agree.py module FILE            the rest of what nca.py can do
    agree.py hash FILE              and its own xxh64() has the hashes of FILE's records
    agree.py document FILE          FILE is STREAM.md's example, byte by byte
    agree.py payloads FILE FILE     two streams have the same records, but for HEAD
    agree.py serve                  checks on standard input, one a line: its name, its arguments,
                                    with tabs between; prints a line for each, what it found
    agree.py tap                    all checks on standard input, one a line: a description, the
                                    check, its arguments, with tabs between; prints TAP. In place of
                                    a check's name, !name: it fails
"""

import io
import os
import random
import re
import runpy
import sys

import numpy as np

import model
import variants
from variants import records
from writer import nca

FORMAT = os.path.join(os.path.dirname(__file__), '..', 'format')


def assert_same(a, b):
    """Generations a and b are equal; channels to 2e-6; sections that one lacks are passed over."""
    where = f'generation {a.generation}'
    assert a.generation == b.generation, f'{where} against {b.generation}'
    if a.ages is not None and b.ages is not None:
        assert np.array_equal(a.ages, b.ages), f'{where}: ages'
    if a.state is not None and b.state is not None:
        assert np.array_equal(a.state != 0, b.state != 0), f'{where}: living cells'
        worst = np.abs(a.state - b.state).max()
        assert worst <= 2e-6, f'{where}: channels differ by {worst}'
    if a.slots is not None and b.slots is not None:
        assert np.array_equal(a.slots, b.slots), f'{where}: slots'
        assert a.next_serial == b.next_serial, f'{where}: {a.next_serial}, {b.next_serial} next'
        assert a.pool.keys() == b.pool.keys(), f'{where}: slots in use'
        for slot, genome in a.pool.items():
            other = b.pool[slot]
            assert genome[:2] == other[:2], f'{where}: slot {slot}: serials'
            assert genome[2].tobytes() == other[2].tobytes(), f'{where}: slot {slot}: parameters'


def assert_same_births(a, b):
    assert len(a) == len(b), f'{len(a)} births, {len(b)}'
    for one, other in zip(a, b):
        assert one[:5] == other[:5] and np.array_equal(one[5], other[5]), f'{one}, {other}'


def check_model(file):
    reader, last = nca.open(file, model=True), None
    births = lives = 0
    for g in reader:
        expected = model.step(reader.header, last) if last else model.seed(reader.header)
        assert_same(g, expected)
        assert_same_births(g.births, expected.births)
        births, lives, last = births + len(g.births), lives + (g.ages > 0).sum(), g
    assert g.generation > 0 and births and lives, f'{births} births, {lives} cells that lived on'


def check_life(file):
    reader, last, serial = nca.open(file), None, None
    m = reader.header
    for g in reader:
        where = f'generation {g.generation}'
        alive, age = g.alpha != 0, g.ages.astype(np.int64)
        assert np.array_equal(g.state.any(0), alive), f'{where}: channels of the dead'
        assert age.max() <= m['budget'], f'{where}: beyond the budget'
        if m.get('landscape-on') != 'alpha' and (m['activation'] == 'tanh' or m['alpha'] >= 0.5):
            assert (g.slots[alive] > 0).all(), f'{where}: life without a genome'
        serials = [genome.serial for slot, genome in g.pool.items() if slot]
        assert len(set(serials)) == len(serials), f'{where}: a genome in two slots'
        if last is None:
            assert not age.any() and not g.births
        else:
            assert np.array_equal(age > 0, alive), f'{where}: ages and life'
            assert ((age == 0) | (age == last.ages + np.int64(1))).all(), f'{where}: jumps in age'
            known = {genome.serial for genome in last.pool.values()}
            free = iter(sorted(set(range(1, g.slots.size + 1)) - last.pool.keys()))
            for birth in g.births:
                assert birth.generation == g.generation and birth.serial == serial, f'{birth}'
                assert birth.parent in known and birth.slot == next(free), f'{birth}'
                known.add(birth.serial)
                serial += 1
            assert set(serials) <= known, f'{where}: a genome from nowhere'
        serial, last = g.next_serial, g


def check_same(full, *files, lineage=False):
    generations = {g.generation: g for g in nca.open(full)}
    reader, seen, births = nca.open(*files), -1, []
    for g in reader:
        assert g.generation > seen
        assert_same(generations[g.generation], g)
        births += g.births or []
        seen = g.generation
    assert seen == max(generations), f'ends at generation {seen}'
    if 'genomes' in reader.sections:
        all_births = [birth for g in generations.values() for birth in g.births]
        if not lineage:  # a POOL may have taken the place of some
            serials = {birth.serial for birth in births}
            all_births = [birth for birth in all_births if birth.serial in serials]
        assert_same_births(births, all_births)


def check_among(full, *files):
    generations = {g.generation: g for g in nca.open(full)}
    for g in nca.open(*files):
        assert_same(generations[g.generation], g)


def decoded(data, **options):
    """How many generations the reader delivers, and the error, if any."""
    count = 0
    try:
        for _ in nca.open(io.BytesIO(data), **options):
            count += 1
    except nca.Error as error:
        return count, error
    return count, None


def check_broken(file):
    with open(file, 'rb') as stream:
        data = stream.read()
    ends = [at for tag, _, _, at in records(data) if tag in ('GENE', 'DONE')]
    for i in range(len(data)):
        count, error = decoded(data[:i])
        assert error and count == sum(end <= i for end in ends), f'cut to {i} bytes: {error}'
        changed = bytearray(data)
        changed[i] ^= 1 << i % 8
        count, error = decoded(bytes(changed))
        assert error and count == sum(end <= i for end in ends), f'bit in byte {i}: {error}'
        assert error.record >= 1 and error.offset <= i, f'bit in byte {i}: {error}'


def check_variants():
    example = list(nca.open(os.path.join(FORMAT, 'example.zst')))
    for name, data in variants.GOOD.items():
        generations = list(nca.open(io.BytesIO(data)))
        for g, expected in zip(generations, example):
            assert_same(g, expected)
        assert len(generations) >= 2, f'{name}: {len(generations)} generations'
    bad = {**variants.BAD, **variants.UNLIKELY}
    missed = [name for name, data in bad.items() if not decoded(data)[1]]
    assert not missed, f'not refused: {missed}'
    refused = [name for name, data in variants.UNLIKELY.items() if decoded(data, check=False)[1]]
    assert not refused, f'refused without check: {refused}'


def check_samples():
    with open(os.path.join(FORMAT, 'broken', 'messages.tsv'), encoding='utf-8') as table:
        messages = dict(line.rstrip('\n').split('\t') for line in table)
    for name, message in messages.items():
        found = None
        try:
            for _ in nca.open(os.path.join(FORMAT, 'broken', name + '.zst')):
                pass
        except nca.Error as error:
            found = str(error)
        assert found == os.path.join(FORMAT, 'broken', message), f'{message}; {found}'
    assert len(messages) > 100


def check_seek(*files):
    for sections in None, ['genomes'], ['alpha'], ['ages', 'state']:
        expected = {g.generation: g for g in nca.open(*files, sections=sections)}
        with nca.open(*files, sections=sections) as run:
            numbers = list(expected)
            assert run.generations.tolist() == numbers == [g.generation for g in run]
            for number in random.Random(1).sample(numbers, len(numbers)):
                g = run[number]
                assert_same(g, expected[number])
                assert sections != ['alpha'] or np.array_equal(g.alpha, expected[number].alpha)
                if g.births is not None:
                    assert_same_births(g.births, expected[number].births)
            assert run[-1].generation == numbers[-1]
            for number in range(numbers[-1] + 2):
                rest = [g.generation for g in run.seek(number)]
                assert rest == [n for n in numbers if n >= number], f'from {number} on: {rest}'


def check_module(file):
    with nca.open(file) as run:
        for g in run:
            for row, col in ((0, 0), (3, 5), (-1, -1)):
                genome, L = g.genome(row, col), len(g.state)
                layers = g.network(row, col)
                assert [layer.shape for layer in layers] == [(L, 9 * L), (L,), (L, L), (L,)]
                assert np.array_equal(np.concatenate([a.ravel() for a in layers]), genome)
                cell = (row % g.slots.shape[0]) * g.slots.shape[1] + col % g.slots.shape[1]
                assert np.array_equal(genome, g.genomes()[cell])
                assert g.genotypes[row, col] == g.pool[int(g.slots[row, col])].serial
            assert g.genotypes.shape == g.slots.shape and f'{g.generation}: ' in repr(g)
            assert np.array_equal(g.serials, g.genotypes)
            if g.generation == 3:
                opened = run._file  # pylint: disable=protected-access
                run.close()
                break
    assert opened.closed and g.births is not None
    g = next(iter(nca.open(file, sections=['state'])))
    assert g.pool is None and 'alive' in repr(g)
    assert g.generation == 0 and repr(nca.Generation())


def check_hash(file):
    """xxh64() of nca.py where there is no xxhash: by the library, and in Python."""
    sys.modules['xxhash'] = None
    module = runpy.run_path(os.path.join(FORMAT, 'nca.py'))
    with open(file, 'rb') as stream:
        data = stream.read()
    starts = [at for _, _, _, at in records(data)]
    for xxh64 in module['xxh64'], module['_xxh64_in_python']:
        for at, end in zip(starts, starts[1:] + [len(data)]):
            expected = int.from_bytes(data[at + 40:at + 48], 'little')
            assert xxh64(data[at + 8:at + 40] + data[at + 48:end]) == expected, f'record at {at}'
        assert all(xxh64(data[:size]) == nca.xxh64(data[:size]) for size in range(100))


def check_document(file):
    with open(file, 'rb') as stream:
        data = stream.read()
    with open(os.path.join(FORMAT, 'STREAM.md'), encoding='utf-8') as document:
        text = document.read().split('## A worked example')[1]
    rows = re.findall(r'^\| \d+ \| (\d+) \| (\w+) \| (\d+) \| (\d+) \| (\d+) \| (\w+) \|$', text,
                      re.M)
    ends = [at for _, _, _, at in records(data)][1:] + [len(data)]
    assert rows == [(str(at), tag, str(number), str(len(payload)), str(end - at - 48),
                     data[at + 40:at + 48][::-1].hex())
                    for (tag, number, payload, at), end in zip(records(data), ends)]
    one = re.findall(r'^\| (\d+) \| `([0-9a-f ]+)` \|', text, re.M)
    assert bytes.fromhex(''.join(part for _, part in one)) == data[int(one[0][0]):ends[7]]
    shown = re.findall(r'^    ((?:[0-9a-f]{2} ?)+)(?:  |$)', text.split('### The payl')[1], re.M)
    payloads = [payload for tag, _, payload, _ in records(data) if tag != 'HEAD']
    assert bytes.fromhex(''.join(shown)) == b''.join(payloads)
    assert next(records(data))[2].decode() == ''.join(
        line[4:] + '\n' for line in re.search(r'    NCA1\n(?:    .*\n)+', text)[0].splitlines())


def check_payloads(one, other):
    with open(one, 'rb') as a, open(other, 'rb') as b:
        assert [r[:3] for r in records(a.read()) if r[0] != 'HEAD'] == [
            r[:3] for r in records(b.read()) if r[0] != 'HEAD']


def check_lineage(full, *files):
    check_same(full, *files, lineage=True)


def fault(check, *arguments):
    """What the check found, or None."""
    try:
        return globals()['check_' + check](*arguments)
    except (AssertionError, nca.Error) as error:
        return f'{check} {" ".join(arguments)}: {error or error.__class__.__name__}'


def check_serve():
    for line in sys.stdin:
        print(' '.join((fault(*line.rstrip('\n').split('\t')) or '').split()), flush=True)


def check_tap():
    for number, line in enumerate(sys.stdin, 1):
        description, check, *arguments = line.rstrip('\n').split('\t')
        found = fault(check.lstrip('!'), *arguments)
        good = bool(found) == check.startswith('!')
        print('ok' if good else 'not ok', number, '-', description)
        if not good:
            print('#', found)
    print(f'1..{number}')


if __name__ == '__main__':
    sys.exit(fault(*sys.argv[1:]))
