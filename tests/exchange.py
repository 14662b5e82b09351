# SPDX-License-Identifier: MIT
"""Streams as arrays of numpy, and back: exchange.py BUILD

What nca-export writes is compared with format/nca.py and with numpy.save(), what nca-import makes
of it with the first stream, and what it makes of hand-made arrays with values that stand here.
Prints TAP.
"""

import io
import os
import resource
import signal
import subprocess
import time

import numpy as np

from taps import BIN, SCRATCH, F, check, finish, named, nca, output, run

TABLES = 'parameters', 'serials', 'parents', 'born', 'slots'
TYPES = {'generations': '<u8', 'alpha': '<f4', 'state': '<f4', 'ages': '<u4', 'genotypes': '<u4',
         'parameters': '<f4', 'serials': '<u8', 'parents': '<u8', 'born': '<u8', 'slots': '<u4',
         'genomes': '<f4'}


def folder(name):
    return os.path.join(SCRATCH.name, name)


def call(program, *arguments, **more):
    done = subprocess.run([f'{BIN}/nca-{program}', *arguments], capture_output=True, check=False,
                          timeout=60, **more)
    return done.returncode, done.stderr.decode()


def load(name):
    return {file[:-4]: np.load(os.path.join(folder(name), file), mmap_mode='r')
            for file in sorted(os.listdir(folder(name))) if file.endswith('.npy')}


def export(name, *arguments):
    """What nca-export writes of a stream of that name, which must go well."""
    result = call('export', '--npy', folder(name), *arguments, named(name))
    assert result == (0, ''), result
    return load(name)


def save(name, header=None, **arrays):
    """A folder of arrays."""
    os.makedirs(folder(name), exist_ok=True)
    for old in os.listdir(folder(name)):
        os.remove(os.path.join(folder(name), old))
    for key, array in arrays.items():
        np.save(os.path.join(folder(name), key), np.asarray(array, TYPES[key]))
    if header:
        with open(os.path.join(folder(name), 'header.txt'), 'w', encoding='ascii') as file:
            file.write(header)


def imported(name, *arguments):
    """The generations of what nca-import makes of a folder."""
    return list(nca.open(io.BytesIO(output('import', '--npy', folder(name), *arguments))))


def records(file):
    """All records but HEAD, with their payloads, hashes aside."""
    from variants import records as all_records  # it reads STREAM.md's example
    with open(file, 'rb') as stream:
        return [record[:3] for record in all_records(stream.read()) if record[0] != 'HEAD']


# Export

def check_export(name, what):
    arrays, reader = export(name), nca.open(named(name))
    genomes = export(name, '--arrays', 'genomes')['genomes']
    good, t, births = True, 0, 0
    for t, g in enumerate(reader):
        of_cells = arrays['genotypes'][t]
        good &= (arrays['generations'][t] == g.generation
                 and np.array_equal(arrays['state'][t], g.state)
                 and np.array_equal(arrays['alpha'][t], g.alpha)
                 and np.array_equal(arrays['ages'][t], g.ages)
                 and np.array_equal(genomes[t], g.genomes())
                 and np.array_equal(arrays['parameters'][of_cells.ravel()], g.genomes())
                 and np.array_equal(arrays['slots'][of_cells], g.slots))
        rows = {int(serial): row for row, serial in enumerate(arrays['serials'])}
        for birth in g.births:
            row = rows[birth.serial]
            births += 1
            good &= (arrays['parents'][row] == birth.parent and arrays['slots'][row] == birth.slot
                     and arrays['born'][row] == birth.generation
                     and np.array_equal(arrays['parameters'][row], birth.parameters))
        for slot, genome in g.pool.items():
            row = rows[genome.serial]
            good &= arrays['parents'][row] == genome.parent and arrays['slots'][row] == slot
    lengths = {len(array) for key, array in arrays.items() if key not in TABLES}
    check(good and births and lengths == {t + 1}, f'export: {what}')
    check({key: array.dtype.str for key, array in arrays.items()}
          == {key: TYPES[key] for key in arrays if key != 'genomes'} and len(arrays) == 10,
          f'export: types, {what}')
    with open(os.path.join(folder(name), 'header.txt'), encoding='utf-8') as file:
        check(nca.parse_head(file.read()) == (reader.header, reader.history),
              f'export: header, {what}')


