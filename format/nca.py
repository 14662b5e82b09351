# SPDX-License-Identifier: MIT
"""Reads streams of nca, as STREAM.md defines them.

    import nca
    for g in nca.open('run.zst'):
        print(g.generation, g.alpha.mean(), g.ages.max(), len(g.births))
        weights = g.genome(3, 5)  # of the cell in row 3, column 5

A stream is read forward, once, in memory for one generation and its genomes; parts of a run in
several files are one stream: nca.open('one.zst', 'two.zst'). Only what is asked for is decoded:
nca.open('run.zst', sections=['state']) is faster. Everything is verified, as STREAM.md demands;
what is wrong raises nca.Error, after all generations that are complete. For arrays over all of a
run, without a loop: nca-export(1). example.py shows more.

Needs numpy and zstandard; uses xxhash, or the library libxxhash, if one of them is there. One file,
which may be copied anywhere.
"""

import collections
import ctypes
import functools
import io
import math
import re
import struct
import sys

import numpy as np
import zstandard

def _xxh64_in_python(data):
    """XXH64 of data, seed 0."""
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                          0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
    m = 2**64 - 1

    def rotate(lane, bits):
        return lane << bits & m | lane >> 64 - bits

    def mix(lane, word):
        return rotate(lane + word * p2 & m, 31) * p1 & m

    stripes, words, h = len(data) // 32 * 32, len(data) // 8 * 8, p5
    if stripes:
        a, b, c, d = p1 + p2 & m, p2, 0, -p1 & m
        for w, x, y, z in struct.iter_unpack('<4Q', data[:stripes]):
            a, b, c, d = mix(a, w), mix(b, x), mix(c, y), mix(d, z)
        h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) & m
        for lane in (a, b, c, d):
            h = (h ^ mix(0, lane)) * p1 + p4 & m
    h = h + len(data) & m
    for word, in struct.iter_unpack('<Q', data[stripes:words]):
        h = rotate(h ^ mix(0, word), 27) * p1 + p4 & m
    if len(data) & 4:
        word, words = int.from_bytes(data[words:words + 4], 'little'), words + 4
        h = rotate(h ^ word * p1 & m, 23) * p2 + p3 & m
    for byte in data[words:]:
        h = rotate(h ^ byte * p5 & m, 11) * p1 & m
    h = (h ^ h >> 33) * p2 & m
    h = (h ^ h >> 29) * p3 & m
    return h ^ h >> 32


def _find_xxh64():
    """The fastest XXH64 that is here; in Python alone it takes most of the time."""
    try:
        from xxhash import xxh64_intdigest
        return xxh64_intdigest
    except ImportError:
        pass
    try:
        function = ctypes.CDLL('libxxhash.so.0').XXH64
    except (OSError, AttributeError):
        return _xxh64_in_python
    function.restype = ctypes.c_uint64
    function.argtypes = ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64
    return lambda data: function(bytes(data), len(data), 0)


xxh64 = _find_xxh64()

ZSTD = zstandard.ZstdDecompressor()
MAGIC = struct.pack('<2I', 0x184D2A5C, 40) + b'NCA1'
SECTIONS = {'genomes': 'GIDS', 'ages': 'AGES', 'state': 'STAT'}  # and the record that ends each
KEYS = {'width': (1, 2**32 - 2), 'height': (1, 2**32 - 2), 'channels': (1, 32),
        'init': (0.0, 1.0), 'ppp': (0.0, 1.0), 'ip': (0.0, 1.0), 'alpha': (0.0, 1.0),
        'budget': (0, 2**32 - 1), 'activation': ('sigmoid', 'tanh'),
        'hidden': ('sigmoid', 'tanh', 'relu', 'leakyrelu', 'none'), 'cull': (0.0, 1.0),
        'cull-from': (0, 2**64 - 1), 'cull-until': (0, 2**64 - 1), 'schedule': ('raster', 'sync'),
        'seed': (0, 2**64 - 1), 'sections': SECTIONS}
OPTIONAL = {'every': (1, 2**32 - 1), 'keyframe': (1, 2**32 - 1)}
ENDLESS = ('budget', 'inf'), ('cull-until', 'never')

Genome = collections.namedtuple('Genome', 'serial parent parameters')
Birth = collections.namedtuple('Birth', 'generation slot parent_slot serial parent parameters')


