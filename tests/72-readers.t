#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Tables as R, pandas and DuckDB read them with --csv: columns under their names, all of numbers;
# and the lines of nca(7), with awk and datamash, too. tests/long readers installs R, pandas and
# DuckDB, and has them tried with $READERS, the folder of their Python and of duckdb.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):${READERS:+$READERS:}$PATH
page=$PWD/bin-src/nca.7
cd "$scratch" || exit 1

nca-seed -W 30 -H 20 --init 0.2 --ip 0.3 --budget 6 | nca-step -n 20 -o run.zst
nca-seed -W 30 -H 20 --init 0.2 --ip 0.3 --budget 6 --flip 3 | nca-step -n 20 -o other.zst
tables=(ctfp entropy gcvp clogv ghc rwsp cnwa census hill measure 'diff other.zst'
    'lineage --stats' species 'species --clade 0' fate)
for table in "${tables[@]}"; do
    # shellcheck disable=SC2086
    nca-${table%% *} --csv ${table#"${table%% *}"} run.zst >"${table// /_}.csv"
done

# Each prints, for a table: its names, then for each column its sum in the places of numbers; those
# of text are weights in fate.csv alone.
cat >names.awk <<'END'
NR == 1 { for (i = 1; i <= NF; i++) print $i; next }
END { print NR - 1 }
END
cat >read-pandas.py <<'END'
import sys, pandas
table = pandas.read_csv(sys.argv[1])
print(*table.columns, len(table), sep='\n')
text = [name for name in table if not pandas.api.types.is_numeric_dtype(table[name])]
assert text in ([], ['weight']), text
END
cat >read-duckdb.py <<'END'
import sys
import duckdb
table = duckdb.sql(f"select * from '{sys.argv[1]}'")
print(*table.columns, len(table), sep='\n')
text = [name for name, kind in zip(table.columns, table.types)
        if kind not in ('BIGINT', 'DOUBLE', 'HUGEINT')]
assert text in ([], ['weight']), text
END
cat >read.R <<'END'
file <- commandArgs(TRUE)[1]
table <- read.csv(file, check.names = FALSE)
writeLines(c(names(table), nrow(table)))
text <- names(table)[!sapply(table, is.numeric) & !sapply(table, function(c) all(is.na(c)))]
stopifnot(length(text) == 0 || identical(text, "weight"))
if (!any(grepl("^[0-9]", names(table)))) # which alone R would repair
    stopifnot(identical(names(table), names(read.csv(file))))
END

reads() { # reads COMMAND...: each table, with all its names and rows
    local table
    for table in *.csv; do
        awk -F , -f names.awk "$table" >expected && "$@" "$table" >read && diff expected read ||
            { echo "$table" && return 1; }
    done
}
check "there are ${#tables[@]} tables" \
    [ "$(find . -name '*.csv' -size +20c | wc -l)" = "${#tables[@]}" ]
plain() { # letters, digits and _, or the types of cells
    ! head -qn 1 ./*.csv | tr , '\n' | grep -vxE '[a-z][a-z0-9_]*|[01]\.[0-9]'
}
check "names need no quotes" plain

# The lines of nca(7): the first makes a table, of which all others print the same.
sed -n '/^\.SH FROM OTHER PROGRAMS/,/^\.EE/p' "$page" | sed -n '/^\.EX/,/^\.EE/{/^\./!p}' |
    sed "s/\\\\-/-/g; s/\\\\(aq/'/g; s/\\\\e/\\\\/g" >lines
most=$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i } NR > 1 {
    value = $column["genotypes"] + 0; most = value > most ? value : most
} END { print most }' census.csv)
prints_most() { # prints_most PROGRAM: the line that begins with it, or has it behind a pipe
    awk -v program="$1" '$0 ~ "^" program " |[|] " program " " { found = 1 }
        found { print; quotes += gsub(/\047/, "&"); if (quotes % 2 == 0) exit }' lines >line
    [ -s line ] && [ "${most:-0}" -gt 1 ] && diff -b <(echo "$most") <(bash line 2>&1)
}
check "nca(7): a table" bash -c "$(head -n 1 lines)"
for program in datamash awk; do
    check "nca(7): a line for $program" prints_most $program
done
if [ -z "${READERS:-}" ]; then
    skip "R, pandas and DuckDB" "tried by tests/long readers"
    finish
fi
for program in Rscript python3 duckdb; do
    check "nca(7): a line for $program" prints_most $program
done

for module in pandas duckdb; do
    check "$module" reads python3 "read-$module.py"
done
check "R" reads Rscript read.R
finish
