# SPDX-License-Identifier: MIT
"""Makes the wheel: the package nca, with programs that need no library of the machine. They are
built with the C library in them (STATIC=all), so that they run on every Linux of this processor.
pip calls build_wheel() (PEP 517), and so does make wheel."""

import base64
import hashlib
import os
import platform
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARIES = 'zstd', 'xxhash', 'z', 'lapacke', 'lapack', 'blas', 'gfortran', 'quadmath', 'c'
TAGS = 'manylinux_2_17', 'manylinux2014', 'musllinux_1_1'  # static programs run on all of them

NOTICE = '''\
The programs in this wheel contain these libraries, as Debian builds them (package, version, file):

{libraries}

Their licences are in the files beside this one. glibc and libquadmath are free under the GNU Lesser
General Public License 2.1, and Debian has their source: https://sources.debian.org. To have other
versions of these libraries in the programs, take the source of nca {version}, commit
{commit}, put your lib*.a where the compiler finds them, and run "make wheel".
'''


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def metadata(project, version, files):
    """METADATA, version 2.4."""
    lines = ['Metadata-Version: 2.4', f'Name: {project["name"]}', f'Version: {version}',
             f'Summary: {project["description"]}', f'License-Expression: {project["license"]}',
             f'Requires-Python: {project["requires-python"]}',
             'Description-Content-Type: text/markdown']
    lines += [f'License-File: {name}' for name in files]
    lines += [f'Requires-Dist: {name}' for name in project['dependencies']]
    for extra, names in project['optional-dependencies'].items():
        lines.append(f'Provides-Extra: {extra}')
        lines += [f"Requires-Dist: {name}; extra == '{extra}'" for name in names]
    return '\n'.join([*lines, '', (ROOT / project['readme']).read_text('utf-8')])


def licences(version, program):
    """name -> bytes: nca's, and those of the libraries in its programs."""
    files = {'LICENSE': (ROOT / 'LICENSE').read_bytes()}
    lines = []
    for library in LIBRARIES:
        archive = os.path.realpath(output('cc', f'-print-file-name=lib{library}.a'))
        package = output('dpkg', '-S', archive).split(':')[0]
        lines.append(f'    {package} {output("dpkg-query", "-Wf", "${Version}", package)} '
                     f'lib{library}.a')
        files[f'{package}.copyright'] = Path(f'/usr/share/doc/{package}/copyright').read_bytes()
    for name in 'LGPL-2.1', 'GPL-3':
        files[name] = Path('/usr/share/common-licenses', name).read_bytes()
    commit = (re.findall(r'\(([0-9a-f]+\S*)\)', output(program, '--version')) or ['unknown'])[-1]
    files['NOTICE'] = NOTICE.format(libraries='\n'.join(lines), version=version,
                                    commit=commit).encode()
    return files


def write(file, contents, record):
    """The same bytes for the same contents: name -> (bytes, whether it is a program)."""
    lines = []
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (data, program) in contents.items():
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.external_attr = (0o100755 if program else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name == record:
                data = '\n'.join([*lines, f'{name},,', '']).encode()
            archive.writestr(entry, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')
            lines.append(f'{name},sha256={digest},{len(data)}')


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Returns the name of the wheel in the directory."""
    del config_settings, metadata_directory
    build = Path(os.environ.get('BUILD', 'build'), 'wheel')
    subprocess.run(['make', '--no-print-directory', f'-j{os.cpu_count()}', f'BUILD={build}',
                    'CUDA=no', 'STATIC=all', 'LDFLAGS=-s', 'all'], cwd=ROOT, check=True,
                   stdout=sys.stderr, env={name: value for name, value in os.environ.items()
                                           if name not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')})
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text('utf-8'))['project']
    version = re.search('NCA_VERSION "(.*)"', (ROOT / 'common/version.h').read_text())[1]
    base = f'{project["name"]}-{version}'
    tag = f'py3-none-{".".join(f"{name}_{platform.machine()}" for name in TAGS)}'
    package = sorted((ROOT / 'pipelines/python/nca').glob('*.py*'))
    programs = sorted((ROOT / build / 'bin').iterdir())
    pages = sorted([*(ROOT / build / 'man').iterdir(), *ROOT.glob('bin-src/*.7'),
                    *ROOT.glob('format/*.5')])
    contents = {f'nca/{path.name}': (path.read_bytes(), False) for path in package}
    contents |= {f'{base}.data/scripts/{path.name}': (path.read_bytes(), True)
                 for path in programs}
    contents |= {f'{base}.data/data/share/man/man{path.suffix[1]}/{path.name}':
                 (path.read_bytes(), False) for path in pages}
    info, files = f'{base}.dist-info', licences(version, programs[0])
    contents |= {f'{info}/licenses/{name}': (data, False) for name, data in files.items()}
    contents[f'{info}/METADATA'] = metadata(project, version, files).encode(), False
    contents[f'{info}/WHEEL'] = '\n'.join(
        ['Wheel-Version: 1.0', 'Generator: nca', 'Root-Is-Purelib: false',
         *(f'Tag: py3-none-{name}_{platform.machine()}' for name in TAGS), '']).encode(), False
    contents[f'{info}/RECORD'] = b'', False
    name = f'{base}-{tag}.whl'
    write(Path(wheel_directory, name), contents, f'{info}/RECORD')
    return name


if __name__ == '__main__':
    print(build_wheel(sys.argv[1]))
