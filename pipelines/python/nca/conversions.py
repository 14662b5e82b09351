# SPDX-License-Identifier: MIT
"""Whole runs as data sets of other libraries."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import pictures

if TYPE_CHECKING:
    import xarray

# As nca-export has them, of each cell: the section they are in, and what they are.
ARRAYS = {'alpha': ('state', 'channel 0, by which a cell lives', '1'),
          'state': ('state', 'all channels', '1'),
          'ages': ('ages', 'time alive without a break, 0 = dead', 'generations'),
          'genotypes': ('genomes', "serial of the cell's genome, 0 = it has none", '1')}


class Conversions:
    """What runs have, whether they come from files or from programs."""
    header: dict[str, Any]
    sections: list[str]
    history: list[str]

    def _again(self):
        """The same run from its start, another object."""
        raise NotImplementedError

    def to_xarray(self, arrays: Sequence[str] | None = None,
                  generations: Container[int] | None = None) -> xarray.Dataset:
        """The whole run as an xarray.Dataset, in memory. Its arrays are named as by nca-export:

        alpha      float32[generation, row, col]
        state      float32[generation, channel, row, col]; only if asked for
        ages       uint32[generation, row, col], in generations
        genotypes  uint64[generation, row, col]: the serial of each cell's genome, 0 = it has none

        arrays: the names of those to have. generations: which, such as range(0, 1001, 10)."""
        import xarray
        names = self._arrays(arrays)
        numbers: list[int] = []
        values: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for g in self._some(generations):
            numbers.append(g.generation)
            for name in names:
                values[name].append(getattr(g, name))
        L, rows, cols = (self.header[key] for key in ('channels', 'height', 'width'))
        sizes = {'generation': len(numbers), 'channel': L, 'row': rows, 'col': cols}
        data = {}
        for name in names:
            dimensions = [d for d in sizes if name == 'state' or d != 'channel']
            array = np.stack(values.pop(name)) if numbers else np.zeros([sizes[d]
                                                                         for d in dimensions])
            data[name] = dimensions, array, {'long_name': ARRAYS[name][1],
                                             'units': ARRAYS[name][2]}
        coordinates = {'generation': np.array(numbers, np.uint64)}
        attributes = {key: ','.join(value) if isinstance(value, list) else str(value)
                      if value == float('inf') else value for key, value in self.header.items()}
        return xarray.Dataset(data, coordinates, {**attributes, 'history': self.history})

    def to_parquet(self, file: str | os.PathLike, arrays: Sequence[str] | None = None,
                   generations: Container[int] | None = None) -> None:
        """Writes a table of the whole run as Parquet: a row for each cell that is alive or has a
        genome, with the columns generation uint64, row and col uint32, alpha float32, ages uint32,
        genotypes uint64, as to_xarray() has them. The file's metadata has the header as JSON under
        'nca'. In memory for about a million rows."""
        import pyarrow  # type: ignore[import-untyped]
        import pyarrow.parquet  # type: ignore[import-untyped]
        names = [name for name in self._arrays(arrays) if name != 'state']
        kinds = {'alpha': 'float32', 'ages': 'uint32', 'genotypes': 'uint64'}
        schema = pyarrow.schema(
            [('generation', 'uint64'), ('row', 'uint32'), ('col', 'uint32'),
             *((name, kinds[name]) for name in names)], {'nca': json.dumps(self.header)})
        with pyarrow.parquet.ParquetWriter(file, schema) as writer:
            waiting, rows = [], 0
            for g in self._some(generations):
                planes = [getattr(g, name) for name in names]
                where = np.nonzero(np.logical_or.reduce([plane != 0 for plane in planes]))
                waiting.append([np.full(len(where[0]), g.generation), *where,
                                *(plane[where] for plane in planes)])
                rows += len(where[0])
                if rows > 1 << 20:
                    writer.write_table(_joined(waiting, schema))
                    waiting, rows = [], 0
            if waiting:
                writer.write_table(_joined(waiting, schema))

    def _arrays(self, names: Sequence[str] | None) -> list[str]:
        if names is None:
            names = [name for name in ARRAYS
                     if name != 'state' and ARRAYS[name][0] in self.sections]
        for name in names:
            if name not in ARRAYS:
                raise ValueError(f'array {name!r}: not one of {", ".join(ARRAYS)}')
            if ARRAYS[name][0] not in self.sections:
                raise ValueError(f'array {name!r}: the run has no {ARRAYS[name][0]}')
        return list(names)

    def _some(self, generations: Container[int] | None) -> Iterable:
        return (g for g in self._again() if generations is None or g.generation in generations)

    def _repr_html_(self) -> str:
        return pictures.header_html(self)


def _joined(parts, schema):
    import pyarrow
    columns = [np.concatenate(column) for column in zip(*parts)]
    return pyarrow.table([pyarrow.array(column, field.type)
                          for column, field in zip(columns, schema)], schema=schema)
