"""Pickles of the thesis's program, good and bad, through pipelines/import-thesis: thesis.py BUILD

That the measures of a recorded run come out of them as they should is in 30-golden.t; here is what
else pickles can be. Prints TAP.
"""

import os
import pickle
import runpy
import shutil
import subprocess
import sys

import numpy as np

from taps import BIN, SCRATCH, F, check, finish, named, nca

SCRIPT = os.path.join(os.path.dirname(__file__), '..', 'pipelines', 'import-thesis')
FOLDER, OUT = os.path.join(SCRATCH.name, 'pickles'), named('out')
VICTIM = os.path.join(SCRATCH.name, 'victim')
ENVIRONMENT = os.environ | {'PATH': os.path.abspath(BIN) + os.pathsep + os.environ['PATH'],
                            'TMPDIR': SCRATCH.name}
STATE = np.array([[[1, 0, 1], [0, 0, 0]], [[.7, .6, 0], [.9, 0, 0]], [[.7, .8, 1], [0, 0, 0]]], F)
GENOME = [0.25 * i for i in range(-6, 6)]
GENOMES = [[GENOME if alive else [0.0] * 12 for alive in grid.ravel()] for grid in STATE]
COUNTS = [{0.0: 3, 0.6: 1, 0.7: 1, 0.9: 1}, {0.0: 3, 0.7: 1, 0.8: 1, 1.0: 1}]


def call(*arguments, **more):
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, timeout=60,
                          check=False, env=ENVIRONMENT, **more)
    return done.returncode, done.stderr.decode()


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


def accepted(what, *arguments, **changes):
    save(**changes)
    status, message = call(*arguments, '-o', OUT, FOLDER)
    check(status == 0 and whole(), what, message)


def refused(what, expected, *arguments, **changes):
    """One line, that names the folder and tells why; nothing has run, nothing is left."""
    save(**changes)
    if os.path.exists(OUT):
        os.remove(OUT)
    status, message = call(*arguments, '-o', OUT, FOLDER)
    left = [name for name in os.listdir(SCRATCH.name) if name.startswith('import-thesis')]
    check(status == 1 and message.count('\n') == 1 and expected in message and FOLDER in message
          and message.startswith('import-thesis: ') and not left and not os.path.exists(VICTIM)
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


def check_damaged():
    save()
    with open(f'{FOLDER}/everystep_weights.pkl', 'rb') as file:
        data = file.read()
    for size in 1, 12, len(data) // 2, len(data) - 1:
        refused(f'cut to {size} bytes', 'truncated', everystep_weights=data[:size])
    refused('empty', 'empty', everystep_weights=b'')
    refused('no pickle', 'byte 0', everystep_weights=b'\\0hello')
    rng, broken = np.random.default_rng(1), 0
    for _ in range(200):
        changed = bytearray(data)
        changed[rng.integers(len(data))] ^= 1 << rng.integers(8)
        save(everystep_weights=bytes(changed))
        # in the process of its own, that would take long: the module is enough
        try:
            for item in MODULE['Pickle'](f'{FOLDER}/everystep_weights.pkl', False):
                MODULE['weights_of'](item, '', 6)
        except MODULE['Refused']:
            broken += 1
    check(broken > 20, f'bits changed in 200 copies: {broken} refused, no other end')


def check_other():
    bad = [[list(genome) for genome in cells] for cells in GENOMES]
    refused('no weights', 'No such file', everystep_weights=None)
    refused('no grids', 'No such file', ca_grids_layer0=None)
    refused('not a list', 'not a list', everystep_weights={'a': 1})
    refused('no generation', 'not a list', everystep_weights=[])
    refused('cells of numbers', 'not a list of as many weights', everystep_weights=[[1.0] * 6])
    refused('weights of text', 'no numbers', everystep_weights=[[['x'] * 12] * 6] * 3)
    refused('a cell less', 'always as many', everystep_weights=[*bad[:2], bad[2][1:]])
    refused('a weight less', 'as many weights', everystep_weights=[*bad[:2],
                                                                  [g[1:] for g in bad[2]]])
    refused('13 weights', '13 weights, not 12', everystep_weights=[
        [[1.0] * 13 for _ in range(6)] for _ in range(3)])
    refused('a weight beyond all', 'not finite', everystep_weights=[
        [[1e300] * 12 for _ in range(6)] for _ in range(3)])
    refused('a grid of other size', 'grid of 6', ca_grids_layer0=[STATE[1], STATE[2][:1]])
    refused('grids of whole numbers', 'grid of 6', ca_grids_layer0=[s.astype(int) for s in STATE])
    refused('too few grids', 'before generation 2', ca_grids_layer0=[STATE[1]])
    refused('too many grids', 'before generation 3', ca_grids_layer0=[*STATE, STATE[1]],
            frequency_dicts=None)
    refused('a layer too many', 'not 44 as for 2 layers', ca_grids_layer1=[STATE[1]])
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


def check_memory():
    """Ten times the generations, no more memory."""
    most = []
    for times in 5, 100:
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
        done = subprocess.run([sys.executable, '-c', code, SCRIPT, '-o', OUT, FOLDER], check=True,
                              capture_output=True, env=ENVIRONMENT)
        most.append(int(done.stdout))
    check(most[1] < most[0] + 8000, f'memory for a generation: {most} KiB for 5 and 100 of them')


if __name__ == '__main__':
    MODULE = runpy.run_path(SCRIPT)
    check_good()
    check_hostile()
    check_damaged()
    check_other()
    check_memory()
    finish()
