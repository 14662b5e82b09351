# SPDX-License-Identifier: MIT
"""What the programs do with streams that are broken, or made to do harm, for 50-faults.t. Prints
what is wrong, and fails; or says nothing:

    faults.py FOLDER cut FILE       FILE, cut short anywhere, is refused
    faults.py FOLDER flip FILE      and with one bit changed in any byte
    faults.py FOLDER flips FILE     and with any bit changed
    faults.py FOLDER records FILE   and with any record missing, doubled or changed over
    faults.py FOLDER payloads FILE  with any byte of a payload changed and the hash made right,
                                    nothing breaks, and nca.py says the same
    faults.py FOLDER variants       of variants.py, the bad are refused, the good passed on
    faults.py FOLDER ends           from no generation, and from the last there can be, nca-step
                                    does not go on
    faults.py FOLDER memory         streams that promise much take little memory
    faults.py FOLDER salvage        megabytes of what looks like records take no minutes to pass

With $FAULTS_EVERY=N, only each Nth of the broken streams is tried.

To refuse is: status 1, one line that names file, record and byte, and everything that was complete
before delivered. The programs are those in $PATH; FOLDER is for files.
"""

import collections
import io
import itertools
import multiprocessing
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile

import numpy as np
import zstandard

import variants
import writer
from variants import records
from writer import nca

CENSUS, INFO, STEP = ['nca-census', '--tsv'], ['nca-info', '--check'], ['nca-step', '-n', '1']
LONG = 'TEST_LONG' in os.environ
TIMEOUT = 20  # seconds, for what takes a few milliseconds
LIMIT = 64 << 20  # bytes of address space
LITTLE = 16 << 10  # KiB more than an honest stream of this size takes
SECTIONS = 'POOL', 'GENE', 'GIDS', 'AGES', 'STAT'

Result = collections.namedtuple('Result', 'status out err')
Record = collections.namedtuple('Record', 'tag number payload at end')


def read(file):
    with open(file, 'rb') as stream:
        return stream.read()


def layout(data):
    """The records of a good stream."""
    found = list(records(data))
    return [Record(*record, end) for record, end in zip(found, [r[3] for r in found[1:]]
                                                        + [len(data)])]


def run(program, data, **options):
    """What the program does with a file of data, named stream.zst in a folder of its own."""
    folder = f'{sys.argv[1]}/{os.getpid()}'
    os.makedirs(folder, exist_ok=True)
    with open(f'{folder}/stream.zst', 'wb') as file:
        file.write(data)
    done = subprocess.run([*program, 'stream.zst'], capture_output=True, cwd=folder,
                          stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False, **options)
    return Result(done.returncode, done.stdout.decode('latin-1'), done.stderr.decode('latin-1'))


def refused(program, result, where):
    """What is wrong with this refusal, or None."""
    begin = f'{program[0]}: stream.zst: {where}'
    if result.status != 1 or not re.fullmatch(f'{begin}.*\n', result.err):
        return f'status {result.status}, {result.err!r}; expected: status 1, {begin!r}'
    if program[0] == 'nca-step' and result.out:
        return f'{len(result.out)} bytes on standard output'
    return None


def check_case(case):
    """A stream that is wrong from byte number at on, in the record that is there."""
    program, whole, intact, at, data, what = case
    number, record = next((i, r) for i, r in enumerate(whole, 1) if at < r.end)
    where = f'record {number} at byte {record.at}: '
    if record.at == 0 and at < 12:  # by its first 12 bytes a stream is known
        where = '' if data else 'empty'
    complete = {r.number for r in whole if r.tag == 'STAT' and r.end <= at}
    result = run(program, data)
    wrong = refused(program, result, where)
    if not wrong and program == CENSUS:  # a copy, in another process
        lines = 1 + len(complete) if at >= whole[0].end else 0
        if result.out != ''.join(intact[:lines]):
            wrong = f'delivered {result.out!r}, not the first {lines} lines of {intact}'
    elif not wrong and program == INFO and at >= whole[0].end:
        if f'\ngenerations {len(complete)}' not in result.out:
            wrong = f'prints {result.out!r}, not of {len(complete)} generations'
    return wrong and f'{what}, {" ".join(program)}: {wrong}'


def check_all(cases, function=check_case):
    some = itertools.islice(cases, 0, None, int(os.environ.get('FAULTS_EVERY', '1')))
    with multiprocessing.Pool(2) as pool:
        return [wrong for wrong in pool.imap_unordered(function, some, 64) if wrong]


