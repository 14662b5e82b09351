# SPDX-License-Identifier: MIT
"""Pickles of the thesis's program, good and bad, through nca-import-thesis: thesis.py BUILD

That the measures of a recorded run come out of them as they should is in 30-golden.t; here is what
else pickles can be. tests/thesis-cases.tar.zst has some as the program writes them, all of one run
but list-sigmoid: alpha085 is complete, with a type that float32 rounds otherwise; runpy-order has
the weights of generation 0 twice; the others are cut. Prints TAP.
"""

import os
import pickle
import runpy
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback

import numpy as np

from taps import BIN, SCRATCH, F, check, finish, named, nca, output, table

SCRIPT = os.path.join(os.path.dirname(__file__), '..', 'pipelines', 'nca-import-thesis')
FOLDER, OUT = os.path.join(SCRATCH.name, 'pickles'), named('out')
LONG = 'TEST_LONG' in os.environ
VICTIM = os.path.join(SCRATCH.name, 'victim')
ENVIRONMENT = os.environ | {'PATH': os.path.abspath(BIN) + os.pathsep + os.environ['PATH'],
                            'TMPDIR': SCRATCH.name}
STATE = np.array([[[1, 0, 1], [0, 0, 0]], [[.7, .6, 0], [.9, 0, 0]], [[.7, .8, 1], [0, 0, 0]]], F)
GENOME = [0.25 * i for i in range(-6, 6)]
GENOMES = [[GENOME if alive else [0.0] * 12 for alive in grid.ravel()] for grid in STATE]
COUNTS = [{0.0: 3, 0.6: 1, 0.7: 1, 0.9: 1}, {0.0: 3, 0.7: 1, 0.8: 1, 1.0: 1}]


def call(*arguments):
    """The script's main() in a process of its own, which need not load numpy again."""
    sys.stdout.flush()
    with tempfile.TemporaryFile() as messages:
        if not (child := os.fork()):
            status = 99
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.dup2(messages.fileno(), 2)
                os.environ.update(ENVIRONMENT)
                sys.argv = [SCRIPT, *arguments]
                status = MODULE['main']()
            except SystemExit as error:
                status = error.code
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        messages.seek(0)
        return status, messages.read().decode()


