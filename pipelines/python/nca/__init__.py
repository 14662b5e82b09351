# SPDX-License-Identifier: MIT
"""Self-replicating neural cellular automata: reads, computes and measures runs.

    import nca

    for g in nca.run(width=200, budget=4, seed=1, generations=300):
        print(g.generation, g.alpha.mean(), len(g.births))  # as they are computed

    run = nca.run(width=200, generations=300).save('run.zst')  # or nca.open('run.zst')
    g = run[250]                     # any generation, by the keyframes of the file
    g.alpha, g.ages, g.genotypes     # arrays [rows, cols] of numpy; see nca.Generation
    nca.measure(run)                 # a DataFrame of pandas, a row for each generation
    nca.lineage(run)                 # who descends from whom
    run.to_xarray(), run.to_parquet('run.parquet')
    nca.video(run)                   # in Jupyter
    nca.play(run)                    # a page to walk through it

Needs numpy and zstandard, and the programs in PATH for all but nca.open(); measure() and lineage()
need pandas, to_xarray() xarray, to_parquet() pyarrow, play() and video() IPython, and video()
ffmpeg. nca(7) explains the words, nca-measures(7) the columns. nca.stream is the reader alone, one
file which may be copied anywhere.
"""

from .programs import ProgramError
from .results import lineage, measure, play, table, video
from .runs import Generation, Run, Stream, open, run
from .stream import Birth, Error, Genome, Reader, parse_head

__all__ = ['Birth', 'Error', 'Generation', 'Genome', 'ProgramError', 'Reader', 'Run', 'Stream',
           'lineage', 'measure', 'open', 'parse_head', 'play', 'run', 'table', 'video']
