# SPDX-License-Identifier: MIT
# The first commands of every plot, also of those that the programs print (common/plots.sh): they
# undo what ~/.gnuplot or an earlier plot may have set, first of all what "reset" does not.
unset multiplot
unset table
reset
unset monochrome
set colorsequence default
if (strstrt('default utf8', GPVAL_ENCODING) == 0) set encoding utf8
unset decimalsign
unset minussign
unset micro
set datafile nocolumnheaders
set datafile fpe_trap