def save(protocol=4, dump=pickle.dump, **changes):
    """The good pickles, but for changes: an object, bytes, or None for no file."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    objects = {'everystep_weights': [[list(genome) for genome in cells] for cells in GENOMES],
               'ca_grids_layer0': list(STATE[1:]), 'frequency_dicts': COUNTS} | changes
    for name, value in objects.items():
        if value is not None:
            with open(f'{FOLDER}/{name}.pkl', 'wb') as file:
                file.write(value) if isinstance(value, bytes) else dump(value, file, protocol)


def whole():
    """Whether OUT is the stream that the good pickles make."""
    generations = list(nca.open(OUT))
    return len(generations) == 3 and all(
        np.array_equal(g.alpha, STATE[t] if t else STATE[t] != 0)
        and np.array_equal(g.genomes(), np.array(GENOMES[t], F))
        for t, g in enumerate(generations))


def written():
    """The header of OUT."""
    reader = nca.open(OUT)
    next(iter(reader))
    return reader.header


def accepted(what, *arguments, **changes):
    save(**changes)
    status, message = call(*arguments, '-o', OUT, FOLDER)
    check(status == 0 and whole(), what, message)


def fault_in(message):
    """What is reported of a fault, without the remarks on parameters."""
    return ''.join(line for line in message.splitlines(True) if ' the pickles' not in line)


def cut(what, expected, generations, **changes):
    """The generations before are there, the message is one line, the status 1."""
    save(**changes)
    status, message = call('-o', OUT, FOLDER)
    count = sum(np.array_equal(g.genomes(), np.array(GENOMES[t], F))
                for t, g in enumerate(nca.open(OUT) if os.path.exists(OUT) else []))
    fault = fault_in(message)
    check(status == 1 and count == generations and fault.count('\n') == 1 and expected in fault
          and fault.startswith(f'nca-import-thesis: {FOLDER}/'),
          f'{what}: {generations} generations', f'{count} generations', message)


def refused(what, expected, *arguments, **changes):
    """One line that names the folder and the fault; nothing has run, nothing is left."""
    save(**changes)
    if os.path.exists(OUT):
        os.remove(OUT)
    status, message = call(*arguments, '-o', OUT, FOLDER)
    left = [name for name in os.listdir(SCRATCH.name) if name.startswith('nca-import-thesis')]
    check(status == 1 and message.count('\n') == 1 and expected in message and FOLDER in message
          and message.startswith('nca-import-thesis: ') and not left and not os.path.exists(VICTIM)
          and not os.path.exists(OUT), f'refused: {what}', message)


class Hostile:
    """What runs, where it is unpickled as usual."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def check_hostile():
    touch = f"open({VICTIM!r}, 'w')"
    attacks = {
        'os.system': Hostile(os.system, f'touch {VICTIM}'),
        'eval': Hostile(eval, touch),
        'exec': Hostile(exec, touch),
        'getattr': Hostile(getattr, 'x', 'upper'),
        'numpy.load': Hostile(np.load, VICTIM),
        'subprocess': Hostile(subprocess.Popen, ['touch', VICTIM]),
        'numpy.ndarray, called': Hostile(np.ndarray, (1 << 40,)),
    }
    with open(VICTIM, 'wb'):  # these do what they threaten, or the test would test nothing
        pass
    os.remove(VICTIM)
    pickle.loads(pickle.dumps(attacks['os.system']))
    check(os.path.exists(VICTIM), 'as usual, a pickle runs what it wants')
    os.remove(VICTIM)
    for what, attack in attacks.items():
        refused(what, 'refused', everystep_weights=[attack])
    attack = attacks['os.system']
    for protocol in 0, 2:
        refused(f'protocol {protocol}', 'refused', protocol=protocol, everystep_weights=[attack])
    refused('in a grid', 'refused', ca_grids_layer0=[STATE[1], attack])
    refused('in counts', 'refused', frequency_dicts=[{0.0: attack}])
    system = b"cos\nsystem\n(S'touch " + VICTIM.encode() + b"'\ntR."
    opcodes = {
        'a call': system,
        'an instance': b"(S'touch " + VICTIM.encode() + b"'\nios\nsystem\n.",
        'an object': b"(cos\nsystem\nS'touch " + VICTIM.encode() + b"'\no.",
        'a persistent id': b'Pos.system\n.',
        'an extension': b'\x80\x02\x82\x01.',
        'a name behind a dot': b'\x80\x04\x8c\x05numpy\x8c\x09os.system\x93.',
        'a dtype of objects': b"cnumpy\ndtype\n(S'O'\ntR.",
        'a name that is built': b"cnumpy\ndtype\n}S'x'\nNsb.",
    }
    for what, data in opcodes.items():
        refused(what, f'{FOLDER}/everystep_weights.pkl: byte ', everystep_weights=data)
    objects = np.array([[None, Hostile(os.system, f'touch {VICTIM}')]], object)
    refused('an array of objects', "numbers of type 'O8'", ca_grids_layer0=[objects])
    laughs = b']' + b''.join(b'q%c]h%ch%ce' .replace(b']h', b'](h') % (i, i, i)
                             for i in range(200)) + b'.'
    refused('lists of lists of lists, doubled 200 times', 'everystep_weights.pkl',
            everystep_weights=laughs)
    refused('a list in itself', 'everystep_weights.pkl', everystep_weights=b']q\0h\0a.')
    refused('text of 4 GB', 'truncated', everystep_weights=b'](X\xff\xff\xff\xffx')
    refused('a name that is an escape sequence', '\\x1b[2Jos.\\x9b1m', everystep_weights=(
        b'\x80\x04\x8c\x06\x1b[2Jos\x8c\x04\xc2\x9b1m\x93.'))
    refused('a tuple as a key, which may be deep', 'a dict of other things than numbers',
            frequency_dicts=[{((0,),): 1}])


