# SPDX-License-Identifier: MIT
"""What nca-info --digest prints, from format/STREAM.md's definition, of a stream of one part with
all sections: digest.py STREAM"""

import struct
import sys

import variants
from writer import nca

with open(sys.argv[1], 'rb') as file:
    head = next(variants.records(file.read()))[2]
layout = b'sections', b'every', b'keyframe', b'history'
lines = [line for line in head.splitlines() if line.split(b' ')[0] not in layout]
model = b''.join(line + b'\n' for line in [*lines, b'sections nothing'])

digests = []
for g in nca.open(sys.argv[1]):
    data = [model, struct.pack('<Q', g.generation), g.state.astype('<f4').tobytes(),
            g.ages.astype('<u4').tobytes()]
    for slot in g.slots.ravel().tolist():
        genome = g.pool[slot].parameters.astype('<f4').tobytes() if slot else b''
        data.append(struct.pack('<Q', nca.xxh64(genome) if slot else 0))
    digests.append(f'{nca.xxh64(b"".join(data)):016x}')
print(f'{digests[-1]}  generation {g.generation}')
print(f'{nca.xxh64("".join(digests).encode()):016x}  all {len(digests)} generations')