def check_bytes(name):
    wrong = []
    for key, array in load(name).items():
        buffer = io.BytesIO()
        np.save(buffer, array)
        with open(os.path.join(folder(name), key + '.npy'), 'rb') as file:
            if file.read() != buffer.getvalue():
                wrong.append(key)
    check(not wrong, f'export: as numpy.save() writes them, {name}', f'not so: {wrong}')


def same_start(name, whole, what, least=1):
    """The arrays in a folder are all complete, and the whole ones up to some generation."""
    part = load(name)
    lengths = {len(array) for key, array in part.items() if key not in TABLES}
    sizes = {len(part[key]) for key in TABLES if key in part}
    check(len(lengths) == 1 and len(sizes) <= 1 and lengths.pop() >= least
          and all(np.array_equal(array, whole[key][:len(array)]) for key, array in part.items())
          and ('genotypes' not in part or part['genotypes'].max(initial=0) < max(sizes)), what)


def check_faults():
    whole = load('full')
    with open(named('full'), 'rb') as file:
        data = file.read()
    for share in 0.03, 0.5, 0.9, 1:
        with open(named('cut'), 'wb') as file:
            file.write(data[:int(share * len(data)) - 1])
        status, message = call('export', '--npy', folder('cut'), named('cut'))
        check(status == 1 and message.count('\n') == 1 and 'truncated' in message,
              f'export: cut to {share} is refused', message)
        same_start('cut', whole, 'and what is complete is there', int(share * 20))

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70000, 70000))
    status, message = call('export', '--npy', folder('disk'), named('full'), preexec_fn=no_room)
    check(status == 1 and message.count('\n') == 1 and '.npy: ' in message,
          'export: no room for more', message)
    same_start('disk', whole, 'and what is complete is there')

    with open(named('lacks'), 'wb') as file:
        file.write(data + output('step', '-n', '2', '--sections', 'state', named('full')))
    status, message = call('export', '--npy', folder('lacks'), named('lacks'))
    check(status == 1 and 'generation 31 has no ages' in message, 'export: a part without ages',
          message)
    same_start('lacks', whole, 'and what is complete is there', 31)
    check(list(export('lacks', '--arrays', 'state')['generations']) == list(range(33)),
          'export: of a part without ages, the state')

    for number in signal.SIGTERM, signal.SIGUSR1:
        with subprocess.Popen([f'{BIN}/nca-step', '-n', '0', named('full')],
                              stdout=subprocess.PIPE) as step, subprocess.Popen(
                                  [f'{BIN}/nca-export', '--npy', folder('signal')],
                                  stdin=step.stdout) as process:
            step.stdout.close()
            while not os.path.exists(folder('signal') + '/born.npy') or os.path.getsize(
                    folder('signal') + '/generations.npy') < 256:
                time.sleep(0.01)
            process.send_signal(number)
            status = process.wait(30)
            step.kill()
        arrays = load('signal')
        check(status == (0 if number == signal.SIGUSR1 else 128 + number)
              and len(arrays['alpha']) == len(arrays['generations']) > 10
              and arrays['genotypes'].max() < len(arrays['parameters']), f'export: signal {number}')
        for file in os.listdir(folder('signal')):
            os.remove(f'{folder("signal")}/{file}')


def check_choice():
    keys = sorted(export('full', '--arrays', 'alpha,genotypes'))
    check(keys == sorted(load('full')), 'export: others are left alone')
    os.makedirs(folder('alpha'))
    os.symlink(named('full'), named('alpha'))
    check(sorted(export('alpha', '--arrays', 'alpha')) == ['alpha', 'generations']
          and np.array_equal(load('alpha')['alpha'], load('full')['alpha']), 'export: alpha alone')
    run('state', '-W 9 -H 7 --init 0.2', '-n 4 --sections state')
    check(sorted(export('state')) == ['alpha', 'generations', 'state'],
          'export: what is not there is left out')
    status, message = call('export', '--npy', folder('none'), '--arrays', 'ages', named('state'))
    check(status == 1 and 'has no ages' in message and not os.path.exists(folder('none')),
          'export: but not if it is asked for', message)
    for arguments in [], ['--npy', folder('none'), '--arrays', 'x']:
        status, message = call('export', *arguments, named('state'))
        check(status == 2 and message.count('\n') == 1, f'export {arguments}: usage', message)


