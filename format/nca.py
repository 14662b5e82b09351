# SPDX-License-Identifier: MIT
"""Reads streams of nca, as STREAM.md defines them.

    import nca
    for g in nca.open('run.zst'):
        print(g.generation, g.alpha.mean(), g.ages.max(), len(g.births))
        row, column = divmod(g.alpha.argmax(), g.alpha.shape[1])
        weights = g.genome(row, column)  # of the liveliest cell

A stream is read forward, in memory for one generation and its genomes; parts of a run in several
files are one stream: nca.open('one.zst', 'two.zst'). Of files, not of pipes, any generation can be
read at once: nca.open('run.zst')[700], or from there on: .seek(700). Only what is asked for is
decoded: nca.open('run.zst', sections=['alpha']) takes a quarter of the time. All is verified,
as STREAM.md demands; what is wrong raises nca.Error, with the message of the programs, after all
generations that are complete. For arrays over all of a run, without a loop: nca-export(1).
example.py shows more.

Needs numpy and zstandard; uses xxhash, or the library libxxhash, if one of them is there. One file,
which may be copied anywhere. With all of nca it is installed as the module nca.stream of a package,
which also starts the programs.
"""

from __future__ import annotations

import builtins
import collections
import copy
import ctypes
import functools
import io
import math
import os
import re
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, NoReturn

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
TAGS = 'HEAD', 'POOL', 'GENE', 'GIDS', 'AGES', 'STAT', 'DONE'  # in their order in a part
SECTIONS = {'genomes': 'GIDS', 'ages': 'AGES', 'state': 'STAT'}  # and the record that ends each
SECTION_OF = {'POOL': 'genomes', 'GENE': 'genomes', 'GIDS': 'genomes', 'AGES': 'ages',
              'STAT': 'state'}
U32, U64, MOST_CELLS = 2**32 - 1, 2**64 - 1, 2**32 - 2
KEYS = {'width': (1, MOST_CELLS), 'height': (1, MOST_CELLS), 'channels': (1, 32),
        'init': (0.0, 1.0), 'ppp': (0.0, 1.0), 'ip': (0.0, 1.0), 'budget': (0, U32, 'inf'),
        'alpha': (0.0, 1.0), 'activation': ('sigmoid', 'tanh'),
        'hidden': ('sigmoid', 'tanh', 'relu', 'leakyrelu', 'none'), 'cull': (0.0, 1.0),
        'cull-from': (0, U64), 'cull-until': (0, U64, 'never'), 'schedule': ('raster', 'sync'),
        'seed': (0, U64)}
OPTIONAL = {'cull-every': (1, U32), 'landscape-on': ('budget', 'alpha', 'ip', 'ppp'),
            'landscape-sum': (0, U64), 'every': (1, U32), 'keyframe': (1, U32)}
MINOR = 1  # the last version 1.MINOR whose model is known here


class Genome(NamedTuple):
    """A genome in the pool. parent is its parent's serial, 0 = none."""
    serial: int
    parent: int
    parameters: np.ndarray  # float32[P]


class Birth(NamedTuple):
    """A genome that was born, perhaps in a generation that the stream left out."""
    generation: int
    slot: int
    parent_slot: int
    serial: int
    parent: int  # its parent's serial, 0 = none
    parameters: np.ndarray  # float32[P]


def _printable(text):
    """The text with control characters, and bytes that are not UTF-8, as \\xHH."""
    return re.sub('[\0-\x1f\x7f-\x9f\udc80-\udcff]', lambda found: ''.join(
        f'\\x{byte:02x}' for byte in found[0].encode(errors='surrogateescape')), text)


class Error(Exception):
    """What is wrong and where: .file, .record (from 1), .offset of that record in bytes, .why."""

    def __init__(self, file: str, record: int, offset: int, why: str, of_file: bool = False):
        place = '' if of_file else f'record {record} at byte {offset}: '
        super().__init__(_printable(f'{file}: {place}{why}'))
        self.file, self.record, self.offset, self.why = file, record, offset, why