class Error(Exception):
    """What is wrong and where: .file, .record (from 1), .offset of that record, .why."""

    def __init__(self, file, record, offset, why):
        super().__init__(f'{file}: record {record} at byte {offset}: {why}')
        self.file, self.record, self.offset, self.why = file, record, offset, why


class Generation:
    """One generation. What was not in the stream, or not asked for, is None.

    generation   its number
    state        float32[L, rows, cols]: the channels of each cell
    alpha        float32[rows, cols]: channel 0, by which a cell lives
    ages         uint32[rows, cols]: generations alive without a break, 0 = dead
    slots        uint32[rows, cols]: where in the pool each cell's genome is; 0 = the empty genome
    pool         dict: slot -> Genome(serial, parent (its serial), parameters float32[P])
    next_serial  of the next genome to be born
    births       list of Birth: all since the generation before in the stream
    """
    generation = state = alpha = ages = slots = next_serial = _genes = _born = None

    def __repr__(self):
        parts = [f'{(self.alpha != 0).sum()} cells alive'] if self.alpha is not None else []
        parts += [f'{self._genes.held.sum() - 1} genomes'] if self._genes else []
        return f'<nca generation {self.generation}{": " * bool(parts)}{", ".join(parts)}>'

    @functools.cached_property
    def pool(self):
        return self._genes and self._genes.as_dict()

    @functools.cached_property
    def births(self):
        return None if self._born is None else [
            Birth(number, *fields) for number, slots, parents, serials, of, parameters in self._born
            for fields in zip(slots.tolist(), parents.tolist(), serials.tolist(), of.tolist(),
                              parameters)]

    @property
    def serials(self):
        """The serial of each cell's genome, 0 = it has none: uint64[rows, cols]. Unlike its slot,
        it is the genome's own for the whole run."""
        return self._genes.serial[self.slots]

    def genome(self, row, col):
        """The genome of one cell: float32[P], W1[L][9L], b1[L], W2[L][L], b2[L] in a row; zeros if
        it has none."""
        return self._genes.parameters[self.slots[row, col]]

    def network(self, row, col):
        """The genome of one cell as the layers of its network: W1[L, 9L], b1[L], W2[L, L], b2[L].
        W1[:, 9 * c + 3 * (dr + 1) + dc + 1] is for channel c of the neighbour in row + dr, col +
        dc."""
        genome = self.genome(row, col)
        L = round((np.sqrt(1 + 10 * genome.size) - 1) / 10)  # genome.size is 10 L^2 + 2 L
        W1, b1, W2, b2 = np.split(genome, np.cumsum([9 * L * L, L, L * L]))
        return W1.reshape(L, 9 * L), b1, W2.reshape(L, L), b2

    def genomes(self):
        """The genomes of all cells: float32[rows * cols, P]."""
        return self._genes.parameters[self.slots.ravel()]