def check_size():
    """What takes more than a generation of six cells can is refused before it is all there."""
    many = 200000
    for what, data in {
            'lists': b'](](' + b']' * many, 'lists in lists': b']' * many,
            'tuples': b'](N' + b'\x85' * many, 'marks': b']' + b'(' * many,
            'floats': b'](](](' + (b'G' + bytes(8)) * many + b'e',
            'cells': b'](](](G' + bytes(8) + b'eq\1' + b'h\1' * many + b'e',
            'texts': b'](](' + (b'X\xc8\0\0\0' + b'x' * 200) * 1000,
            'text': b'](X' + struct.pack('<I', many) + b'x' * many,
            'what is remembered': b'](N' + b'\x94' * many,
            'texts, encoded again and again':
                b'](c_codecs\nencode\nq\0X' + struct.pack('<I', 900) + b'x' * 900 + b'q\1(h\1X'
                b'\6\0\0\0latin1tq\2' + b'h\0h\2R' * 200,
            'digits': b'](I' + b'1' * many + b'\n'}.items():
        refused(f'too many or too much: {what}', 'can need', everystep_weights=data + b'.')
    refused('a grid encoded again and again', 'can need', ca_grids_layer0=(
        b'](c_codecs\nencode\nq\0X' + struct.pack('<I', many) + b'x' * many + b'q\1(h\1X'
        b'\6\0\0\0latin1tq\2' + b'h\0h\2R' * 200))


def check_damaged():
    save()
    with open(f'{FOLDER}/everystep_weights.pkl', 'rb') as file:
        data = file.read()
    for size in 1, 12:
        refused(f'cut to {size} bytes', 'truncated', everystep_weights=data[:size])
    cells = [[list(genome) for genome in cells] for cells in GENOMES]
    end = len(pickle.dumps(cells[:2], 4)) - len(b'e.')  # of generation 1
    for size, generations in (end - 1, 1), (end, 2), (end + 20, 2), (len(data) - 1, 3):
        cut(f'weights cut to {size} bytes', 'weights.pkl: truncated', generations,
            everystep_weights=data[:size])
    with open(f'{FOLDER}/ca_grids_layer0.pkl', 'rb') as file:
        grids = file.read()
    cut('grids cut', 'layer0.pkl: truncated', 2, ca_grids_layer0=grids[:-20])
    with open(f'{FOLDER}/frequency_dicts.pkl', 'rb') as file:
        counts = file.read()
    for size in 0, 10, len(counts) - 1:
        cut(f'counts cut to {size} bytes', 'frequency_dicts.pkl: ', 3,
            frequency_dicts=counts[:size])
    refused('empty', 'weights.pkl: empty', everystep_weights=b'')
    refused('grids empty', 'layer0.pkl: empty', ca_grids_layer0=b'')
    refused('no pickle', 'byte 0', everystep_weights=b'\\0hello')
    rng, broken, copies = np.random.default_rng(1), 0, 200 if LONG else 60
    for _ in range(copies):
        changed = bytearray(data)
        changed[rng.integers(len(data))] ^= 1 << rng.integers(8)
        save(everystep_weights=bytes(changed))
        # in the process of its own, that would take long: the module is enough
        try:
            for item in MODULE['Pickle'](f'{FOLDER}/everystep_weights.pkl', False):
                MODULE['weights_of'](item, '', 6)
        except MODULE['Refused']:
            broken += 1
    check(broken > copies / 10, f'bits changed in {copies} copies: {broken} refused, no other end')


