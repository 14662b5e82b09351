# SPDX-License-Identifier: MIT
"""Copies a stream from standard input, but for one number of one generation, whose POOL comes with
it; all hashes are good again.
Usage: change.py genome|age|state GENERATION"""

import struct
import sys

import numpy as np

import variants
import writer

what, wanted = sys.argv[1], int(sys.argv[2])
tag = {'genome': 'POOL', 'age': 'AGES', 'state': 'STAT'}[what]
out = sys.stdout.buffer
for name, generation, payload, _ in variants.records(sys.stdin.buffer.read()):
    payload = bytearray(payload)
    if (name, generation) == (tag, wanted):
        at = -1  # the last byte of the last number: a float's least significant, or an age's
        if name == 'POOL':  # of the oldest genome: a newborn's would differ from that in GENE
            n = struct.unpack('<Q', payload[:8])[0]
            serials = np.frombuffer(payload[16 + 4 * n:16 + 12 * n], np.uint8).reshape(8, n)
            oldest = int(np.argmin(np.ascontiguousarray(serials.T).view('>u8').ravel()))
            parameters = ((len(payload) - 16) // n - 20) // 4
            at = (oldest - n) * parameters
        payload[at] ^= 1
    out.write(writer.record(name, generation, bytes(payload)))
