# SPDX-License-Identifier: MIT
"""The package nca, for 22-package.t: package.py FILE, which is nca-seed -W 30 -H 20 --init 0.1 --ip
0.3 --seed 7 | nca-step -n 20. Prints TAP."""

import html
import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import traceback
import warnings

import numpy as np

import nca

FILE = sys.argv[1]
OPTIONS = {'width': 30, 'height': 20, 'init': 0.1, 'ip': 0.3, 'seed': 7}
FOLDER = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
FIRST = 'nca-census', '--csv', FILE


def same(a, b):
    return a.generation == b.generation and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ('state', 'ages', 'genotypes', 'slots')) and len(a.births) == len(b.births)


def message(function, *arguments, **options):
    """What the function raises."""
    try:
        function(*arguments, **options)
    except Exception as error:  # pylint: disable=broad-exception-caught
        return f'{type(error).__name__}: {error}'
    return None


def children():
    """The programs that this one has started and not ended."""
    found = subprocess.run(['ps', '--ppid', str(os.getpid()), '-o', 'comm='], check=False,
                           capture_output=True, text=True).stdout.split()
    return [name for name in found if name.startswith('nca-')]


def census():
    """The columns of nca-census: dict of name -> list of text."""
    lines = subprocess.run(FIRST, check=True, capture_output=True, text=True).stdout.splitlines()
    header, *rows = [line.split(',') for line in lines]
    return dict(zip(header, zip(*rows)))


def check_run():
    run = nca.run(**OPTIONS, generations=20)
    assert run.header['width'] == 30 and run.sections == ['genomes', 'ages', 'state']
    assert [line.split()[0] for line in run.history] == ['nca-seed', 'nca-step']
    expected = list(nca.open(FILE))
    found = list(run)
    assert len(found) == len(expected) == 21 and all(map(same, found, expected))
    assert not children() and not list(run)


def check_options():
    run = nca.run(width=9, height=8, budget=float('inf'), cull=0.5, cull_from=3, schedule='sync',
                  sections=['ages', 'state'], no_progress=True, level=None, until=2)
    assert (run.header['budget'], run.header['cull-from']) == (float('inf'), 3)
    assert (run.header['schedule'], run.sections) == ('sync', ['ages', 'state'])
    assert [g.generation for g in run] == [0, 1, 2]


def check_endless():
    for g in nca.run(**OPTIONS, generations=0):
        if g.generation == 3:
            assert children()
            break
    assert not children()
    with nca.run(**OPTIONS, generations=0) as run:
        next(run)
    assert not children() and not list(run)


def check_on():
    assert [g.generation for g in nca.run(FILE, generations=2)] == [20, 21, 22]


def check_messages():
    for function, options, expected in (
            (nca.run, {'widht': 3, 'until': 1},
             'ProgramError: nca-seed: --widht=3: unrecognized option; did you mean --width?'),
            (nca.run, {'width': 3}, 'ProgramError: nca-step: give exactly one of'),
            (nca.run, {'schedule': 'x', 'until': 3}, 'ProgramError: nca-step: --schedule: x: not'),
            (nca.run, {'output': 'x', 'until': 3}, 'TypeError: --output is for the command line'),
            (nca.run, {'out': 'x', 'until': 3}, 'TypeError: --out is for the command line')):
        assert (message(function, **options) or '').startswith(expected), message(
            function, **options)
    assert message(nca.run, 'no.zst', until=1) == (
        'ProgramError: nca-step: no.zst: No such file or directory')
    with open(FILE, 'rb') as file:
        cut = os.path.join(FOLDER.name, '-cut.zst')
        with open(cut, 'wb') as other:
            other.write(file.read()[:-9])
    assert message(nca.run, cut, until=30).startswith(f'ProgramError: nca-step: {cut}: record 86 ')
    run = nca.run(**OPTIONS, generations=0)
    run._pipe._children[-1][1].kill()  # pylint: disable=protected-access
    assert message(list, run) == 'ProgramError: nca-step: status -9'
    assert not children()


def check_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        list(nca.run(width=9, height=9, budget=0, until=1))
    assert [str(w.message)[:19] for w in caught] == ['nca-seed: warning: ',
                                                   'nca-step: warning: ']


