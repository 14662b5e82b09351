# SPDX-License-Identifier: MIT
"""What the programs make of runs: tables for pandas, videos and pages for Jupyter."""

from __future__ import annotations

import html
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

from .programs import Pipe, ProgramError, arguments, find, options_of
from .runs import Source, pipeline

if TYPE_CHECKING:
    import IPython.display
    import pandas


OTHER_FORMATS = 'tsv', 'png', 'pdf', 'svg', 'size', 'live', 'newick', 'ggmuller'


def table(program: str, run: Source, **options: Any) -> pandas.DataFrame:
    """The table that a program, such as 'nca-species', prints of a run: a file, a list of files
    that are its parts, an nca.Stream or an nca.Run. Its rows are indexed by generation, if it has
    that column. The options are those of the program, but for its formats; what it refuses raises
    ProgramError."""
    import pandas
    if 'csv' not in options_of(program):
        raise ValueError(f'{program}: prints no table')
    for name in OTHER_FORMATS:
        if options.get(name):
            raise TypeError(f'--{name}: a DataFrame is made of what --csv prints')
    pipe = Pipe(pipeline(run, program, *arguments({**options, 'csv': True})))
    try:
        frame = pandas.read_csv(pipe.output)
    except (pandas.errors.EmptyDataError, pandas.errors.ParserError):
        pipe.check()
        raise
    pipe.check()
    return frame.set_index('generation') if 'generation' in frame else frame


def measure(run: Source, **options: Any) -> pandas.DataFrame:
    """All measures of each generation, of nca-measure(1): a row for each generation, with the
    columns of nca-measures(7): gep, gcvp, clogv, ghc, alive, genotypes and so on. With
    only=['entropy', 'census'] it has only these, and takes less time."""
    return table('nca-measure', run, **options)


def lineage(run: Source, **options: Any) -> pandas.DataFrame:
    """The phylogeny of the genotypes, of nca-lineage(1): a row for each, with id (its serial),
    ancestor_list, origin_time and destruction_time (generations) and so on. With all=True it has
    the extinct, too."""
    return table('nca-lineage', run, **options)


def video(run: Source, **options: Any) -> IPython.display.Video:
    """A video of the run for Jupyter, one frame for each generation; needs ffmpeg. The options are
    those of nca-render(1): view=['alpha', 'genotypes'], scale=3, fps=10."""
    from IPython.display import Video
    encode = ('-vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_primaries '
              'bt709 -color_trc bt709 -color_range tv -c:v libx264 -preset veryfast -crf 26 '
              '-pix_fmt yuv420p -movflags +faststart').split()
    pipe = Pipe(pipeline(run, 'nca-render', *arguments(options)))
    with tempfile.NamedTemporaryFile(suffix='.mp4') as film:
        done = subprocess.run(
            [find('ffmpeg'), '-nostdin', '-loglevel', 'error', '-y', '-i', '-', *encode, film.name],
            stdin=pipe.output, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        pipe.check()
        if done.returncode:
            raise ProgramError('ffmpeg', done.returncode, done.stderr.decode().strip())
        return Video(film.read(), embed=True, mimetype='video/mp4', html_attributes='controls loop')


def play(run: Source, height: int = 900, **options: Any) -> IPython.display.HTML:
    """The page of nca-play(1), on which the run can be walked through, for Jupyter: in a frame of
    this height in pixels. The notebook holds all of it: limit=4 makes it smaller than 4 MB."""
    from IPython.display import HTML
    pipe = Pipe(pipeline(run, 'nca-play', *arguments(options)))
    page = pipe.output.read().decode()
    pipe.check()
    return HTML(f'<div><iframe srcdoc="{html.escape(page)}" width="100%" height="{int(height)}" '
                'style="border: 0"></iframe></div>')