class Generation:
    """One generation. What was not in the stream, or not asked for, is None.

    generation   its number
    state        float32[L, rows, cols]: the channels of each cell
    alpha        float32[rows, cols]: channel 0, by which a cell lives
    ages         uint32[rows, cols]: generations alive without a break, 0 = dead
    slots        uint32[rows, cols]: where in the pool each cell's genome is; 0 = the empty genome
    genotypes    uint64[rows, cols]: the serial of each cell's genome, 0 = it has none
    pool         dict: slot -> Genome(serial, parent (its serial), parameters float32[P])
    next_serial  of the next genome to be born
    births       list of Birth: all since the generation before in the stream
    """
    generation: int = None  # type: ignore[assignment]
    state: np.ndarray = None  # type: ignore[assignment]
    alpha: np.ndarray = None  # type: ignore[assignment]
    ages: np.ndarray = None  # type: ignore[assignment]
    slots: np.ndarray = None  # type: ignore[assignment]
    next_serial: int = None  # type: ignore[assignment]
    _genes: _Genes = None  # type: ignore[assignment]
    _born: list = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = [f'{(self.alpha != 0).sum()} cells alive'] if self.alpha is not None else []
        parts += [f'{self._genes.held.sum() - 1} genomes'] if self._genes else []
        return f'<nca generation {self.generation}{": " * bool(parts)}{", ".join(parts)}>'

    @functools.cached_property
    def pool(self) -> dict[int, Genome] | None:
        return self._genes.as_dict() if self._genes else None

    @functools.cached_property
    def births(self) -> list[Birth] | None:
        return None if self._born is None else [
            Birth(number, *fields) for number, slots, parents, serials, of, parameters in self._born
            for fields in zip(slots.tolist(), parents.tolist(), serials.tolist(), of.tolist(),
                              parameters)]

    @property
    def genotypes(self) -> np.ndarray:
        """The serial of each cell's genome, 0 = it has none: uint64[rows, cols]. Unlike its slot,
        it is the genome's own for the whole run. In a stream from generation 0 on, these are the
        numbers in the genotypes.npy of nca-export."""
        return self._genes.serial[self.slots]

    serials = genotypes  # its name before there was a package

    def genome(self, row: int, col: int) -> np.ndarray:
        """The genome of one cell: float32[P], W1[L][9L], b1[L], W2[L][L], b2[L] in a row; zeros if
        it has none."""
        return self._genes.parameters[self.slots[row, col]]

    def network(self, row: int, col: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The genome of one cell as the layers of its network: W1[L, 9L], b1[L], W2[L, L], b2[L].
        W1[:, 9 * c + 3 * (dr + 1) + dc + 1] is for channel c of the neighbour in row + dr, col +
        dc."""
        genome = self.genome(row, col)
        L = round((np.sqrt(1 + 10 * genome.size) - 1) / 10)  # genome.size is 10 L^2 + 2 L
        W1, b1, W2, b2 = np.split(genome, np.cumsum([9 * L * L, L, L * L]))
        return W1.reshape(L, 9 * L), b1, W2.reshape(L, L), b2

    def genomes(self) -> np.ndarray:
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
            _Genes.__init__(self, self.parameters.shape[1], slots)
            for name, array in old.items():
                getattr(self, name)[:len(array)] = array

    def holds(self, slots):
        """bool[n]: which of the slots hold a genome."""
        inside = slots < len(self.held)
        return self.held[slots] if inside.all() else inside & self.held[np.where(inside, slots, 0)]

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

    def listed(self):
        """slots, serials, parents, parameters: of all that it holds but the empty genome."""
        slots = np.flatnonzero(self.held)[1:]
        return slots, self.serial[slots], self.parent[slots], self.parameters[slots]

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


def _refuse(*faults):
    """Raises ValueError for the first i that has a fault; of its faults, the first counts. faults:
    pairs of bool[n] and a function of i that says what is wrong."""
    first = min((int(bad.argmax()) for bad, _ in faults if bad.any()), default=None)
    if first is not None:
        raise ValueError(next(say for bad, say in faults if bad[first])(first))


def _frame_size(frame):
    """The bytes of the zstd frame at the start of these (RFC 8878, 3.1.1); more than there are, if
    it is cut."""
    at, last = zstandard.frame_header_size(frame), 0
    while not last and at + 3 <= len(frame):
        block = int.from_bytes(frame[at:at + 3], 'little')
        last, at = block & 1, at + 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
    return at + (frame[4] & 4) if last else len(frame) + 1


def _u4(planes):
    """uint32[n] from byte planes [4, n], the most significant first."""
    bytes_of = np.empty((planes.shape[1], 4), np.uint8)
    bytes_of[:, 3], bytes_of[:, 2], bytes_of[:, 1], bytes_of[:, 0] = planes
    return bytes_of.view('<u4')[:, 0]


class Payload:
    """The decompressed bytes of a record, or the first wanted ones, taken from front to back."""

    def __init__(self, frame, size, wanted=None):
        if len(frame) < 9 or zstandard.get_frame_parameters(frame).content_size != size or (
                _frame_size(frame) != len(frame)):
            raise ValueError('not one zstd frame of the size that its head says')
        window = size if frame[4] & 0x20 else zstandard.get_frame_parameters(frame).window_size
        for good, fault in ((frame[4] & 4, 'without checksum'),
                            (not frame[4] & 3, 'with a dictionary'),
                            (window <= 8 << 20, 'with a window of more than 8 MiB')):
            if not good:
                raise ValueError('frame ' + fault)
        try:
            whole = wanted is None or wanted >= size
            data = (ZSTD.decompress(frame) if whole else ZSTD.stream_reader(frame).read(wanted))
        except zstandard.ZstdError as error:
            raise ValueError(f'zstd: {error}') from None
        if len(data) != (size if whole else wanted):
            raise ValueError(f'payload of {len(data)} bytes where {wanted or size} were promised')
        self.size, self._data, self._at = size, data, 0

    def text(self):
        """All of it."""
        return self._data.decode(errors='surrogateescape')

    def take(self, size):
        """uint8[size], the next bytes."""
        self._at += size
        return np.frombuffer(self._data, np.uint8, size, self._at - size)

    def counts(self):
        """The two numbers at the front, if there are so many bytes."""
        return struct.unpack('<2Q', self.take(16)) if self.size >= 16 else (U64, 0)

    def numbers(self, kind, count):
        """count numbers ('u4', 'u8' or 'f4') from byte planes, the most significant first."""
        size = int(kind[1])
        planes = self.take(size * count).reshape(size, count)
        if size == 4:
            return _u4(planes).view('<' + kind)
        return _u4(planes[:4]).astype('u8') << np.uint64(32) | _u4(planes[4:])

    def finite(self, count):
        """count parameters, float32."""
        parameters = self.numbers('f4', count)
        if not np.isfinite(parameters).all():
            raise ValueError('a parameter is not finite')
        return parameters

    def bitmaps(self, rows, bits):
        """rows bitmaps of so many bits, and those beyond: bool[rows, bits], bool[rows]."""
        size = -(-bits // 8)
        bytes_of = self.take(rows * size).reshape(rows, size)
        marks = np.unpackbits(bytes_of, axis=1, count=bits, bitorder='little').view(bool)
        return marks, bytes_of[:, -1] >> np.uint8(bits % 8) if bits % 8 else np.zeros(rows, int)


def _shortest(number):
    """A float32 in the fewest digits that read back as the same."""
    texts = [f'{number:.{digits}g}' for digits in range(6, 10)]
    return next((text for text in texts if np.float32(text) == number), texts[-1])


def _is_lines(text):
    return text[-1:] == '\n' and '\0' not in text


def _value(key, text, allowed):
    """The value of this key, which may be these."""
    if key == 'landscape':
        if len(text.encode(errors='surrogateescape')) > 255:
            raise ValueError('not one line of at most 255 bytes')
        return text
    if isinstance(allowed[0], str):
        if text not in allowed:
            raise ValueError(f'not one of {", ".join(allowed)}')
        return text
    if text in allowed[2:]:
        return math.inf
    whole = isinstance(allowed[0], int)
    try:
        if re.fullmatch('[0-9]+' if whole else '[0-9.eE+-]+', text):
            value = int(text) if whole else float(text) + 0.0
            if allowed[0] <= value <= allowed[1]:
                return value
    except ValueError:
        pass
    raise ValueError(f'not a {"whole " * whole}number from {allowed[0]:g} to {allowed[1]:g}'
                     if not whole else f'not a whole number from {allowed[0]} to {allowed[1]}'
                     + ''.join(f' or {word}' for word in allowed[2:]))


def _minor(first):
    """The minor version in the first line of a header."""
    version = re.fullmatch('NCA1([.][1-9][0-9]{0,9})?', first)
    if not version or (minor := int((version[1] or '.0')[1:])) > U32:
        raise ValueError("first line is not 'NCA1'")
    return minor


def parse_head(text: str) -> tuple[dict[str, Any], list[str]]:
    """The keys and values of a header, and its history; ValueError says what is wrong."""
    header: dict[str, Any] = {}
    history: list[str] = []
    if not _is_lines(text):
        raise ValueError('not lines of text')
    first, *lines = text[:-1].split('\n')
    minor = _minor(first)
    for line in lines:
        key, space, value = line.partition(' ')
        if not key or not space:
            raise ValueError(f"'{line:.60}': not 'key value'")
        if key == 'history':
            history.append(value)
        elif key == 'sections':
            names = value.split(',')
            header[key] = [name for name in SECTIONS if name in names]
            if sorted(header[key]) != sorted(names):
                raise ValueError(f"sections '{value:.60}': not a list of genomes, ages, state")
        elif allowed := KEYS.get(key) or OPTIONAL.get(key) or (key == 'landscape' and ('',)):
            try:
                header[key] = _value(key, value, allowed)
            except ValueError as error:
                raise ValueError(f"{key} '{value:.60}': {error}") from None
        else:
            header[key] = value
    for key in (*KEYS, 'sections'):
        if key not in header:
            raise ValueError(f"no line '{key}'")
    if header.get('cull-every', 1) != 1 and minor < 1:
        raise ValueError("cull-every: needs a first line 'NCA1.1' or later")
    if header['width'] * header['height'] > MOST_CELLS:
        raise ValueError(f'width {header["width"]}, height {header["height"]}: not from 1 to '
                         f'{MOST_CELLS} cells')
    return header, history


def passable(tag: str) -> bool:
    """Whether a later version may have added this tag as one that can be passed over."""
    return bool(re.fullmatch('[a-z][A-Za-z]{3}', tag))


# Where reading can start: with a record of this generation, of which all is known then if whole. It
# is in this file (from 0), behind count generations of the part whose HEAD is there.
_Start = collections.namedtuple('_Start', 'number whole file head_at head_record at record count')


class Reader:
    """Iterates over the generations of files: names, '-' or binary file objects. What it opened it
    closes at the end of each; with nca.open(...) as run: closes all at once.

    header    of the part being read, a dict: width, height, channels, alpha and so on, as STREAM.md
              has them, numbers or words, for unknown keys text; inf and never are math.inf
    sections  list of those that its generations carry: of 'genomes', 'ages', 'state'
    history   list of lines: the programs that it passed through, and their arguments
    minor     of its version, 1.minor
    """
    header: dict[str, Any]
    sections: list[str]
    history: list[str]
    minor: int
    _new_generation: type[Generation] = Generation
    _file: Any
    _last: Any
    _tag: str
    _frame_size: int
    _expected: int
    _decoded: set[str]
    _shape: tuple[int, ...]
    _age: Any

    def __init__(self, files: Sequence[str | os.PathLike | BinaryIO],
                 sections: Sequence[str] | None = None, check: bool = True, model: bool = False):
        for section in sections or ():
            if section not in (*SECTIONS, 'alpha'):
                raise ValueError(f'section {section!r}: not one of genomes, ages, state, alpha')
        self._files, self._wanted, self._strict = list(files), sections, check
        self._model = model
        self._opened, self._bases = False, dict[int, int]()
        self._begin()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file at hand, if this opened it, and reads no other."""
        if self._opened:
            self._file.close()
        self._opened, self._file, self._files = False, None, []

    def __iter__(self) -> Iterator[Generation]:
        return self

    def __next__(self) -> Generation:
        while self._file is not None:
            if not self._next():
                self._open_next()
            elif self._tag == 'HEAD':
                self._head()
            elif self._tag == 'DONE':
                self._done()
            elif (g := self._section()) and g.generation >= self._from:
                return g
        raise StopIteration

    def __getitem__(self, generation: int) -> Generation:
        """The generation of this number, by seek(); -1 is the last. Reading goes on behind it."""
        if generation < 0:
            generation = int(self.generations[generation])
        for g in self.seek(generation):
            if g.generation == generation:
                return g
            break
        raise IndexError(f'{self._name}: no generation {generation}')

    def seek(self, generation: int) -> Reader:
        """The next generation will be the one of this number, or the first later one, with all that
        it has when the stream is read from its start. Returns self. Only for files: their records'
        heads are read once, and then all from a generation before that is stored with all genomes
        (keyframe); what is passed over is not verified."""
        starts = [start for start in self._index[1]
                  if start.number < generation or start.whole and start.number == generation]
        self._begin(starts[-1] if starts else None)
        self._from = generation
        return self

    @property
    def generations(self) -> np.ndarray:
        """The numbers of all complete generations: uint64[G]. Only for files."""
        return np.array(self._index[0], np.uint64)

    @functools.cached_property
    def _index(self):
        """The numbers of all generations, and the places where reading can start."""
        given = None if self._opened else self._file
        other, place = copy.copy(self), given and given.tell()
        other._opened = False  # what is open is not its own
        found: tuple[list[int], list[_Start]] = ([], [])
        try:
            other._begin()
            other._scan(*found)
        except Error:
            pass  # found again by who reads so far
        other.close()
        if given:
            given.seek(place)
        return found

    def _scan(self, numbers, starts):
        """Adds all generations, up to the first head of a record that is none."""
        while self._file is not None:
            size = self._file.seek(0, io.SEEK_END) - self._base
            self._go(0, 0)
            while len(head := self._bytes(48)) == 48 and head[:12] == MAGIC:
                at, record, tag = self._at - 48, self._record + 1, head[12:16].decode('latin-1')
                number, _, frame = struct.unpack('<3Q', head[16:40])
                if tag == 'HEAD':
                    self._go(at, record - 1)
                    self._in_part = False
                    self._next()
                    self._head()
                    part, count, start = (self._next_file - 1, at, record), 0, None
                    continue
                if at + 48 + frame > size:
                    break
                if start is None and tag in SECTION_OF and (
                        tag == 'POOL' or count == 0 or self._decoded == {'state'}):
                    start = at, record, count
                if tag == SECTIONS[self.sections[-1]]:
                    again = numbers[-1:] == [number]
                    if start:
                        whole = not again and (count == 0 or 'genomes' not in self._decoded)
                        starts.append(_Start(number, whole, *part, *start))
                    numbers += [] if again else [number]
                    count, start = count + 1, None
                self._go(at + 48 + frame, record)
            self._open_next()

    def _begin(self, start=None):
        """Reading begins at the first HEAD, or there."""
        self._next_file = start.file if start else 0
        self._from, self._last, self._follows, self._in_part = 0, None, False, False
        self._limits, self._stage, self._generation = {'HEAD': 1 << 20, 'DONE': 1024}, 'HEAD', 0
        self.header = {}
        if not self._open_next():
            raise ValueError('the reader is closed')
        if start:
            self._go(start.head_at, start.head_record - 1)
        self._next()
        if self._tag != 'HEAD':
            self._fail(f"{self._tag} where the stream's HEAD should be")
        self._head()
        if start:
            self._go(start.at, start.record - 1)
            self._count, self._follows = start.count, self._decoded == {'state'}

    def _fail(self, why, of_file=False) -> NoReturn:
        if self._opened:
            self._file.close()
        self._opened, self._file = False, None  # nothing more comes
        raise Error(self._name, self._record, self._start, str(why), of_file)

    def _fail_section(self, why) -> NoReturn:
        tag = self._tag if self._tag in TAGS else 'HEAD'
        self._fail(f'{tag} of generation {self._number}: {why}')

    # Records. Of the one at hand: _tag, _number (its generation), _size (of its payload), _frame,
    # _start (its offset), _record (its number).

    def _open_next(self):
        """Opens the next file; False: there is none."""
        if self._opened:
            self._file.close()
        self._opened, self._file, self._record, self._at = False, None, 0, 0
        if self._next_file >= len(self._files):
            return False
        file: Any = self._files[self._next_file]
        self._next_file += 1
        self._name = 'standard input' if file == '-' else str(getattr(file, 'name', file))
        if file == '-':
            file = sys.stdin.buffer
        elif not hasattr(file, 'read'):
            file, self._opened = builtins.open(file, 'rb'), True
        self._file, self._base = file, 0
        if not self._opened and file.seekable():  # perhaps not at its start, and read again
            self._base = file.seek(self._bases.setdefault(self._next_file, file.tell()))
        return True

    def _go(self, offset, record):
        """To a place in the file, behind the record of this number."""
        self._file.seek(self._base + offset)
        self._at, self._record = offset, record

    def _bytes(self, size):
        """size bytes, or fewer at the end of the file; memory grows with what comes."""
        data = self._file.read(min(size, 1 << 22))
        if len(data) < size and data:
            data = bytearray(data)
            while len(data) < size and (piece := self._file.read(min(size - len(data), 1 << 22))):
                data += piece
            data = bytes(data)
        self._at += len(data)
        return data

    def _next(self):
        """Reads the next record and checks it; those of unknown kinds are passed over. False: the
        file has ended, behind a part."""
        known = False
        while not known:
            self._start, self._record = self._at, self._record + 1
            head = self._bytes(48)
            if not head and not self._start:
                self._fail('empty: not a stream of nca', True)
            if not head and self._in_part:
                self._fail('truncated: the stream ends here, '
                           f'{"after" if self._stage == "HEAD" else "in"} generation '
                           f'{self._generation}')
            if not head:
                return False
            known = self._parse(head)
            self._frame = self._bytes(self._frame_size)
            if len(self._frame) < self._frame_size:
                self._fail_section(f'truncated: {len(self._frame)} of {self._frame_size} bytes')
            if xxh64(head[8:40] + self._frame) != self._expected:
                self._fail('damaged: its hash does not match')
        return True

    def _parse(self, head):
        """Takes tag, generation and sizes from a head; whether the tag is a known one."""
        if len(head) < 48 or head[:12] != MAGIC:
            cut = len(head) < 48 and head[:12] == MAGIC[:len(head)]
            if not self._start and (len(head) < 12 or not cut):
                zstd = 'zstd data, but ' if head[:4] == b'\x28\xb5\x2f\xfd' else ''
                self._fail(f'{zstd}not a stream of nca: no NCA1 record at its start', True)
            if len(head) < 12 or cut:
                self._fail(f'truncated: {len(head)} of 48 bytes of its head')
            self._fail(f'{len(head)} bytes that are not a record head')
        self._tag = tag = head[12:16].decode('latin-1')
        self._number, self._size, self._frame_size, self._expected = struct.unpack_from(
            '<4Q', head, 16)
        known = tag in TAGS
        if not known and not passable(tag):
            self._fail('damaged, or made by a later version: not a tag known here')
        if not known and not self._in_part:
            self._fail('a record of unknown kind outside HEAD and DONE')
        if known and tag not in self._limits:
            self._fail(f'{tag} before the first HEAD')
        limit = self._limits.get(tag, 1 << 20)
        if self._size > limit:
            self._fail(f'{tag}: payload of {self._size} bytes, at most {limit} allowed')
        if not max(9, self._size // 32768) <= self._frame_size <= self._size * 257 // 256 + 4096:
            self._fail_section(f'frame of {self._frame_size} bytes for a payload of {self._size}')
        return known

    # Parts. Of the one at hand: _head_record (the number of its HEAD), _count (its generations so
    # far), _in_part (until DONE), _shape (L, rows, cols), _N cells, _P parameters, _decoded
    # (sections).

    def _head(self):
        if self._in_part:
            self._fail('HEAD: the part before it has no DONE')
        try:
            payload = Payload(self._frame, self._size)
        except ValueError as error:
            self._fail_section(error)
        try:
            header, self.history = parse_head(text := payload.text())
            self.minor = _minor(text.partition('\n')[0])
        except ValueError as error:
            self._fail(f'HEAD: {error}')
        L, rows, cols = shape = tuple(header[key] for key in ('channels', 'height', 'width'))
        if self.header and shape != self._shape:
            self._fail(f'HEAD: {cols}x{rows}, {L} channels after {self._shape[2]}x{self._shape[1]}'
                       f', {self._shape[0]} channels')
        if self._model and self.minor > MINOR:
            self._fail(f'is of version 1.{self.minor}: its model is not known here, only that of '
                       f'versions up to 1.{MINOR}', True)
        wanted = {'state' if name == 'alpha' else name for name in self._wanted or ()}
        if lacks := [name for name in SECTIONS if name in wanted - set(header['sections'])]:
            self._fail(f'has no {",".join(lacks)}, only {",".join(header["sections"])}', True)
        self.header, self.sections = header, header['sections']
        self._decoded = set(self.sections if self._wanted is None else wanted)
        self._shape, self._N, self._P = shape, rows * cols, 10 * L * L + 2 * L
        self._most = (1 << 24) // (20 + 4 * self._P)
        genomes, plane = min(self._most, self._N), -(-self._N // 8) + 4 * self._N
        self._limits = {'HEAD': 1 << 20, 'POOL': 16 + genomes * (20 + 4 * self._P), 'GIDS': plane,
                        'GENE': 16 + genomes * (8 + -(-self._P // 8) + 4 * self._P),
                        'AGES': plane, 'STAT': plane + 4 * self._N * (L - 1), 'DONE': 1024}
        self._head_record, self._count, self._in_part = self._record, 0, True
        self._follows, self._stage = False, 'HEAD'

    def _done(self):
        if not self._in_part:
            self._fail('DONE where a HEAD should start the next part')
        if self._stage != 'HEAD':
            self._fail_section(f'comes before generation {self._generation} is complete')
        records = self._record - self._head_record + 1
        try:
            text = Payload(self._frame, self._size).text()
        except ValueError as error:
            self._fail_section(error)
        if not text.startswith(f'generations {self._count}\nrecords {records}\n'):
            self._fail(f'DONE: count mismatch: {self._count} generations in {records} records were '
                       'read')
        if not _is_lines(text):
            self._fail('DONE: not lines of text')
        self._in_part = False

    # Generations. Kept from one to the next: _last (its number), _follows (whether one came before
    # in the part), _slots, _age [N], _pool (_Genes), _pool_next (the next serial). Of the one at
    # hand: _g, _generation (its number), _stage (the tag of its last record, at first HEAD),
    # _pooled, _with_births, _listed (_Genes of its POOL), _next_serial (by its births), _born (the
    # last slot of a birth), _births (their number), _births_size, _skipped (bytes of births).

    def _section(self):
        """Takes a record of a section; the generation, if it is complete and to be delivered."""
        self._in_order()
        take = {'POOL': self._pool_record, 'GENE': self._gene_record, 'GIDS': self._gids_record,
                'AGES': self._ages_record, 'STAT': self._stat_record}[self._tag]
        if SECTION_OF[self._tag] in self._decoded:
            try:
                take()
            except ValueError as error:
                self._fail_section(error)
        self._pooled |= self._tag == 'POOL'
        if self._tag != SECTIONS[self.sections[-1]]:
            return None
        repeat = not self._follows and self._last == self._generation
        self._follows, self._last, self._stage = True, self._generation, 'HEAD'
        self._count += 1
        self._g.generation = self._generation
        return None if repeat else self._g

    def _in_order(self):
        """Whether this record may come now; begins its generation with the first."""
        tag, at = self._tag, TAGS.index(self._tag)
        if not self._in_part:
            self._fail(f'{tag} where a HEAD should start the next part')
        if SECTION_OF[tag] not in self.sections:
            self._fail_section(f'its HEAD announces no such section, only '
                               f'{",".join(self.sections)}')
        if self._stage == 'HEAD':
            self._begin_generation()
        elif self._stage == 'GENE' and tag in ('POOL', 'GENE') and self._follows and (
                self._number > self._generation and not self._pooled):
            self._begin_births()  # those before were left out
        elif self._number != self._generation:
            self._fail_section(f'comes before generation {self._generation} is complete')
        stage = TAGS.index(self._stage)
        missing = [skipped for skipped in TAGS[stage + 1:at]
                   if skipped in SECTIONS.values() and SECTION_OF[skipped] in self.sections]
        if missing or at < stage or at == stage and tag not in ('POOL', 'GENE'):
            self._fail_section(f'not the section that comes after {self._stage}')
        self._stage = tag
        self._births_size += self._size if tag == 'GENE' else 0

    def _begin_generation(self):
        number, genomes = self._number, 'genomes' in self.sections
        if self._last is not None and number < self._last + self._follows:
            self._fail_section(f'jumps back from generation {self._last}')
        if genomes and not self._follows and self._tag != 'POOL':
            self._fail_section('a part starts with a POOL')
        if genomes and self._tag not in ('POOL', 'GENE'):
            self._fail_section('POOL or GENE expected')
        self._g, self._generation = self._new_generation(), number
        self._pooled = self._with_births = False
        self._born = self._births = self._births_size = self._skipped = 0
        if 'genomes' in self._decoded:
            self._g._born = []
            if not self._follows:
                self._pool, self._pool_next = _Genes(self._P), 0
            self._next_serial = self._pool_next

    def _begin_births(self):
        self._skipped += self._births_size
        self._generation, self._stage = self._number, 'HEAD'
        self._born = self._births = self._births_size = 0
        if self._skipped > (limit := (20 + 4 * self._P) * self._N // 4):
            self._fail_section(f'{self._skipped} bytes of births in generations left out before it,'
                               f' at most {limit} allowed')

    def _pool_record(self):
        payload, P = Payload(self._frame, self._size), self._P
        n, next_serial = payload.counts()
        if n > self._most or payload.size != 16 + n * (20 + 4 * P):
            raise ValueError(f'payload of {payload.size} bytes does not fit its count of genomes')
        if next_serial != self._pool_next if self._pooled else (
                self._follows and next_serial < self._next_serial):
            raise ValueError(f'next serial {next_serial} after {self._pool_next}')
        if not self._pooled:
            self._listed, self._listed_slot = _Genes(P), 0
        self._pool_next = next_serial
        slots, serials, parents = (payload.numbers(kind, n) for kind in ('u4', 'u8', 'u8'))
        parameters = payload.finite(n * P).reshape(n, P)
        before = np.append(self._listed_slot, slots[:-1].astype('i8'))[:n]
        genomes = slots, serials, parents, parameters
        other = (serials < self._next_serial) & ~self._pool.same(*genomes) if (
            self._strict and self._follows) else np.zeros(n, bool)
        _refuse(((slots <= before) | (slots > self._N), lambda i:
                 f'slot {slots[i]} of genome {i} not from {before[i] + 1} to {self._N}'),
                ((serials == 0) | (serials >= next_serial) | (parents >= serials), lambda i:
                 f'genome {i} has serial {serials[i]}, parent {parents[i]}, next serial '
                 f'{next_serial}'),
                (other, lambda i:
                 f'genome {i}, serial {serials[i]}, is not what slot {slots[i]} has held'))
        self._listed.set(*genomes)
        self._listed_slot = int(slots[-1]) if n else self._listed_slot

    def _gene_record(self):
        if not self._follows:  # the POOL is all there is to know
            return
        payload, pool, P, N = Payload(self._frame, self._size), self._pool, self._P, self._N
        n, serial = payload.counts()
        size = 16 + n * (8 + -(-P // 8))
        if n > self._most or payload.size < size:
            raise ValueError(f'payload of {payload.size} bytes does not fit its count of births')
        slots, parents = (payload.numbers('u4', n).astype('i8') for _ in range(2))
        marks, beyond = payload.bitmaps(n, P)
        _refuse((beyond != 0, lambda i: f'birth {i} changes parameters beyond the last, {P - 1}'))
        marked = np.flatnonzero(marks)
        if payload.size != size + 4 * len(marked):
            raise ValueError(f'payload of {payload.size} bytes does not fit its {len(marked)} new '
                             'values')
        self._births += n
        if self._births > N:
            raise ValueError(f'{self._births} births, more than the {N} cells')
        if serial != self._next_serial:
            raise ValueError(f'first serial {serial}, {self._next_serial} expected')
        values = payload.finite(len(marked))
        self._with_births = True
        if not n:
            return

        before = np.append(self._born, slots[:-1])
        wrong = (slots <= before) | (slots > N)
        right = slots[:int(wrong.argmax()) if wrong.any() else n]  # which ascend
        at = np.searchsorted(right, parents)  # where the parent is one of these, born before
        born_here = at < np.minimum(np.arange(n), len(right))
        born_here[born_here] = right[at[born_here]] == parents[born_here]
        carried = pool.holds(slots) if self._number == self._last + 1 else np.zeros(n, bool)
        _refuse((wrong, lambda i: f'slot {slots[i]} of birth {i} not from {before[i] + 1} to {N}'),
                (~(born_here | pool.holds(parents)), lambda i:
                 f'parent slot {parents[i]} of birth {i} holds no genome'),
                (parents == slots, lambda i: f'birth {i} is its own parent, slot {slots[i]}'),
                (carried, lambda i: f'slot {slots[i]} of birth {i} is not free: a cell had it in '
                                    f'generation {self._last}'))

        serials, from_pool = serial + np.arange(n, dtype='u8'), np.where(born_here, 0, parents)
        parent_serials, parameters = pool.serial[from_pool], pool.parameters[from_pool]
        parameters.reshape(-1)[marked] = values
        for i in np.flatnonzero(born_here).tolist():  # after their parents
            parent_serials[i] = serials[at[i]]
            np.copyto(parameters[i], parameters[at[i]], where=~marks[i])
        genomes = slots, serials, parent_serials, parameters
        if self._pooled:
            _refuse((self._listed.holds(slots) & ~self._listed.same(*genomes), lambda i:
                     f'birth {i} is not the genome that the POOL has in slot {slots[i]}'))
        self._g._born.append((self._number, slots, parents, serials, parent_serials, parameters))
        pool.set(*genomes)
        self._next_serial, self._born = self._next_serial + n, int(slots[-1])
        if not self._pooled:
            self._pool_next = self._next_serial

    def _cells(self, kind, numbers=1, wanted=1):
        """The marked cells and the first wanted of so many numbers for each of them: int[marked],
        list of [marked]."""
        N, size, bitmap = self._N, self._size, -(-self._N // 8)
        if size < bitmap:
            raise ValueError(f'payload of {size} bytes, less than its bitmap of {bitmap}')
        payload = Payload(self._frame, size, bitmap + (size - bitmap) // numbers * wanted
                          if wanted < numbers else size)
        marks, beyond = payload.bitmaps(1, N)
        if beyond[0]:
            raise ValueError(f'its bitmap marks cells beyond the last, {N - 1}')
        where = np.flatnonzero(marks)
        expected = bitmap + 4 * numbers * len(where)
        if size != expected:
            raise ValueError(f'payload of {size} bytes, {expected} expected for {len(where)} marked'
                             ' cells')
        return where, [payload.numbers(kind, len(where)) for _ in range(wanted)]

    def _gids_record(self):
        where, (values,) = self._cells('u4')
        if self._pooled or not self._follows:
            self._slots = np.zeros(self._N, np.uint32)
        self._slots[where] = values
        if self._pooled:
            self._take_listed()
        else:
            _refuse((~self._pool.holds(values), lambda i:
                     f'cell {where[i]} has slot {values[i]}, where the pool has no genome'))
            carried = np.zeros(len(self._pool.held), bool)
            carried[0] = carried[self._slots] = True
            self._pool.held = carried
        self._g.slots = self._slots.reshape(self._shape[1:]).copy()
        self._g._genes, self._g.next_serial = self._pool.copy(), self._pool_next

    def _take_listed(self):
        """The genomes of the POOL become the pool, if cells carry just these."""
        pool, listed, slots = self._pool, self._listed, self._slots
        genomes = listed.listed()
        if self._strict and self._with_births:
            _refuse((~pool.same(*genomes), lambda i:
                     f'the POOL has a genome in slot {genomes[0][i]} that no birth led to'))
        _refuse((~(pool.holds(slots) | listed.holds(slots)), lambda i:
                 f'cell {i} has slot {slots[i]}, where the pool has no genome'))
        listed.reserve(int(slots.max()))
        carried = np.zeros(len(listed.held), bool)
        carried[0] = carried[slots] = True
        _refuse((listed.held != carried, lambda slot: f'slot {slot} is ' + (
            'carried, but not in the POOL' if carried[slot] else
            'in the POOL, but no cell carries it')))
        if self._with_births and self._next_serial != self._pool_next:
            raise ValueError(f'next serial {self._pool_next} by its POOL, {self._next_serial} by '
                             'its births')
        serials = np.sort(genomes[1])
        _refuse((serials[1:] == serials[:-1], lambda i: f'its POOL has serial {serials[i]} twice'))
        self._pool = listed

    def _ages_record(self):
        where, (values,) = self._cells('u4')
        follows, since = self._follows, self._generation - (self._last or 0)
        before: Any = self._age if follows else None
        if self._pooled or not follows:
            self._age = np.zeros(self._N, np.uint32)
        else:
            self._age = before + (before != 0)
        self._age[where] = values
        if self._strict and follows and since <= U32:
            expected = before + np.uint32(since)  # one that overflows is less than since
            _refuse(((self._age >= since) & (self._age != expected), lambda i:
                     f'cell {i} has age {self._age[i]}, and had {before[i]} in generation '
                     f'{self._last}'))
        self._g.ages = self._age.reshape(self._shape[1:]).copy()

    def _stat_record(self):
        channels = self._shape[0] if self._wanted is None or 'state' in self._wanted else 1
        where, values = self._cells('f4', self._shape[0], channels)
        state = np.zeros((channels, self._N), np.float32)
        for c, channel in enumerate(values):
            if len(where) and not (channel.min() >= -(c > 0) and channel.max() <= 1):
                _refuse((~((channel >= -(c > 0)) & (channel <= 1)), lambda i:
                         f'cell {where[i]} has {_shortest(channel[i])} in channel {c}, not from '
                         f'{-(c > 0)} to 1'))
            state[c, where] = channel
        self._g.alpha = state[0].reshape(self._shape[1:])
        if channels == self._shape[0]:
            self._g.state = state.reshape(self._shape)


def open(*files: str | os.PathLike | BinaryIO, sections: Sequence[str] | None = None,
         check: bool = True, model: bool = False) -> Reader:
    """A Reader of the files: paths, '-' or binary file objects; none is standard input. sections:
    which of 'genomes', 'ages', 'state' to decode, and to insist on, or 'alpha' for channel 0 alone;
    None takes what there is. check: whether ages must follow from those before, and the genomes of
    a POOL midway, too. model: whether to refuse a version whose model is not known here; for those
    who compute it."""
    return Reader(files or ['-'], sections, check, model)