def check_links():
    """What is no regular file is not replaced, nor what a link leads to, and nothing is written."""
    os.makedirs(folder('links'))
    with open(folder('target'), 'w', encoding='ascii') as file:
        file.write('mine')

    def link(name):
        os.symlink(folder('target'), name)
    for key, make in (('header.txt', link), ('born.npy', link), ('header.txt', os.mkfifo),
                      ('alpha.npy', os.mkdir)):
        name = os.path.join(folder('links'), key)
        make(name)
        status, message = call('export', '--npy', folder('links'), named('full'))
        check(status == 1 and message.count('\n') == 1 and f'{key}: ' in message
              and 'only regular files' in message and os.listdir(folder('links')) == [key],
              f'export: {key} is {make.__name__}', message)
        (os.rmdir if make is os.mkdir else os.remove)(name)
    with open(folder('target'), encoding='ascii') as file:
        check(file.read() == 'mine', 'export: what the links lead to is as it was')


# Import

def check_shorter():
    """While the pipe is full, the array that is read loses its end."""
    save('shorter', state=np.random.default_rng(1).uniform(0, 1, (20, 2, 200, 200)))
    with subprocess.Popen([f'{BIN}/nca-import', '--npy', folder('shorter')],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(1)
        os.truncate(folder('shorter') + '/state.npy', 4096)
        message = process.communicate(timeout=60)[1].decode()
    check(process.returncode == 1 and message.count('\n') == 1
          and message.endswith('state.npy: became shorter while it was read\n'),
          'import: an array that becomes shorter', f'{process.returncode} {message}')


def check_round_trip(name, what, exact=True):
    if not os.path.exists(folder(name)):
        export(name)
    call('import', '--npy', folder(name), '-o', named(name + '-again'))
    check(call('info', '--check', named(name + '-again'))[0] == 0
          and (records(named(name)) == records(named(name + '-again')) or not exact),
          f'there and back: {what}')


def check_measures(name, *files, what):
    wrong = [measure for measure in
             ('ctfp', 'entropy', 'gcvp', 'clogv', 'ghc', 'rwsp', 'cnwa', 'census')
             if output(measure, '--tsv', *files) != output(measure, '--tsv', named(name))]
    if 'lineages' not in what and output('lineage', *files) != output('lineage', named(name)):
        wrong.append('lineage')
    check(not wrong, f'the same measures: {what}', f'not so: {wrong}')


def check_content(name):
    """Without ages and lineages: same cells, same genomes, and the parents that are stored."""
    arrays = export(name, '--arrays', 'state,genomes')
    save('content', state=arrays['state'], genomes=arrays['genomes'])
    header = folder(name) + '/header.txt'
    os.symlink(header, folder('content') + '/header.txt')
    status, message = call('import', '--npy', folder('content'), '-o', named('content'))
    check((status, message) == (0, ''), f'without ages and lineages: {name}', message)
    check_measures('content', named(name), what=f'without ages and lineages, {name}')
    right, births = 0, 0
    content, known = {}, {0: None}
    for stored, found in zip(nca.open(named(name)), nca.open(named('content'))):
        content |= {b.serial: b.parameters.tobytes() for b in stored.births}
        content |= {g.serial: g.parameters.tobytes() for g in stored.pool.values()}
        content[0] = None
        parents = {content[b.serial]: content[b.parent] for b in stored.births}
        known |= {b.serial: b.parameters.tobytes() for b in found.births}
        known |= {g.serial: g.parameters.tobytes() for g in found.pool.values() if g.serial}
        for birth in found.births:
            births += 1
            right += known.get(birth.parent, b'') == parents.get(birth.parameters.tobytes())
    check(births > 100 and right >= 0.97 * births, f'{right} of {births} parents are found')


def genome(*changes, base=0.0):
    """Of one channel: W1[9], b1, W2, b2."""
    values = np.full(12, base, F)
    values[9] = values[11] = 0
    for at, value in changes:
        values[at] = value
    return values


def check_parents():
    """A row of nine cells; each newborn has another reason for its parent, or for none."""
    rng = np.random.default_rng(4)
    a, b, none = rng.uniform(-1, 1, 12).astype(F), rng.uniform(-1, 1, 12).astype(F), genome()
    twin = a.copy()
    twin[0] += F(0.5)

    def changed(parent, **changes):
        child = parent.copy()
        for at, value in changes.items():
            child[int(at[1:])] += F(value)
        return child
    cases = {
        'a weight differs': ([a, none, none], changed(a, w2=0.4), a),
        'five weights differ': ([a, none, none], changed(a, w2=.4, w3=.1, w4=-1, w5=.2, w6=.3), a),
        'six of ten differ': ([a, none, none],
                              changed(a, w1=.4, w2=.4, w3=.1, w4=-1, w5=.2, w6=.3), None),
        'a weight differs by 1.1': ([a, none, none], changed(a, w2=1.1), None),
        'a bias differs': ([a, none, none], changed(a, w9=.1, w2=.1), None),
        'the nearer one': ([twin, none, a], changed(a, w3=0.1), a),
        'both as near': ([twin, none, a], changed(a, w0=0.2), None),
        'strangers': ([a, none, b], rng.uniform(-1, 1, 12).astype(F), None),
        'of two, the right one': ([a, none, b], changed(b, w8=-.7), b),
    }
    for what, (before, child, parent) in cases.items():
        before = before + [none] * 6
        after = list(before)
        after[1] = child
        alive = np.array([[[[g.any() for g in before]]], [[[g.any() for g in after]]]], F)
        save('parents', state=alive, genomes=np.array([before, after]))
        g = imported('parents', '--alpha', '0.5')[1]
        found = {x.serial: x.parameters.tobytes() for x in g.pool.values()} | {0: None}
        check(len(g.births) == 1 and found[g.births[0].parent]
              == (None if parent is None else parent.tobytes()), f'parents: {what}')
    # it comes to cell 1 of cell 0, which has taken it over in the same generation
    before, after = [none] * 9, [none] * 9
    before[8] = before[0] = b
    after[0], after[1] = a, changed(a, w1=0.3)
    before[8] = a
    alive = np.array([[[[g.any() for g in before]]], [[[g.any() for g in after]]]], F)
    for schedule in 'raster', 'sync':
        save('parents', state=alive, genomes=np.array([before, after]))
        birth, = imported('parents', '--schedule', schedule)[1].births
        check((birth.parent != 0) == (schedule == 'raster'),
              f'parents: by way of another, {schedule}')
    save('parents', state=alive * F(0.5), genomes=np.array([before, after]))
    check(imported('parents', '--alpha', '0.6')[1].births[0].parent == 0,
          'parents: none above the threshold')


def check_ages():
    alive = np.array([[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [1, 1, 1, 0, 1], [0, 1, 1, 0, 1]], F)
    for numbers, expected in (
            (None, [[0, 0, 0, 0, 0], [1, 0, 1, 0, 1], [2, 1, 2, 0, 2], [0, 2, 3, 0, 3]]),
            ([5, 6, 7, 8], [[1, 1, 0, 0, 1], [2, 0, 1, 0, 2], [3, 1, 2, 0, 3], [0, 2, 3, 0, 4]]),
            ([0, 1, 5, 6], [[0, 0, 0, 0, 0], [1, 0, 1, 0, 1], [5, 1, 5, 0, 5], [0, 2, 6, 0, 6]])):
        save('ages', alpha=alive[:, None], **({'generations': numbers} if numbers else {}))
        ages = [g.ages.ravel().tolist() for g in imported('ages')]
        check(ages == expected, f'ages: generations {numbers}', str(ages))


def check_zeros():
    """-0 is stored as 0, and marks no cell."""
    save('zeros', state=np.array([.5, -0., -0., 0, -0., -0., .25, 0], F).reshape(1, 2, 2, 2))
    with open(named('zeros'), 'wb') as file:
        file.write(output('import', '--npy', folder('zeros')))
    payload = next(payload for tag, _, payload in records(named('zeros')) if tag == 'STAT')
    planes = [np.array(channel, '>f4').view('u1').reshape(2, 4).T.tobytes()
              for channel in ((.5, 0), (0, .25))]  # of cells 0 and 2
    check(payload == bytes([0b101]) + b''.join(planes), 'import: -0 in the state',
          payload.hex(' '))


def check_forms():
    """What of all there can be makes a stream."""
    a, b = genome(base=0.5), genome(base=-0.25)
    genomes = np.array([[a, genome(), b, a], [a, b, b, genome()]])
    state = np.array([[[[1, 0], [1, .5]]], [[[1, .5], [1, 0]]]], F)
    genotypes = [[[1, 0], [2, 1]], [[1, 2], [2, 0]]]
    forms = {
        'genomes, by cell': dict(state=state, genomes=genomes),
        'genomes, by row and column': dict(state=state, genomes=genomes.reshape(2, 2, 2, 12)),
        'genotypes': dict(state=state, genotypes=genotypes, parameters=[genome(), a, b]),
        'alpha': dict(alpha=state[:, 0], genomes=genomes),
        'genomes alone': dict(genomes=genomes.reshape(2, 2, 2, 12)),
        'genotypes alone': dict(genotypes=genotypes, parameters=[genome(), a, b]),
        'a history': dict(state=state, genotypes=genotypes, parameters=[genome(), a, b],
                          serials=[0, 5, 9], parents=[0, 2, 5], born=[0, 0, 0], slots=[0, 3, 2]),
        'a history, broken off': dict(state=state, genotypes=[[[1, 0], [1, 1]], [[1, 2], [2, 0]]],
                                      parameters=[genome(), a, b], serials=[0, 5, 9],
                                      parents=[0, 2, 4], born=[0, 0, 1], slots=[0, 3, 2]),
    }
    for what, arrays in forms.items():
        save('forms', **arrays)
        generations = imported('forms')
        good = len(generations) == 2 and all(
            np.array_equal(g.genomes(), genomes[t])
            or what == 'a history, broken off' and t == 0 for t, g in enumerate(generations))
        if 'history' in what:
            good &= {(s, g.serial, g.parent) for s, g in generations[1].pool.items() if s} == {
                (3, 5, 2), (2, 9, arrays['parents'][2])}
        check(good, f'import: {what}')
    # births that GENE cannot store: a POOL takes their place
    c = genome(base=0.75)
    for what, before, parents, born, slots in (
            ('slots descend', [[1, 0], [0, 0]], [0, 2, 5, 5], [0, 0, 1, 1], [0, 1, 4, 3]),
            ('slot is not free', [[1, 2], [0, 0]], [0, 2, 2, 5], [0, 0, 0, 1], [0, 1, 2, 2])):
        save('forms', state=state, genotypes=[before, [[1, 2], [3, 0]] if born[2] else
                                              [[1, 3], [0, 0]]],
             parameters=[genome(), a, b, c], serials=[0, 5, 6, 7], parents=parents, born=born,
             slots=slots)
        g = imported('forms')[1]
        check(np.array_equal(g.serials.ravel(), [5, 6, 7, 0] if born[2] else [5, 7, 0, 0])
              and np.array_equal(g.genome(*divmod(2 if born[2] else 1, 2)), c) and not g.births,
              f'import: a history whose {what}')
    # every cell has a new genome in each generation: more at a time than there are slots
    genomes = np.random.default_rng(1).uniform(-9, 9, (4, 6, 12)).astype(F)
    save('forms', state=np.ones((4, 1, 2, 3), F), genomes=genomes)
    check(all(np.array_equal(g.genomes(), genomes[t]) for t, g in enumerate(imported('forms'))),
          'import: nothing but newborns')
    for version in (2, 0), (3, 0):
        save('forms', state=state)
        with open(folder('forms') + '/state.npy', 'wb') as file:
            np.lib.format.write_array(file, state, version=version)
        check(len(imported('forms')) == 2, f'import: .npy of version {version[0]}')
    save('forms', state=state)
    with open(folder('forms') + '/state.npy', 'r+b') as file:  # as numpy of Python 2 wrote it
        header = file.read(128)
        assert b'(2, 1, 2, 2), }    ' in header
        file.seek(0)
        file.write(header.replace(b'(2, 1, 2, 2), }    ', b'(2L, 1L, 2L, 2L), }'))
    check(len(imported('forms')) == 2, "import: .npy of Python 2's numpy")
    save('forms', header='NCA1\nx y\n', state=state)
    check('header.txt: ' in call('import', '--npy', folder('forms'))[1], 'import: a bad header')
    os.remove(folder('forms') + '/header.txt')
    os.mkfifo(folder('forms') + '/header.txt')
    status, message = call('import', '--npy', folder('forms'))
    check(status == 1 and message.endswith('header.txt: not a regular file\n'),
          'import: a header that is a FIFO', message)
    os.remove(folder('forms') + '/header.txt')
    check(call('import')[0] == 2 and call('import', '--npy', 'x', 'y')[0] == 2
          and call('import', '--npy', folder('forms'), '--ip', '2')[0] == 2, 'import: usage')
    status, message = call('import', '--npy', folder('nothing'))
    check(status == 1 and 'nothing: ' in message, 'import: no such directory', message)


def bad_arrays():
    """(what, file, its bytes or array, of the message): refused in a folder of good ones."""
    good = load('bad')
    state, genotypes = np.array(good['state']), np.array(good['genotypes'])

    def with_value(array, value, *at):
        array = np.array(array)
        array[at] = value
        return array
    with open(folder('bad') + '/state.npy', 'rb') as file:
        data = file.read()
    yield 'double', 'state', state.astype('<f8'), "'<f8', '<f4' is needed"
    yield 'half', 'state', state.astype('<f2'), "'<f2'"
    yield 'whole numbers', 'state', state.astype('<i4'), "'<i4'"
    yield 'big-endian', 'state', state.astype('>f4'), 'big-endian'
    yield 'big-endian', 'ages', good['ages'].astype('>u4'), 'big-endian'
    yield 'Fortran order', 'state', np.asfortranarray(state), 'Fortran order'
    yield 'objects', 'state', state.astype(object), 'Python objects'
    yield 'records', 'state', np.zeros(3, 'f4,f4'), 'array of records'
    yield 'text', 'state', np.array(['x']), "'<U1'"
    yield 'times', 'born', np.zeros(5, 'M8[s]'), "'<M8[s]'"
    yield 'one number', 'state', np.array(F(1)), 'single number'
    yield 'five dimensions', 'state', state[None], 'more than 4 dimensions'
    yield 'three dimensions', 'state', state[0], '3 dimensions, not 4'
    yield 'no channels', 'state', state[:, :0], '0 channels'
    yield '33 channels', 'state', np.zeros((6, 33, 7, 9), F), '33 channels'
    yield 'another number of channels', 'state', state[:, :1], 'genomes of 44 parameters, not 12'
    yield 'no rows', 'state', state[:, :, :0], 'without cells'
    yield 'a row less', 'state', state[:, :, 1:], 'should be'
    yield 'a generation less', 'state', state[1:], 'should be'
    yield 'turned', 'ages', good['ages'].transpose(0, 2, 1).copy(), 'should be (6, 7, 9)'
    yield 'a genotype less', 'parents', good['parents'][1:], 'should be'
    yield 'not a number', 'state', with_value(state, np.nan, 2, 1, 3, 4), 'row 2, cell 31: nan'
    yield 'too much', 'state', with_value(state, 1.5, 0, 1, 0, 0), '1.5 in channel 1'
    yield 'a little too much', 'state', with_value(state, np.nextafter(F(1), F(2)), 0, 0, 0, 0), \
        'cell 0: 1.0000001 in channel 0, not from 0 to 1'
    yield 'negative alpha', 'state', with_value(state, -.5, 5, 0, 6, 8), 'row 5, cell 62: -0.5'
    yield 'genotypes beyond', 'genotypes', with_value(genotypes, 9999, 1, 0, 0), 'genotype 9999 of'
    yield 'generations twice', 'generations', with_value(good['generations'], 3, 4), '3 after 3'
    yield 'infinite', 'parameters', with_value(good['parameters'], np.inf, 1, 3), 'not finite'
    yield 'serial 0', 'serials', with_value(good['serials'], 0, 1), 'serial 0'
    yield 'its own parent', 'parents', with_value(good['parents'], 1, 1), 'parent 1'
    yield 'slot 0', 'slots', with_value(good['slots'], 0, 1), 'slot 0, not from 1 to 63'
    yield 'slot beyond', 'slots', with_value(good['slots'], 64, 1), 'slot 64'
    yield 'one slot for two', 'slots', with_value(good['slots'], 2, 1), "another's, too"
    yield 'born before the one before', 'born', with_value(good['born'], 2, -1), '2 after'
    yield 'empty', 'state', b'', 'empty'
    yield 'no array', 'state', b'x' * 500, 'not a .npy file'
    yield 'version 9', 'state', data[:6] + b'\t' + data[7:], 'version 9.0'
    yield 'a long header', 'state', b'\x93NUMPY\2\0\xff\xff\xff\x7f' + data, 'header of 2147483647'
    yield 'a short header', 'state', data[:60], 'less than its header'
    yield 'no data', 'state', data[:128], 'truncated: 0 bytes'
    yield 'a byte less', 'state', data[:-1], 'truncated'
    yield 'a byte more', 'state', data + b'x', 'too long'
    for old, new in ((b'(6, 2', b'(99999999999999999999, 2'), (b'(6, 2', b'(-6, 2'), (b'}', b' '),
                     (b'(6, 2', b'(6, x'), (b"'shape'", b"'shapx'"), (b'False', b'Maybe'),
                     (b'{', b'['), (b"'<f4'", b"'<f4\\'"), (b': (', b' ((')):
        header = data[10:128].replace(old, new, 1)[:118].ljust(118)
        yield f'{new.decode()} in its header', 'state', data[:10] + header + data[128:], 'damaged'
    for shape in b'(4294967296, 4294967296, 4, 4)', b'(6, 4294967296, 4294967296, 4)':
        header = data[10:128].replace(b'(6, 2, 7, 9)', shape)[:118].ljust(118)
        yield f'shape {shape.decode()}', 'state', data[:10] + header + data[128:], 'do not make'


def check_bad():
    run('bad', '-W 9 -H 7 --init 0.2 --ip 0.4', '-n 5')
    export('bad')
    for what, key, bad, message in list(bad_arrays()):
        path = f'{folder("bad")}/{key}.npy'
        with open(path, 'rb') as file:
            kept = file.read()
        if isinstance(bad, bytes):
            with open(path, 'wb') as file:
                file.write(bad)
        else:
            np.save(path, bad)
        status, fault = call('import', '--npy', folder('bad'), '-o', '/dev/null')
        check(status == 1 and fault.count('\n') == 1 and message in fault
              and fault.startswith(f'nca-import: {folder("bad")}/'), f'refused: {key}: {what}',
              fault)
        os.remove(path)
        with open(path, 'wb') as file:
            file.write(kept)
    for key, make in (('ages', os.mkdir), ('parents', os.mkfifo)):
        path = f'{folder("bad")}/{key}.npy'
        os.rename(path, path + '.kept')
        make(path)
        status, fault = call('import', '--npy', folder('bad'))
        check(status == 1 and 'not a regular file' in fault,
              f'refused: {key}: {make.__name__}', fault)
        (os.rmdir if make is os.mkdir else os.remove)(path)
        os.rename(path + '.kept', path)
    os.remove(folder('bad') + '/parameters.npy')
    status, fault = call('import', '--npy', folder('bad'))
    check(status == 1 and 'parameters.npy' in fault, 'refused: genotypes without parameters', fault)
    save('bad')
    status, fault = call('import', '--npy', folder('bad'))
    check(status == 1 and 'has none of state.npy' in fault, 'refused: nothing', fault)


def main():
    seed = '-W 40 -H 30 --init 0.2 --ip 0.4 --budget 6 --seed 3'
    run('full', seed, '-n 30')
    run('late', seed, '-n 30')
    with open(named('late'), 'wb') as file:
        file.write(output('step', '-n', '9', named('full')))
    run('every', seed, '-n 30 --every 7')
    run('keyframes', seed, '-n 30 --keyframe 8')
    run('three', '--channels 3 -W 9 -H 13 --init 0.3 --ip 0.5', '-n 12')
    run('wild', seed + ' --ip 1 --ppp 0.3', '-n 30 --every 12')
    with open(named('parts'), 'wb') as file:
        for part in 'full', 'late':
            with open(named(part), 'rb') as stream:
                file.write(stream.read())
    for name, what in (('full', 'all of a run'), ('late', 'from generation 30 on'),
                       ('every', 'every 7th generation'),
                       ('keyframes', 'pools every 8th'), ('three', 'three channels'),
                       ('parts', 'two parts')):
        check_export(name, what)
        check_bytes(name)
        check_round_trip(name, what, exact=name != 'parts')
        check_measures(name + '-again', named(name), what=what)
    check_round_trip('wild', 'a pool in place of births')
    check_measures('wild-again', named('wild'), what='a pool in place of births')
    for sections in 'ages', 'genomes', 'state,ages':
        run(sections, seed, f'-n 5 --sections {sections}')
        check_round_trip(sections, f'{sections} alone')
    check_content('full')
    run('sync', seed + ' --activation tanh --alpha 0', '-n 20 --schedule sync')
    export('sync')
    check_content('sync')
    check_parents()
    check_ages()
    check_zeros()
    check_forms()
    check_faults()
    check_choice()
    check_links()
    check_shorter()
    check_bad()
    finish()


if __name__ == '__main__':
    main()