def check_save():
    run = nca.run(**OPTIONS, generations=20).save(os.path.join(FOLDER.name, 'saved.zst'))
    assert same(run[13], nca.open(FILE)[13]) and run.generations.tolist() == list(range(21))
    run = nca.run(**OPTIONS, generations=1)
    for text in message(run.save, '-'), message(nca.run, '-', until=9):
        assert text == 'TypeError: -: programs read and write files by their names', text
    run.close()


def check_html():
    run = nca.open(FILE)
    # pylint: disable=protected-access
    assert '<td>30</td>' in run._repr_html_() and 'nca-step' in run._repr_html_()
    run.header['<\udc9b'] = '\udce4'  # bytes that are not UTF-8
    assert '&lt;\ufffd</th><td>\ufffd<'.encode() in run._repr_html_().encode()
    shown = run[20]._repr_html_()
    assert shown.count('data:image/png;base64,') == 2 and 'cells alive' in shown
    shown = next(nca.open(FILE, sections=['genomes']))._repr_html_()
    assert 'img' not in shown and 'genomes' in shown


def check_types():
    assert nca.open(FILE, sections=['alpha'])[3].ages is None
    assert list(inspect.signature(nca.open).parameters) == list(
        inspect.signature(nca.stream.open).parameters)
    assert os.path.exists(os.path.join(os.path.dirname(nca.__file__), 'py.typed'))


def check_tables():
    frame, expected = nca.measure(FILE, only=['entropy', 'census']), census()
    assert frame.index.name == 'generation' and frame.index[-1] == 20
    assert frame.alive.astype(str).tolist() == list(expected['alive'])
    run = nca.run(**OPTIONS, generations=20)
    for other in [FILE], nca.open(FILE), run:
        entropy = nca.measure(other, only='entropy')
        assert 'gep' in entropy and entropy.equals(frame[list(entropy)])
    for program, options, columns in (('nca-census', {}, expected), ('nca-fate', {}, ['omega']),
                                      ('nca-hill', {'csv': True}, ['ghc_d1']),
                                      ('nca-lineage', {'stats': True}, ['mrca_age'])):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # nca-fate: the run is short
            other = nca.table(program, FILE, **options)
        assert other.index.name == 'generation' and set(columns) <= {'generation', *other}, program
    assert nca.lineage(FILE, stats=True).genotypes.astype(str).tolist() == list(
        expected['genotypes'])
    for options in {'tsv': True}, {'png': 'a.png'}, {'newick': True}, {'live': 3}:
        assert message(nca.table, 'nca-lineage', FILE, **options).startswith('TypeError: --')
    assert message(nca.table, 'nca-info', FILE) == 'ValueError: nca-info: prints no table'
    tree = nca.lineage(nca.open(FILE), all=True)
    assert (tree.ancestor_list == '[none]').sum() == int(expected['genotypes'][0])
    for run in FILE, run:
        assert 'nca-measure: --only: x: not one of' in message(nca.measure, run, only='x')
    with open(FILE, 'rb') as file:
        assert 'give nca.open() paths' in message(nca.measure, nca.open(file))


def check_xarray():
    data = nca.run(**OPTIONS, generations=20).to_xarray(generations=range(0, 21, 5))
    assert data.generation.values.tolist() == [0, 5, 10, 15, 20] and data.attrs['width'] == 30
    assert {name: (array.dims, str(array.dtype)) for name, array in data.items()} == {
        name: (('generation', 'row', 'col'), kind)
        for name, kind in (('alpha', 'float32'), ('ages', 'uint32'), ('genotypes', 'uint64'))}
    run = nca.open(FILE)
    for name in data:
        assert np.array_equal(data[name].sel(generation=10), getattr(run[10], name)), name
    assert run.to_xarray(['state']).state.shape == (21, 2, 20, 30)
    assert message(run.to_xarray, ['wings']).startswith("ValueError: array 'wings': not one of")


