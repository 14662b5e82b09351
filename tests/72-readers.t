#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: long
# Tables as R, pandas and DuckDB read them with --csv: columns under their names, all of numbers.
# What is not installed is skipped; tests/long readers installs it.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
python=${READERS_PYTHON:-python3}
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
cat >pandas.py <<'END'
import sys, pandas
table = pandas.read_csv(sys.argv[1])
print(*table.columns, len(table), sep='\n')
text = [name for name in table if not pandas.api.types.is_numeric_dtype(table[name])]
assert text in ([], ['weight']), text
END
cat >duckdb.py <<'END'
import sys
import duckdb as database
table = database.sql(f"select * from '{sys.argv[1]}'")
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
for module in pandas duckdb; do
    mkdir -p "$module" && mv "$module.py" "$module/read.py" # not found as the module
    if "$python" -c "import $module" 2>said; then
        check "$module" reads "$python" "$module/read.py"
    else
        skip "$module" "not installed"
    fi
done
if command -v Rscript >/dev/null; then
    check "R" reads Rscript read.R
else
    skip "R" "not installed"
fi
finish