def check_other():
    bad = [[list(genome) for genome in cells] for cells in GENOMES]
    refused('no weights', 'No such file', everystep_weights=None)
    refused('no grids', 'No such file', ca_grids_layer0=None)
    save(everystep_weights=None)
    os.mkfifo(f'{FOLDER}/everystep_weights.pkl')
    status, message = call('-o', OUT, FOLDER)
    check(status == 1 and 'weights.pkl: not a regular file' in message, 'a FIFO', message)
    refused('not a list', 'not a list', everystep_weights={1.0: 1})
    refused('no generation', 'no generation', everystep_weights=b']q\0.')
    refused('cells of numbers', 'not a list of as many weights', everystep_weights=[[1.0] * 6])
    refused('weights of text', 'no numbers', everystep_weights=[[['x'] * 12] * 6] * 3)
    refused('a cell less', 'always as many', everystep_weights=[*bad[:2], bad[2][1:]])
    refused('a weight less', '11 weights', everystep_weights=[*bad[:2],
                                                                  [g[1:] for g in bad[2]]])
    refused('13 weights', '13 weights, not 12', everystep_weights=[
        [[1.0] * 13 for _ in range(6)] for _ in range(3)])
    refused('a weight beyond all', 'not finite', everystep_weights=[
        [[1e300] * 12 for _ in range(6)] for _ in range(3)])
    refused('a grid of other size', 'grid of 2 x 3 floats',
            ca_grids_layer0=[STATE[1], STATE[2][:1]])
    refused('grids of whole numbers', 'a grid of floats',
            ca_grids_layer0=[s.astype(int) for s in STATE])
    refused('grids without cells', 'a grid of floats', ca_grids_layer0=[STATE[1][:0]])
    cut('too few grids', 'layer0.pkl: ends before generation 2', 2, ca_grids_layer0=[STATE[1]])
    cut('too few grids and weights', 'layer0.pkl: ends before generation 2', 2,
        ca_grids_layer0=[STATE[1]], everystep_weights=bad[:2])
    cut('too few weights', 'weights.pkl: ends before generation 1', 1,
        everystep_weights=bad[:1])
    cut('too few counts', 'dicts.pkl: ends before generation 2', 3, frequency_dicts=COUNTS[:1])
    refused('a layer too many', 'not 44 as for 2 layers', ca_grids_layer1=[STATE[1]])
    refused('a layer in between missing', 'layer1.pkl: No such file', ca_grids_layer2=[STATE[1]])
    refused('a layer of other shape', 'layer1.pkl: not a grid of 2 x 3 floats',
            ca_grids_layer1=[STATE[1].T])
    refused('other counts', 'generation 2: counts', frequency_dicts=[COUNTS[0], COUNTS[0]])
    refused('no counts', 'not a dict', frequency_dicts=[1, 2])
    refused('alpha that no cell has', 'values from 0.3', frequency_dicts=None,
            ca_grids_layer0=[STATE[1], STATE[2] + F(.3)])
    save()
    check(call('--ip', '2', FOLDER)[0] == 2, 'a parameter out of range')
    check(call()[0] == 2 and call('--nonsense', FOLDER)[0] == 2, 'usage')
    check(call('--help')[0] == 0, '--help')