def faulty(file, faults):
    """Checks all (offset, data, what, program) that faults(data) gives."""
    data = read(file)
    whole = layout(data)
    intact = run(CENSUS, data)
    assert intact.status == 0 and not intact.err, intact
    lines = intact.out.splitlines(keepends=True)
    return check_all((program, whole, lines, at, bad, what)
                     for at, bad, what, program in faults(data, whole))


def check_cut(file):
    def cuts(data, whole):
        good = {r.end for r in whole if r.tag == 'DONE'}  # where a stream may end
        for at in set(range(len(data))) - good:
            yield at, data[:at], f'cut to {at} bytes', CENSUS
            if at % 4 == 0:
                yield at, data[:at], f'cut to {at} bytes', STEP
    return faulty(file, cuts)


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def check_flip(file):
    def flips(data, _):
        for at in range(len(data)):
            bit = (at * 5 + 3) % 8
            yield (at, flipped(data, at, bit), f'bit {bit} of byte {at} changed',
                   STEP if at % 4 == 0 else CENSUS)
    return faulty(file, flips)


def check_flips(file):
    def flips(data, _):
        for at in range(len(data)):
            for bit in range(8):
                yield (at, flipped(data, at, bit), f'bit {bit} of byte {at} changed',
                       (CENSUS, INFO, STEP)[(at + bit) % 3])
    return faulty(file, flips)


def check_record_case(case):
    data, what = case
    for program in INFO, STEP:
        if wrong := refused(program, run(program, data), r'record \d+ at byte \d+: '):
            return f'{what}, {program[0]}: {wrong}'
    return None


def check_records(file):
    data = read(file)
    whole = layout(data)
    raw = [data[r.at:r.end] for r in whole]
    cases = []
    for i, r in enumerate(whole):
        name = f'{r.tag} of generation {r.number}, record {i + 1}'
        for what, changed in (
                ('missing', raw[:i] + raw[i + 1:]), ('twice', raw[:i + 1] + raw[i:]),
                ('changed over', raw[:i] + raw[i:i + 2][::-1] + raw[i + 2:])):
            if changed != raw:
                cases.append((b''.join(changed), f'{name}: {what}'))
    for number in {r.number for r in whole if r.tag in SECTIONS}:
        rest = [part for part, r in zip(raw, whole)
                if r.tag not in SECTIONS or r.number != number]
        cases.append((b''.join(rest), f'generation {number}: missing'))
    return check_all(cases, check_record_case)


def check_payload_case(case):
    data, what = case
    result = run(INFO, data)
    file = io.BytesIO(data)
    file.name = 'stream.zst'
    try:
        count = sum(1 for _ in nca.open(file, check=True))
    except nca.Error as error:
        return None if (result.status, result.err) == (1, f'nca-info: {error}\n') else (
            f'{what}: status {result.status}, {result.err!r}, but nca.py says: {error}')
    if result.status or result.err:
        return f'{what}: status {result.status}, {result.err!r}, but nca.py takes it'
    for program in CENSUS, STEP, ['nca-render', '--view', 'channels,ages', '--scale', '1']:
        if (result := run(program, data)).status or result.err:
            return f'{what}: {program[0]}: status {result.status}, {result.err!r}'
    return None if count else f'{what}: no generation'


def check_payloads(file):
    data = read(file)
    whole = layout(data)
    cases = []
    for r in whole:
        for at, byte in enumerate(r.payload):
            for new in sorted({byte ^ 1 << at % 8, byte + 1 & 255, 0, 255} - {byte}):
                record = writer.record(r.tag, r.number,
                                       r.payload[:at] + bytes([new]) + r.payload[at + 1:])
                cases.append((data[:r.at] + record + data[r.end:],
                              f'{r.tag} of generation {r.number}: byte {at}: {new}, was {byte}'))
    return check_all(cases, check_payload_case)


def check_variants():
    wrong = []
    for name, data in variants.BAD.items():
        for program in INFO, STEP:
            if message := refused(program, run(program, data), r'(record \d+ at byte \d+: |not a)'):
                wrong.append(f'{name}, {program[0]}: {message}')
    for name, data in variants.GOOD.items():
        for program in CENSUS, STEP:
            if (result := run(program, data)).status or result.err:
                wrong.append(f'{name}, {program[0]}: status {result.status}, {result.err!r}')
    for name, data in variants.UNLIKELY.items():
        if message := refused(INFO, run(INFO, data), r'record \d+ at byte \d+: '):
            wrong.append(f'{name}: {message}')
    return wrong