def check_parquet():
    import pyarrow.parquet
    file = os.path.join(FOLDER.name, 'run.parquet')
    nca.open(FILE).to_parquet(file)
    table = pyarrow.parquet.read_table(file)
    assert table.column_names == ['generation', 'row', 'col', 'alpha', 'ages', 'genotypes']
    columns = {name: table[name].to_numpy() for name in table.column_names}
    last, g = columns['generation'] == 20, nca.open(FILE)[20]
    for name in 'alpha', 'ages', 'genotypes':
        plane = np.zeros((20, 30), getattr(g, name).dtype)
        plane[columns['row'][last], columns['col'][last]] = columns[name][last]
        assert np.array_equal(plane, getattr(g, name)), name
    assert b'"width": 30' in table.schema.metadata[b'nca']


def check_play():
    frame = nca.play(nca.open(FILE), limit=4).data
    page = html.unescape(re.search('srcdoc="([^"]*)"', frame).group(1))
    assert page == subprocess.run(['nca-play', '--limit', '4', FILE], check=True,
                                  capture_output=True, text=True).stdout
    assert 'nca-play: --limit' in message(nca.play, FILE, limit='x')


def check_video():
    film = nca.video(nca.open(FILE), view=['alpha', 'genotypes'], scale=2)
    assert film.mimetype == 'video/mp4' and len(film.data) > 1000
    assert 'nca-render: --view' in message(nca.video, FILE, view='x')


def check_examples():
    """What the documents show, on a smaller grid."""
    source = os.path.join(os.path.dirname(__file__), '..', 'bin-src', 'nca.7')
    with open(source, encoding='utf-8') as page:
        text = page.read().split('.SH FROM PYTHON')[1].split('.EX\n')[1].split('.EE')[0]
    os.chdir(FOLDER.name)
    for shown in nca.__doc__.split('\n\n', 1)[1].split('\nNeeds')[0], text:
        for old, new in (('200', '20'), ('300', '9'), ('250', '7'), ('\\-', '-')):
            shown = shown.replace(old, new)
        exec(textwrap.dedent(shown), {'print': lambda *_: None})


def check_notebook():
    """It is executed by tests/long; this finds what is no Python, and outputs, which are not kept:
    nobody would look whether they still are what comes out."""
    source = os.path.join(os.path.dirname(__file__), '..', 'pipelines', 'notebook.ipynb')
    with open(source, encoding='utf-8') as file:
        cells = json.load(file)['cells']
    for cell in cells:
        if cell['cell_type'] == 'code':
            compile(''.join(cell['source']), source, 'exec')
            assert not cell['outputs'] and cell['execution_count'] is None
    assert len(cells) > 10


CHECKS = (
    (check_run, 'a run comes from the programs as from a file, once'),
    (check_options, 'options of both programs, lists, flags, infinity'),
    (check_endless, 'programs end with the run that is dropped or closed'),
    (check_on, 'a run goes on from a file'),
    (check_messages, 'what the programs refuse is raised with their messages'),
    (check_warning, 'what the programs warn of is a warning'),
    (check_save, 'a run is saved and opened'),
    (check_html, 'Jupyter shows the header, and pictures of a generation'),
    (check_types, 'alpha alone; the package is typed'),
    (check_notebook, 'the notebook is Python, without outputs'),
    (check_tables, 'tables of files, streams and runs', 'pandas'),
    (check_xarray, 'to_xarray()', 'xarray'),
    (check_parquet, 'to_parquet()', 'pyarrow'),
    (check_play, 'play()', 'IPython'),
    (check_video, 'video()', 'IPython', 'ffmpeg'),
    (check_examples, 'the examples of nca(7) and help(nca)', 'pandas', 'xarray', 'pyarrow',
     'IPython', 'ffmpeg'))


def missing(name):
    if name == 'ffmpeg':
        return subprocess.run(['sh', '-c', 'command -v ffmpeg'], capture_output=True,
                              check=False).returncode
    return importlib.util.find_spec(name) is None


for number, (check, description, *needed) in enumerate(CHECKS, 1):
    if lacks := [name for name in needed if missing(name)]:
        print(f'ok {number} - {description} # SKIP without {", ".join(lacks)}')
        continue
    try:
        check()
        print(f'ok {number} - {description}')
    except Exception:  # pylint: disable=broad-exception-caught
        print(f'not ok {number} - {description}')
        print(textwrap.indent(traceback.format_exc(), '# '), end='')
print(f'1..{len(CHECKS)}')