def check_good():
    for protocol in range(6):
        accepted(f'protocol {protocol}', protocol=protocol)
    accepted('numpy numbers, double, in Fortran order, big-endian', everystep_weights=[
        [[F(w) for w in genome] for genome in cells] for cells in GENOMES],
             ca_grids_layer0=[np.asfortranarray(STATE[1], '<f8'), STATE[2].astype('>f4')],
             frequency_dicts=[{F(k): np.int64(n) for k, n in counts.items()} for counts in COUNTS])
    for protocol in range(6):  # enough of them that limits per generation count
        rng, shape = np.random.default_rng(1), (20, 20)
        save(protocol=protocol, frequency_dicts=None, ca_grids_layer0=[np.ones(shape, F)],
             everystep_weights=[[list(rng.random(12, F)) for _ in range(400)] for _ in range(2)])
        status, message = call('-o', OUT, FOLDER)
        check(status == 0, f'numbers of numpy, protocol {protocol}', message)
    # pickle.Pickler in C and in Python write other opcodes
    accepted('pickled in Python', dump=lambda value, file, protocol:
             pickle._Pickler(file, protocol).dump(value))
    accepted('a last grid without weights', ca_grids_layer0=[STATE[1], STATE[2], STATE[1]],
             frequency_dicts=None)
    shared = [list(genome) for genome in GENOMES[1]]  # the same list in two generations
    again = [GENOMES[0], shared, [shared[i] if GENOMES[2][i] == GENOMES[1][i] else GENOMES[2][i]
                                  for i in range(6)]]
    refused('a generation that refers to an earlier one', '--whole', everystep_weights=again)
    accepted('but with --whole', '--whole', everystep_weights=again)


def check_packed():
    data = pickle.dumps(GENOMES)
    for program, magic in ('gunzip', b'\x1f\x8b'), ('unzstd', b'\x28\xb5\x2f\xfd'):
        refused(f'for {program}', f"weights.pkl: compressed: unpack it first, with '{program}'",
                everystep_weights=magic + data)
    tar = bytes(257) + b'ustar' + bytes(300)
    refused('a tar archive', 'weights.pkl: a tar archive', everystep_weights=tar)
    save(everystep_weights=None)
    archive, packed = os.path.join(SCRATCH.name, 'a.tar'), f'{FOLDER}/everystep_weights.pkl.gz'
    with open(packed, 'wb') as file:
        file.write(data)
    status, message = call('-o', OUT, FOLDER)
    check(status == 1 and f'{packed} is: unpack' in message, 'a packed file beside', message)
    with open(archive, 'wb') as file:
        file.write(tar)
    status, message = call('-o', OUT, archive)
    check(status == 1 and f'{archive}: a tar archive' in message, 'an archive for DIR', message)


def check_parameters():
    """What the pickles show of the parameters, contradict or leave open."""
    def header(*arguments, **changes):
        save(**changes)
        status, message = call('-o', OUT, *arguments, FOLDER)
        return [line.rpartition('pickles')[2] for line in message.splitlines()], (
            written() if not status else {})
    lines, model = header()
    check(lines == [': init 0.4', ', assumed: alpha 0.5, activation sigmoid, hidden sigmoid, '
                    'ip 0.1, ppp 0.02, budget 4, schedule raster, seed 1']
          and float(model['init']) == .4 and model['activation'] == 'sigmoid',
          'parameters that are not given are reported', *lines)
    given = '--alpha=0.25 --activation=tanh --hidden=relu --ip=0.5 --ppp=1 --seed=7'.split()
    lines, model = header('--init=0.45', '--schedule=sync', '--budget=inf', *given)
    check(not lines and model['hidden'] == 'relu' and model['schedule'] == 'sync'
          and float(model['init']) == .45, 'given ones are not', *lines)
    two = {'everystep_weights': [[[w] * 44 if any(g) else [0.0] * 44
                                  for w, g in zip(range(1, 7), cells)] for cells in GENOMES],
           'ca_grids_layer1': [STATE[1], -STATE[2]]}
    lines, model = header(**two)
    check(lines and lines[0] == ': init 0.4, activation tanh' and model['activation'] == 'tanh',
          'activation tanh, where a hidden channel is negative', *lines)
    refused('and sigmoid given', 'layer1.pkl: goes down to -1.0', '--activation=sigmoid', **two)
    refused('an alpha that cells live with', 'layer0.pkl: cells live with 0.6', '--alpha=0.6')
    refused('an alpha assumed', 'give --alpha', ca_grids_layer0=[STATE[1] / 2, STATE[2]],
            frequency_dicts=None)
    refused('a budget that a cell outlives', 'lives for 2 generations', '--budget=1')
    refused('an init of other cells', '2 of 6 cells', '--init=0.5')


