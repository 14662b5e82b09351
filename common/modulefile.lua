-- SPDX-License-Identifier: MIT
-- For Lmod; make install puts it into share/modulefiles/nca, with its paths and version.
help([[
Programs that compute, measure and draw self-replicating neural cellular automata, and the package
nca for Python, which needs numpy and zstandard. Plots need gnuplot, videos ffmpeg, and sweeps GNU
parallel and datamash. Begin with: man 7 nca
]])
whatis("Name: nca")
whatis("Version: @VERSION@")
whatis("Description: self-replicating neural cellular automata as Unix filters")
prepend_path("PATH", "@PREFIX@/bin")
prepend_path("MANPATH", "@PREFIX@/share/man")
prepend_path("PYTHONPATH", "@PYTHON@")
