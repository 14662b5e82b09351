# SPDX-License-Identifier: MIT
"""Runs: streams from files, and from programs that compute them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Union

from . import conversions, pictures, stream
from .programs import Pipe, arguments, options_of, path

Source = Union[str, os.PathLike, 'Stream', 'Run', Sequence[Union[str, os.PathLike]]]


class Generation(stream.Generation):
    __doc__ = stream.Generation.__doc__

    def _repr_html_(self) -> str:
        return pictures.generation_html(self)


class Stream(conversions.Conversions, stream.Reader):
    __doc__ = stream.Reader.__doc__
    _new_generation = Generation

    def _again(self) -> stream.Reader:
        return Stream(self._files, self._wanted, self._strict, self._model)

    def _paths(self) -> list[str]:
        if any(hasattr(file, 'read') or file == '-' for file in self._files):
            raise TypeError('programs read files by their names: give nca.open() paths')
        return [os.fspath(file) for file in self._files]  # type: ignore[arg-type]


class Run(conversions.Conversions):
    """A run as it is computed, of which every generation comes once; see nca.run(). The programs
    end when it is closed, or dropped. What needs the whole run, such as nca.measure(), to_xarray()
    or save(), starts them anew: the same options give the same run, bit by bit.

    header    a dict of the parameters: width, height, channels, alpha and so on
    sections  list of those that its generations carry: of 'genomes', 'ages', 'state'
    history   list of lines: the programs that it passed through, and their arguments
    """

    def __init__(self, commands: list[list[str]]):
        self._commands = commands
        self._pipe = Pipe(commands)
        failed = None
        try:
            self._reader = Stream([self._pipe.output])  # type: ignore[list-item]
        except stream.Error as error:
            failed = error
        if failed:
            self._pipe.check()  # what the programs say is the cause
            raise failed
        self.header, self.sections = self._reader.header, self._reader.sections
        self.history = self._reader.history

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the programs."""
        self._reader.close()
        self._pipe.close()

    def __iter__(self) -> Iterator[Generation]:
        return self

    def __next__(self) -> Generation:
        failed = None
        try:
            if (g := next(self._reader, None)) is not None:
                return g  # type: ignore[return-value]
        except stream.Error as error:
            failed = error
        if not self._pipe.output.closed:
            self._pipe.check()
        raise failed or StopIteration

    def save(self, file: str | os.PathLike) -> Stream:
        """Writes the whole run into a file, and opens that."""
        *before, [program, *words] = self._commands
        Pipe([*before, [program, '--output', path(file), *words]]).check()
        return open(file)

    def _again(self) -> Run:
        return Run(self._commands)


def open(*files: str | os.PathLike | BinaryIO, sections: Sequence[str] | None = None,
         check: bool = True, model: bool = False) -> Stream:
    return Stream(files or ['-'], sections, check, model)


open.__doc__ = stream.open.__doc__


def run(*files: str | os.PathLike, **options: Any) -> Run:
    """Computes a run, and gives its generations as they come:

        for g in nca.run(width=200, budget=4, seed=1, generations=300):
            print(g.generation, g.alpha.mean())

    The options are those of nca-seed(1) and nca-step(1), with _ for -: cull_from=100. What both
    have is for nca-seed. With files, the run starts from their last generation, and all options are
    for nca-step. What the programs refuse raises ProgramError with their message."""
    if files:
        return Run(pipeline(files, 'nca-step', *arguments(options)))
    for_step = {name: value for name, value in options.items()
                if name.replace('_', '-') in options_of('nca-step') - options_of('nca-seed')}
    for_seed = {name: value for name, value in options.items() if name not in for_step}
    return Run([['nca-seed', *arguments(for_seed)], ['nca-step', *arguments(for_step)]])


def pipeline(run: Source, program: str, *words: str) -> list[list[str]]:
    """The command lines that give this run to a program."""
    if isinstance(run, Run):
        return [*run._commands, [program, *words]]
    if isinstance(run, (str, os.PathLike)):
        run = [run]
    paths = run._paths() if isinstance(run, Stream) else [path(file) for file in run]
    return [[program, *words, '--', *paths]]