def check_cases():
    """As the thesis's program writes them."""
    subprocess.run(['tar', '--zstd', '-xf', 'tests/thesis-cases.tar.zst', '-C', SCRATCH.name],
                   check=True)

    def census(case, *arguments):
        status, message = call('-o', OUT, *arguments, os.path.join(SCRATCH.name, case))
        with open(named('more'), 'wb') as file:
            file.write(output('step', '-n', '1', OUT))
        rows = table('census', OUT)[1] + table('census', named('more'))[1][-1:]
        lineage = output('lineage', '--all', OUT).count(b'\n') - 1
        genomes = [int(row[1]) for row in rows[:-1]]
        return status, fault_in(message), genomes, lineage, int(rows[-1][0])

    found = census('alpha085', '--budget=3')
    check(found == (0, '', [12, 10, 10, 14, 17, 26], 46, 20), 'counts rounded in float32', found)
    status, message, *found = census('runpy-order', '--budget=3')
    check(status == 0 and found == [[12, 10, 10, 14, 17], 34, 14] and 'there twice' in message
          and 'generation 5 is left out' in message,
          'generation 0 twice: one copy is left out, and the next step is the recorded one',
          message, found)
    for case, fault in (('truncated-weights', 'everystep_weights.pkl: truncated'),
                        ('interrupted-dump', 'ca_grids_layer1.pkl: ends before generation 3')):
        status, message, *found = census(case, '--budget=3')
        check(status == 1 and fault in message and message.count('\n') == 1
              and found[0] == [12, 10, 10], f'{case}: three generations', message, found)
    status, message = call('-o', OUT, os.path.join(SCRATCH.name, 'no-grid1'))
    check(status == 1 and 'ca_grids_layer1.pkl: missing' in message, 'no-grid1', message)
    folder = os.path.join(SCRATCH.name, 'list-sigmoid')
    status, message = call('-o', OUT, folder)
    activation = written()['activation']
    check(status == 0 and activation == 'tanh' and 'activation tanh' in message,
          'list-sigmoid: tanh', activation, message)
    status, message = call('-o', OUT, '--activation=sigmoid', folder)
    check(status == 1 and 'layer1.pkl: goes down to -0.978' in message, 'and no sigmoid', message)


def check_memory():
    """Many times the generations, no more memory."""
    most = []
    for times in 5, 100 if LONG else 30:
        rng = np.random.default_rng(1)
        weights = [[(rng.integers(8, size=12) / 8).tolist() for _ in range(1500)]
                   for _ in range(times)]
        grids = [np.ones((30, 50), F) for _ in range(times - 1)]
        save(everystep_weights=weights, ca_grids_layer0=grids, frequency_dicts=None)
        del weights
        code = ('import runpy, sys; sys.argv = sys.argv[1:]\n'
                'try: runpy.run_path(sys.argv[0], run_name="__main__")\n'
                'except SystemExit as e: assert not e.code, e.code\n'
                'print(*(s.split()[1] for s in open("/proc/self/status") if "VmHWM" in s))')
        done = subprocess.run(
            [sys.executable, '-c', code, SCRIPT, '--budget=inf', '-o', OUT, FOLDER],
            check=True, capture_output=True, env=ENVIRONMENT)
        most.append(int(done.stdout))
    check(most[1] < most[0] + 8000,
          f'memory for a generation: {most} KiB for 5 and {times} of them')


if __name__ == '__main__':
    MODULE = runpy.run_path(SCRIPT)
    check_good()
    check_hostile()
    check_size()
    check_damaged()
    check_other()
    check_packed()
    check_parameters()
    check_cases()
    check_memory()
    finish()