class _Genes:
    """The genomes of a pool by slot: held bool[slots], serial and parent uint64[slots], parameters
    float32[slots, P]. Slot 0 holds the empty genome."""

    def __init__(self, P, slots=1):
        self.held, self.serial, self.parent = (np.zeros(slots, kind) for kind in (bool, 'u8', 'u8'))
        self.parameters = np.zeros((slots, P), np.float32)
        self.held[0] = True

    def reserve(self, last):
        """Makes room for slots up to last; what it grows by costs no memory until it is used."""
        if last >= len(self.held):
            old, slots = vars(self).copy(), max(last + 1, len(self.held) * 5 // 4)
            self.__init__(self.parameters.shape[1], slots)
            for name, array in old.items():
                getattr(self, name)[:len(array)] = array

    def holds(self, slots):
        """bool[n]: which of the slots hold a genome."""
        inside = slots < len(self.held)
        return inside & self.held[np.where(inside, slots, 0)]

    def set(self, slots, serials, parents, parameters):
        """Puts a genome into each of the slots."""
        if len(slots):
            self.reserve(int(slots[-1]))
            self.held[slots] = True
            self.serial[slots], self.parent[slots] = serials, parents
            self.parameters[slots] = parameters

    def same(self, slots, serials, parents, parameters):
        """bool[n]: which of the slots hold just these genomes."""
        good = self.holds(slots)
        at = np.where(good, slots, 0)
        return good & (self.serial[at] == serials) & (self.parent[at] == parents) & (
            self.parameters[at].view('u4') == parameters.view('u4')).all(1)

    def copy(self):
        """Another one, of the slots up to the last that holds a genome."""
        other, last = object.__new__(_Genes), int(np.flatnonzero(self.held)[-1])
        for name, array in vars(self).items():
            setattr(other, name, array[:last + 1].copy())
        return other

    def as_dict(self):
        """slot -> Genome"""
        slots = np.flatnonzero(self.held)
        return {slot: Genome(*genome) for slot, *genome in zip(
            slots.tolist(), self.serial[slots].tolist(), self.parent[slots].tolist(),
            self.parameters[slots])}


def _changed(parameters, marks, values, ends, rows):
    """The parameters of some rows (bool[n]) with the values where marks are; those of row i end at
    values[ends[i]]."""
    changed = parameters[rows]
    changed[marks[rows]] = values[np.repeat(rows, np.diff(ends, prepend=0))]
    return changed


class Payload:
    """The decompressed bytes of a record, taken from front to back."""

    def __init__(self, frame, size):
        about = zstandard.get_frame_parameters(frame)
        if about.content_size != size:
            raise ValueError('its frame and its head do not agree on its size')
        if not about.has_checksum or frame[4] & 3 or about.window_size > 8 << 20:
            raise ValueError('a frame without checksum, with a dictionary, or too large a window')
        zstd = ZSTD.decompressobj()
        self.data = memoryview(zstd.decompress(frame))
        if not zstd.eof or zstd.unused_data:
            raise ValueError('not one zstd frame')

    def take(self, size):
        """The next size bytes."""
        if size > len(self.data):
            raise ValueError('shorter than its counts imply')
        data, self.data = self.data[:size], self.data[size:]
        return data

    def numbers(self, kind, count):
        """count numbers ('u4', 'u8' or 'f4') from byte planes, the most significant first."""
        size = int(kind[1])
        planes = np.frombuffer(self.take(size * count), np.uint8).reshape(size, count)
        return np.ascontiguousarray(planes[::-1].T).view('<' + kind)[:, 0]

    def finite(self, count):
        """count parameters, float32."""
        parameters = self.numbers('f4', count)
        if not np.isfinite(parameters).all():
            raise ValueError('a parameter is not finite')
        return parameters

    def bitmaps(self, rows, bits):
        """rows bitmaps of so many bits: bool[rows, bits]."""
        size = -(-bits // 8)
        marks = np.frombuffer(self.take(rows * size), np.uint8).reshape(rows, size)
        marks = np.unpackbits(marks, axis=1, bitorder='little').view(bool)
        if marks[:, bits:].any():
            raise ValueError('marks beyond the end of a bitmap')
        return marks[:, :bits]

    def end(self):
        """To be called after the last number."""
        if len(self.data):
            raise ValueError('longer than its counts imply')


def parse_head(text):
    """The keys and values of a header, and its history; ValueError says what is wrong."""
    header, history, lines = {}, [], text.split('\n')
    if lines[0] != 'NCA1' or lines.pop() or '\0' in text:
        raise ValueError("not lines of text after 'NCA1'")
    for line in lines[1:]:
        key, space, value = line.partition(' ')
        allowed, good = {**KEYS, **OPTIONAL}.get(key), key and space
        if (key, value) in ENDLESS:
            value = math.inf
        elif key == 'history':
            history.append(value)
        elif key == 'sections':
            value, good = [s for s in SECTIONS if s in value.split(',')], value
            good = set(good.split(',')) == set(value)
        elif allowed and isinstance(allowed[0], str):
            good = value in allowed
        elif allowed:
            good = re.fullmatch('[0-9]+' if isinstance(allowed[0], int) else '[0-9.eE+-]+', value)
            value = type(allowed[0])(value) if good else value
            good = good and allowed[0] <= value <= allowed[1]
        if not good:
            raise ValueError(f'{line[:99]}: not allowed')
        if key != 'history':
            header[key] = value
    if missing := KEYS.keys() - header.keys():
        raise ValueError(f'no line {min(missing)}')
    if header['width'] * header['height'] > 2**32 - 2:
        raise ValueError('more than 2^32 - 2 cells')
    return header, history


def passable(tag):
    """Whether a later version may have added this tag as one that can be passed over."""
    return re.fullmatch('[a-z][A-Za-z]{3}', tag)


class Reader:
    """Iterates, once, over the generations of files: names, '-' or binary file objects. What it
    opened it closes at the end of each; with nca.open(...) as run: closes all at once.

    header    of the part being read, a dict: width, height, channels, alpha and so on, as STREAM.md
              has them, numbers or words, for unknown keys text; inf and never are math.inf
    sections  list of those that its generations carry: of 'genomes', 'ages', 'state'
    history   list of lines: the programs that it passed through, and their arguments
    """

    def __init__(self, files, sections=None, check=True):
        self._files, self._wanted, self._strict = iter(files), sections, check
        self.header, self._limits, self._last, self._opened = None, {}, -1, False
        self._next_file()
        self._next(inside=False)
        self._take(self._head)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the file at hand, if this opened it, and reads no other."""
        if self._opened:
            self._file.close()
        self._opened, self._files = False, iter(())

    def __iter__(self):
        while True:
            count = 0
            while self._next() != 'DONE':
                g = self._generation(first=count == 0)
                count += 1
                if g.generation != self._last:  # a part may start where the last one ended
                    self._last = g.generation
                    yield g
            self._take(self._done, count)
            while not self._next(inside=False):
                if not self._next_file():
                    return
            self._take(self._head)

    def _fail(self, why):
        raise Error(self._name, self._record, self._start, why)

    def _check(self, good, why):
        if not good:
            self._fail(f'{self._tag} of generation {self._number}: {why}')

    # Records. Of the one at hand: _tag, _number (its generation), _size (of its payload), _frame.

    def _next_file(self):
        if self._opened:
            self._file.close()
        self._opened, file = False, next(self._files, None)
        self._name, self._record, self._at = getattr(file, 'name', file), 0, 0
        if file == '-':
            file = sys.stdin.buffer
        elif file and not hasattr(file, 'read'):
            file, self._opened = io.open(file, 'rb'), True
        self._file = file
        return file

    def _bytes(self, size):
        """size bytes, or fewer at the end of the file; memory grows with what comes."""
        data = bytearray()
        while len(data) < size and (piece := self._file.read(min(size - len(data), 1 << 22))):
            data += piece
        self._at += len(data)
        return bytes(data)

    def _next(self, inside=True):
        """The tag of the next record, or None at the end of a file. Inside a part there is no such
        end, and unknown records may be passed over."""
        tag = self._read_record(inside)
        while tag and inside and passable(tag):
            tag = self._read_record(inside)
        return tag

    def _read_record(self, inside):
        """Reads the next record, whatever its tag, and checks it."""
        self._start, self._record = self._at, self._record + 1
        head = self._bytes(48)
        if not head and not inside and self._start:
            return None
        if head[:12] != MAGIC[:len(head)] or not self._at:
            self._fail('not a record' if self._start else 'not a stream of nca')
        if len(head) < 48:
            self._fail(f'truncated: {len(head)} of 48 bytes of its head')
        self._tag = head[12:16].decode('latin-1')
        self._number, self._size, size, expected = struct.unpack('<4Q', head[16:])
        if not (self._tag in self._limits or passable(self._tag) if inside
                else self._tag == 'HEAD'):
            self._fail(f'{self._tag!r}: not a tag that may come here; damaged, or a later version')
        self._check(self._size <= self._limits.get(self._tag, 1 << 20)
                    and max(9, self._size // 32768) <= size <= self._size * 257 // 256 + 4096,
                    f'payload of {self._size} bytes in a frame of {size}')
        self._frame = self._bytes(size)
        if len(self._frame) < size:
            self._fail(f'truncated: {len(self._frame)} of {size} bytes of its frame')
        if xxh64(head[8:40] + self._frame) != expected:
            self._fail('damaged: its hash does not match')
        self._records = 1 if self._tag == 'HEAD' else self._records + 1
        return self._tag

    def _take(self, take, *arguments):
        """take(payload of the record at hand, *arguments)"""
        try:
            return take(Payload(self._frame, self._size), *arguments)
        except (ValueError, zstandard.ZstdError) as error:
            self._check(False, error)

    # Parts

    def _head(self, payload):
        header, self.history = parse_head(
            payload.data.tobytes().decode(errors='surrogateescape'))
        for key in ('width', 'height', 'channels'):
            if self.header and header[key] != self.header[key]:
                raise ValueError(f'another {key} than in the part before')
        if missing := set(self._wanted or ()) - set(header['sections']):
            raise ValueError(f'the stream has no {" and no ".join(sorted(missing))}')
        self.header, self.sections, L = header, header['sections'], header['channels']
        self._shape = L, header['height'], header['width']
        self._N, self._P = header['width'] * header['height'], 10 * L * L + 2 * L
        genomes = min((1 << 24) // (20 + 4 * self._P), self._N)
        plane = -(-self._N // 8) + 4 * self._N
        self._limits = {'POOL': 16 + genomes * (20 + 4 * self._P), 'GIDS': plane, 'AGES': plane,
                        'GENE': 16 + genomes * (8 + -(-self._P // 8) + 4 * self._P),
                        'STAT': plane + 4 * self._N * (L - 1), 'DONE': 1024}

    def _done(self, payload, count):
        expected = f'generations {count}\nrecords {self._records}\n'
        text = payload.data.tobytes()
        if not text.startswith(expected.encode()):
            raise ValueError(f'{text!r}, but it should be {expected!r}')
        if text[-1:] != b'\n' or b'\0' in text:
            raise ValueError('not lines of text')

    # Generations. Kept from one to the next: _slots, _age [N], _pool (_Genes), _next_serial; and
    # _ages_before, ages and generation. Within one: _born, the last slot of a birth.

    def _generation(self, first):
        """The generation that the record at hand starts."""
        self._check(self._number >= self._last + (not first), f'comes after {self._last}')
        g, start, self._pooled = Generation(), SECTIONS[self.sections[0]], False
        g.generation = self._number
        if first:
            self._ages_before = None
        if start == 'GIDS':
            self._genes(g, first)
        if first or self._pooled:
            self._slots, self._age = np.zeros((2, self._N), np.uint32)
        for section in self.sections:
            if SECTIONS[section] != start:
                self._next()
            self._check((self._tag, self._number) == (SECTIONS[section], g.generation),
                        f'{SECTIONS[section]} of generation {g.generation} expected')
            if self._wanted is None or section in self._wanted:
                self._take(getattr(self, f'_{section}'), g)
        return g

    def _genes(self, g, first):
        """POOL and GENE records; leaves the next one at hand."""
        decode = self._wanted is None or 'genomes' in self._wanted
        births, pool, next_serial = [], _Genes(self._P), None
        before, born, left_out, size, self._born = 'HEAD', False, 0, 0, 0
        self._check(self._tag == 'POOL' or self._tag == 'GENE' and not first,
                    'POOL or GENE expected')
        while self._tag in ('POOL', 'GENE'):
            if self._number > g.generation and before == 'GENE' and not self._pooled:
                g.generation, before = self._number, 'HEAD'  # those before were left out
                left_out, size, self._born = left_out + size, 0, 0
                self._check(4 * left_out <= (20 + 4 * self._P) * self._N,
                            'too many births in generations left out before it')
            self._check(self._number == g.generation, f'comes after {g.generation}')
            self._check((before, self._tag) != ('GENE', 'POOL'), 'comes after GENE')
            if self._tag == 'POOL':
                self._pooled = True
                if decode:
                    next_serial = self._take(self._genomes_listed, pool, next_serial, first)
            else:
                size += self._size
                if decode and not first:  # at first the POOL is all there is to know
                    self._take(self._genomes_born, births, pool)
                    born = True
            before = self._tag
            self._next()
        if decode and self._pooled:
            held = np.flatnonzero(pool.held)
            self._check(not born or self._next_serial == next_serial and (
                not self._strict or self._pool.same(
                    held, pool.serial[held], pool.parent[held], pool.parameters[held]).all()),
                        'the births before do not lead to the POOL')
            self._check(len(np.unique(pool.serial[held])) == len(held),
                        'a serial occurs twice in the POOL')
            self._pool, self._next_serial = pool, next_serial
        if decode:
            g._born = births

    def _genomes_listed(self, payload, pool, expected, first):
        n, next_serial = struct.unpack('<2Q', payload.take(16))
        slots, serials, parents = (payload.numbers(kind, n) for kind in ('u4', 'u8', 'u8'))
        parameters = payload.finite(n * self._P).reshape(n, self._P)
        payload.end()
        if expected not in (None, next_serial):
            raise ValueError(f'next serial {next_serial}, {expected} expected')
        before = np.append(np.flatnonzero(pool.held)[-1], slots[:-1].astype('i8'))[:n]
        bad = (slots <= before) | (slots > self._N) | (parents >= serials) | (
            serials >= next_serial)
        if bad.any():
            i = int(np.argmax(bad))
            raise ValueError(f'slot {slots[i]}, serial {serials[i]}, parent {parents[i]}: out of '
                             'order')
        if self._strict and not first:
            known = serials < self._next_serial
            bad = known & ~self._pool.same(slots, serials, parents, parameters)
            if bad.any():
                i = int(np.argmax(bad))
                raise ValueError(f'serial {serials[i]} is not what slot {slots[i]} has held')
        pool.set(slots, serials, parents, parameters)
        return next_serial

    def _genomes_born(self, payload, births, pool):
        n, serial = struct.unpack('<2Q', payload.take(16))
        slots, parents = (payload.numbers('u4', n).astype('i8') for _ in range(2))
        marks = payload.bitmaps(n, self._P)
        values = payload.finite(int(marks.sum()))
        payload.end()
        if serial != self._next_serial:
            raise ValueError(f'first serial {serial}, {self._next_serial} expected')
        if not n:
            return
        bad = (slots <= np.append(self._born, slots[:-1])) | (slots > self._N) | (parents == slots)
        ours = np.searchsorted(slots, parents)  # where the parent is one of these, born before
        born_here = (ours < np.arange(n)) & (slots[np.minimum(ours, n - 1)] == parents)
        bad |= ~(born_here | self._pool.holds(parents))
        if self._number == self._last + 1:
            bad |= self._pool.holds(slots)
        if bad.any():
            i = int(np.argmax(bad))
            raise ValueError(f'a birth in slot {slots[i]}, with its parent in {parents[i]}')

        serials = serial + np.arange(n, dtype='u8')
        from_pool = np.where(born_here, 0, parents)
        parent_serials = np.where(born_here, serials[np.where(born_here, ours, 0)],
                                  self._pool.serial[from_pool])
        parameters, ends = self._pool.parameters[from_pool], np.cumsum(marks.sum(1))
        todo = np.flatnonzero(born_here)  # after their parents
        parameters[~born_here] = _changed(parameters, marks, values, ends, ~born_here)
        for i in todo.tolist():
            parameters[i] = parameters[ours[i]]
            parameters[i, marks[i]] = values[ends[i] - marks[i].sum():ends[i]]
        genomes = serials, parent_serials, parameters
        listed = pool.holds(slots) & (slots > 0)
        if (listed & ~pool.same(slots, *genomes)).any():
            i = int(np.argmax(listed & ~pool.same(slots, *genomes)))
            raise ValueError(f'the birth in slot {slots[i]} is not the genome of the POOL')
        births.append((self._number, slots, parents, *genomes))
        self._pool.set(slots, *genomes)
        self._next_serial, self._born = self._next_serial + n, int(slots[-1])

    def _cells(self, payload, kind, channels):
        """bool[N], the marked cells, and their values: [channels, marked]."""
        marks = payload.bitmaps(1, self._N)[0]
        values = np.array([payload.numbers(kind, int(marks.sum())) for _ in range(channels)])
        payload.end()
        return marks, values

    def _genomes(self, payload, g):
        marks, values = self._cells(payload, 'u4', 1)
        self._slots[marks] = values[0]
        pool, used = self._pool, np.zeros(len(self._pool.held), bool)
        good = self._slots.max() < len(used)
        if good:
            used[0] = used[self._slots] = True
            good = (pool.held == used if self._pooled else pool.held >= used).all()
        if not good:
            raise ValueError('cells have other slots than the pool has genomes')
        pool.held = used
        g.slots = self._slots.reshape(self._shape[1:]).copy()
        g._genes, g.next_serial = pool.copy(), self._next_serial

    def _ages(self, payload, g):
        self._age += self._age != 0
        marks, values = self._cells(payload, 'u4', 1)
        self._age[marks] = values[0]
        if self._strict and self._ages_before:
            before, since = self._ages_before[0], g.generation - self._ages_before[1]
            if not ((self._age < since) | (self._age == before + np.uint64(since))).all():
                raise ValueError('an age that does not follow from the one before')
        self._ages_before = self._age.astype(np.uint64), g.generation
        g.ages = self._age.reshape(self._shape[1:]).copy()

    def _state(self, payload, g):
        marks, values = self._cells(payload, 'f4', self._shape[0])
        g.state = np.zeros((self._shape[0], self._N), np.float32)
        g.state[:, marks] = values
        if not ((values >= -1).all() and (values[0] >= 0).all() and (values <= 1).all()):
            raise ValueError('a channel out of its range')
        g.state = g.state.reshape(self._shape)
        g.alpha = g.state[0]


def open(*files, sections=None, check=True):
    """A Reader of the files: paths, '-' or binary file objects; none is standard input. sections:
    which of 'genomes', 'ages', 'state' to decode, and to insist on; None takes what there is.
    check: whether ages must follow from those before, and the genomes of a POOL midway, too."""
    return Reader(files or ['-'], sections, check)