def check_ends():
    head = writer.record('HEAD', 0, variants.PAYLOADS['HEAD0'])

    def alone(number):
        """A stream of this generation alone, all dead."""
        dead = np.zeros(6)
        return b''.join([
            head, variants.pool(number, 1), writer.cells('GIDS', number, dead, dead),
            writer.cells('AGES', number, dead, dead), writer.state(number, np.zeros((1, 6))),
            writer.done(number, 1, 6)])
    wrong = []
    for data, status, text in (
            (head + writer.done(0, 0, 2), 1, 'has no generation to continue from'),
            (alone(2**32 - 2), 0, ''), (alone(2**32 - 1), 2, 'generation 4294967296: not from 0'),
            (alone(2**32), 1, 'generation 4294967296, beyond'),
            (alone(2**64 - 1), 1, 'generation 18446744073709551615, beyond')):
        result = run(STEP, data)
        if result.status != status or text not in result.err or result.err.count('\n') > 1:
            wrong.append(f'status {result.status}, {result.err!r}; expected: {status}, {text!r}')
        if (result := run(INFO, data)).status:
            wrong.append(f'nca-info: {result.err!r}')
    return wrong


def in_frame(tag, number, size, frame):
    """A record whose payload, of so many bytes by its head, is in this frame; the hash is right."""
    head = b'NCA1' + tag.encode() + struct.pack('<3Q', number, size, len(frame))
    return (struct.pack('<2I', 0x184D2A5C, 40) + head
            + struct.pack('<Q', nca.xxh64(head + frame)) + frame)


def zeros(size, count, window):
    """A frame that says its content is so many bytes, and holds count times 128 KiB of zeros; its
    checksum is wrong, too."""
    blocks = [struct.pack('<I', (i == count - 1) | 1 << 1 | (128 << 10) << 3)[:3] + b'\0'
              for i in range(count)]
    return b'\x28\xb5\x2f\xfd' + struct.pack('<2BI', 0x84, window, size) + b''.join(
        blocks) + bytes(4)


def dead(number, N):
    """GIDS, AGES and STAT of a generation whose cells are as before, or all dead."""
    zeros = np.zeros(N)
    return b''.join([*(writer.cells(tag, number, zeros, zeros) for tag in ('GIDS', 'AGES')),
                     writer.state(number, zeros.reshape(1, N))])


def memory_cases():
    """(name, stream, what the message says) of streams that promise much, and hold little."""
    v = variants
    for width, height in ((4000000000, 4000000000), (65535, 65535), (1, 4294967294),
                          (4294967294, 1)):
        size = f'width {width}\nheight {height}'.encode()
        yield (f'{width} x {height} cells', v.stream(v.text(b'width 3\nheight 2', size)),
               'not from 1 to 4294967294 cells' if width == height > 65535 else 'bitmap')
    for power in (33, 40, 62, 63) if LONG else (33, 63):
        for key in 'HEAD0', 'POOL0', 'GIDS0', 'AGES0', 'STAT0', 'GENE1', 'DONE1':
            frame = zstandard.compress(v.PAYLOADS[key])
            yield (f'{key} of 2^{power} bytes', v.stream({
                key: in_frame(key[:4], int(key[4]), 1 << power, frame)}), 'allowed')
    two_channels = writer.head({'width': 3, 'height': 2, 'sections': 'state'})
    for tag in 'GIDS', 'AGES', 'STAT':
        size = len(v.PAYLOADS[tag + '0'])
        bomb = in_frame(tag, 0, size, zstandard.compress(bytes(100 << 20), 1)[:4000])
        yield f'{tag}, 100 MiB in its frame', v.stream({tag + '0': bomb}), 'one zstd frame'
    for name, window in ('1 MiB', 0x50), ('8 MiB', 0x68), ('2 GiB', 0xa8):
        for tag in 'GIDS', 'AGES', 'STAT':
            size = len(v.PAYLOADS[tag + '0'])
            bomb = in_frame(tag, 0, size, zeros(size, 1000, window))
            yield (f'{tag}, 125 MiB in a frame that says {size} bytes, window {name}',
                   v.stream({tag + '0': bomb}), 'window of more|zstd: ')
        yield (f'likewise, two channels, window {name}',
               two_channels + in_frame('STAT', 0, 17, zeros(17, 1000, window)),
               'genomes|window of more|zstd: ')
    N, P = 40000, 12
    slots, none = np.arange(1, N + 1), np.zeros((N, P), bool)
    births = [writer.births(1, 1 + i * N, slots, 0 * slots, none, []) for i in range(200)]
    yield ('8 million births in a generation of 40000 cells', writer.head({'channels': 1})
           + writer.pool(0, 1, [], [], [], np.zeros((0, P))) + dead(0, N) + b''.join(births)
           + dead(1, N) + writer.done(1, 2, 209),
           'births, more than the 40000 cells')
    lines = v.PAYLOADS['HEAD0'] + b'history x\n' + b'k v\n' * 10000 + b'k' * 900000 + b' v\n'
    yield ('a header of 1 MiB', v.stream({
        'HEAD0': writer.record('HEAD', 0, lines), 'POOL0': b''}), 'starts with a POOL')


