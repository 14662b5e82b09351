# SPDX-License-Identifier: MIT
"""Starts the programs of nca, and connects them by pipes."""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import site
import subprocess
import sysconfig
import tempfile
import warnings
import weakref
from collections.abc import Sequence
from typing import IO, Any


class ProgramError(Exception):
    """A program has failed; the message is its own. .program is its name, .status its exit status:
    2 for wrong usage, such as an option that it does not have."""

    def __init__(self, program: str, status: int, message: str):
        super().__init__(message or f'{program}: status {status}')
        self.program, self.status = program, status


def find(program: str) -> str:
    """The path of a program: in PATH, or where pip has installed it with this module."""
    folders = (os.environ.get('PATH', os.defpath), sysconfig.get_path('scripts'),
               os.path.join(site.getuserbase(), 'bin'))
    if path := shutil.which(program, path=os.pathsep.join(folders)):
        return path
    raise FileNotFoundError(f'{program}: not found; add the folder of the programs to PATH')


@functools.cache
def options_of(program: str) -> frozenset[str]:
    """The long options of a program, such as 'cull-from'."""
    text = subprocess.run([find(program), '--help'], stdout=subprocess.PIPE, check=True).stdout
    return frozenset(re.findall('^ .{4} --([a-z-]+)', text.decode(), re.M))


NOT_HERE = 'output', 'help', 'version', 'resume', 'live', 'directory'


def arguments(options: dict[str, Any]) -> list[str]:
    """Options as a command line has them: cull_from=3 is --cull-from=3, True is an option without a
    value, None and False leave it out, and a list is one value with commas."""
    words = []
    for name, value in options.items():
        option = '--' + name.replace('_', '-')
        if any(word.startswith(option[2:]) for word in NOT_HERE):  # programs take short forms
            raise TypeError(f'{option} is for the command line')
        if isinstance(value, (list, tuple)):
            value = ','.join(map(str, value))
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words.append(f'{option}={value}')
    return words


def path(file: str | os.PathLike) -> str:
    """The name of a file for a program, for which - is none."""
    if (name := os.fspath(file)) == '-':
        raise TypeError('-: programs read and write files by their names')
    return name


class Pipe:
    """Programs, each of which reads what the one before writes.

    output    the binary file that the last one writes to
    """

    def __init__(self, commands: Sequence[Sequence[str]]):
        self._children: list[tuple[str, subprocess.Popen[bytes], IO[bytes]]] = []
        self._end = weakref.finalize(self, _end, self._children)
        given: Any = subprocess.DEVNULL
        for program, *words in commands:
            errors = tempfile.TemporaryFile()
            # In a session of its own: Ctrl-C is for Python, which then ends them.
            child = subprocess.Popen([find(program), *words], stdin=given, stdout=subprocess.PIPE,
                                     stderr=errors, start_new_session=True)
            self._children.append((program, child, errors))
            if given is not subprocess.DEVNULL:
                given.close()
            given = child.stdout
        self.output: IO[bytes] = given

    def check(self) -> None:
        """At the end of the output: waits for the programs, and raises the ProgramError of the
        first that has failed, but not for want of a reader. What else they say is a warning."""
        self.output.close()
        for program, child, errors in self._children:
            status = child.wait()
            errors.seek(0)
            message = errors.read().decode(errors='replace').strip()
            if status not in (0, -signal.SIGPIPE):
                self.close()
                raise ProgramError(program, status, message)
            if message:
                warnings.warn(message, stacklevel=3)
        self.close()

    def close(self) -> None:
        """Ends the programs."""
        self._end()


def _end(children):
    for _, child, errors in children:
        child.stdout.close()
        errors.close()
        if child.poll() is None:
            child.kill()
            child.wait()
