# SPDX-License-Identifier: MIT
"""Reads a page of nca-play, from the documents in bin-src/frames.h and genotypes.h and not from the
script in the page."""

import base64
import hashlib
import html.parser
import json
import math
import zlib

import numpy as np

SAME, EMPTY, BEFORE, NOW, NEW, LISTED = 0, 1, 2, 10, 14, 15


class Elements(html.parser.HTMLParser):
    """The elements of a page as [name, attributes, text before the next tag]."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.inside = [], False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ''])
        self.inside = True

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.elements[-1][2] += data


def unsign(numbers):
    return (numbers >> np.uint32(1)) ^ -(numbers & np.uint32(1))


class Columns:
    def __init__(self, block):
        self.bytes, self.at = np.frombuffer(zlib.decompress(block), np.uint8), 0

    def take(self, count):
        self.at += count
        assert self.at <= len(self.bytes)
        return self.bytes[self.at - count:self.at]

    def column(self, count):
        numbers = np.zeros(count, np.uint32)
        for byte in range(self.take(1)[0]):
            numbers |= self.take(count).astype(np.uint32) << np.uint32(8 * byte)
        return numbers

    def running(self, count, start=0):
        steps = unsign(self.column(count)).astype(np.uint64)
        return ((np.cumsum(steps) + np.uint64(start)) & np.uint64(0xffffffff)).astype(np.uint32)

    def done(self):
        assert self.at == len(self.bytes)


class Page:
    def __init__(self, text):
        self.text = text
        self.elements = Elements(text).elements
        self.blocks = {attributes['id']: text for name, attributes, text in self.elements
                       if attributes.get('type') == 'application/octet-stream'}
        self.head = json.loads(next(text for name, attributes, text in self.elements
                                    if attributes.get('id') == 'head'))
        model = self.head['model']
        self.L, self.rows, self.cols = (int(model[name]) for name in
                                        ('channels', 'height', 'width'))
        self.N, self.P = self.rows * self.cols, 10 * self.L**2 + 2 * self.L
        self.generations = self.head['generations']

    def block(self, name):
        return Columns(base64.b64decode(self.blocks[name], validate=True))

    def series(self):
        columns, rows = self.block('series0'), self.head['rows']
        generations = columns.column(rows) + self.head['begin']
        values = {name: columns.column(rows).view('<f4') for name in self.head['series']}
        columns.done()
        return generations, values

    def frames(self, section):
        """The section of each generation: state as float32[L, rows, cols] or the steps in which it
        is rounded, uint8; ages, and genotypes by their number, as uint32[rows, cols]."""
        unpack, before = getattr(self, section), None
        for k in range(len(self.generations)):
            alone = k in self.head['keys']
            columns = self.block(f'{section}{k}')
            before = unpack(columns, None if alone else before, k)
            columns.done()
            shape = (-1, self.rows, self.cols) if section == 'state' else (self.rows, self.cols)
            whole = np.ascontiguousarray(before)
            if section == 'state' and self.head['exact']:
                whole = np.ascontiguousarray(
                    before.reshape(self.L, 4, self.N).transpose(0, 2, 1)).view('<f4')
            yield whole.reshape(shape)

    def state(self, columns, before, _k):
        planes = []
        for p in range(self.L * (4 if self.head['exact'] else 1)):
            differences = columns.take(1)[0]
            plane = columns.take(self.N)
            planes.append(plane + before[p] if differences else plane)
        return np.array(planes, np.uint8)

    def ages(self, columns, before, k):
        code = columns.column(self.N).astype(np.int64)
        expected = np.zeros(self.N, np.int64)
        if before is not None:
            later = self.generations[k] - self.generations[k - 1]
            expected = np.where(before != 0, before + np.int64(later), 0)
        return np.where(code == 0, expected, code - (code <= expected)).astype(np.uint32)

    def genotypes(self, columns, before, _k):
        W, N = self.cols, self.N
        around = [-W - 1, -W, -W + 1, -1, 1, W - 1, W, W + 1]
        back = [1, W, W + 1, W - 1]
        fresh = last = int(columns.column(1)[0])
        codes = columns.take(N)
        listed = iter(unsign(columns.column(int((codes == LISTED).sum()))).tolist())
        now = np.zeros(N, np.uint32)
        for i, code in enumerate(codes.tolist()):
            if code == SAME:
                now[i] = 0 if before is None else before[i]
            elif code == LISTED:
                now[i] = last = (last + next(listed)) & 0xffffffff
            elif code == NEW:
                now[i] = fresh
                fresh += 1
            elif code >= NOW:
                now[i] = now[i - back[code - NOW]]
            elif code >= BEFORE:
                now[i] = before[(i + around[code - BEFORE]) % N]
        return now

    def table(self):
        """The genotypes: a dict for each, with its genome, the row of its parent or None."""
        columns, rows = self.block('table0'), self.head['genotypes']
        numbers = columns.running(rows).tolist()
        low, high = columns.column(rows), columns.column(rows)
        serials = np.cumsum(low.astype(np.uint64) + (high.astype(np.uint64) << np.uint64(32)))
        up = columns.column(rows).tolist()
        origins = (columns.running(rows).view(np.int32) + self.head['begin']).tolist()
        cells = columns.running(rows).tolist()
        depths, most, peaks, ghc, rwsp = (columns.column(rows).tolist() for _ in range(5))
        columns.done()
        table, changes = [], self.changes(rows)
        for row in range(rows):
            parent = table[row - up[row]] if up[row] else None
            genome = parent['genome'].copy() if parent else np.zeros(self.P, np.float32)
            for position, value in next(changes):
                genome.view('u4')[position] = value
            table.append({
                'number': numbers[row], 'serial': int(serials[row]), 'parent': parent,
                'origin': origins[row], 'cell': cells[row], 'most': most[row],
                'depth': parent['depth'] + depths[row] + 1 if parent else depths[row],
                'peak': origins[row] + peaks[row], 'genome': genome,
                'ghc': ghc[row] ^ (parent['ghc'] if parent else 0),
                'rwsp': rwsp[row] ^ (parent['rwsp'] if parent else 0)})
        return table

    def changes(self, rows):
        size = self.head['block']
        for b in range(math.ceil(rows / size)):
            columns = self.block(f'genomes{b}')
            counts = columns.column(min(size, rows - b * size)).tolist()
            positions, values = (columns.column(sum(counts)).tolist() for _ in range(2))
            columns.done()
            pairs = iter(zip(positions, values))
            for count in counts:
                yield [next(pairs) for _ in range(count)]

    def faults(self):
        """What a page must not have: anything that runs or loads but its own script and style."""
        found, runs = [], []
        for name, attributes, text in self.elements:
            data = attributes.get('type') in ('application/octet-stream', 'application/json')
            if data and set('<>&') & set(text):  # which browsers may take for the end of it
                found.append(f'markup in {attributes.get("id")}')
            if name in ('script', 'style') and not data:
                digest = hashlib.sha256(text.encode()).digest()
                runs.append((name, base64.b64encode(digest).decode()))
            if name in ('img', 'iframe', 'object', 'embed', 'link', 'base', 'form'):
                found.append(name)
            found += [f'{name} {key}' for key in attributes
                      if key.startswith('on') or key in ('src', 'href', 'style')]
        policy = next(attributes['content'] for name, attributes, _ in self.elements
                      if attributes.get('http-equiv') == 'Content-Security-Policy')
        rules = dict(rule.split(None, 1) for rule in policy.split(';'))
        expected = {'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'"}
        for name, digest in runs:
            expected[f'{name}-src'] = f"'sha256-{digest}'"
        if rules != expected or [name for name, _ in runs] != ['style', 'script']:
            found.append(f'policy {rules}, expected {expected}')
        return found