def measured(program, data, limit):
    """What the program does with data in so much address space, and the most KiB that it held."""
    def limit_it():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT, TIMEOUT))
    with open(f'{sys.argv[1]}/stream.zst', 'wb') as file:
        file.write(data)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        # pylint: disable=consider-using-with # wait4() waits, which alone reports memory
        child = subprocess.Popen([*program, 'stream.zst'], stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=err, cwd=sys.argv[1], preexec_fn=limit_it)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Result(child.returncode, out.read().decode('latin-1'),
                      err.read().decode('latin-1')), usage.ru_maxrss


def check_memory():
    good = variants.stream()
    everything = resource.RLIM_INFINITY
    limits = [everything, LIMIT]
    if measured(INFO, good, LIMIT)[0].status:  # a sanitizer needs more, for itself
        limits = [everything]
    elif not LONG:
        limits = [LIMIT]
    wrong, cases, partial = [], list(memory_cases()), ('nca-entropy', 'nca-ghc')
    for program in CENSUS, INFO, STEP, *([name] for name in partial):
        _, least = measured(program, good, everything)
        for name, data, message in cases:
            for limit in limits:
                result, most = measured(program, data, limit)
                problem = refused(program, result, f'.*({message})')
                if program[0] in partial and result.status == 0 and not result.err:
                    problem = None  # what is not decoded is hashed alone
                if not problem and most > least + LITTLE and LIMIT in limits:
                    problem = f'took {most} KiB, where a good stream takes {least}'
                if problem:
                    wrong.append(f'{name}, {program[0]}, limit {limit}: {problem}')
    return wrong


def salvage_cases(header, N):
    """(name, bytes) that look like very many records. Each of them would have to be read to the
    end of all, to see that it is none."""
    def heads(count, frame):
        return b''.join(struct.pack('<2I4s4s4Q', 0x184D2A5C, 40, b'NCA1', b'STAT', 0,
                                    size := frame(i), size, 0) for i in range(count))
    count = (8 << 20) // 48
    yield 'records longer than the file', heads(count, lambda i: 4 * N)
    yield 'records with other hashes', heads(count, lambda i: 48 * (count - 1 - i) + 9) + bytes(9)
    yield 'starts of records', heads(1, lambda i: 9)[:12] * ((8 << 20) // 12)


def check_salvage():
    header, N, wrong = {'width': 2000, 'height': 2000, 'channels': 1}, 4000000, []
    head = writer.head(header)
    part = head + writer.pool(0, 1, [], [], [], np.zeros((0, 12))) + dead(0, N)
    part += writer.done(0, 1, 6)
    for name, data in salvage_cases(header, N):
        for program, message in ((['nca-cat', '--salvage', '--sections', 'genomes'], 'record 2 at'),
                                 (['nca-step', '--until', '9', '--resume'], 'parts follow')):
            if program[0] == 'nca-step' and name != 'records with other hashes' and not LONG:
                continue
            result, _ = measured(program, head + data + part, resource.RLIM_INFINITY)
            good = result.status == 1 and message in result.err
            if good and program[0] == 'nca-cat':
                salvaged = nca.open(io.BytesIO(result.out.encode('latin-1')))
                good = [g.generation for g in salvaged] == [0]
            if not good:
                wrong.append(f'{name}, {program[0]}: status {result.status}, {result.err!r}')
    return wrong


def main(kind, *arguments):
    wrong = globals()['check_' + kind](*arguments)
    print('\n'.join(wrong[:20]), end='\n' * bool(wrong))
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main(*sys.argv[2:])
