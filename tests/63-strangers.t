#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Text that comes from others - what a stream's header holds, names of files, directories and
# experiments, a sweep's list of tasks - in the pipelines: it is never run, it is no markup in a
# page, and a terminal gets no control characters of it.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
helpers=$PWD/tests
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
pipelines=${PIPELINES:-$PWD/pipelines}
find_python
exec </dev/null
cd "$scratch" || exit 1
export RAN=$scratch/ran HOME=$scratch

# The last bytes: CSI as one byte and as UTF-8, a letter of Latin-1, U+FFFE.
evil=$'<script>alert(1)<\\script> "\' & $(touch $RAN) `touch $RAN` {= system("touch",'
evil+=$' $ENV{RAN}) =} ;| -- %s \\ \e]0;x\a\e[31m \177 \x9b \xc2\x9b \xe4 \xef\xbf\xbe'
export EVIL=$evil
nca-seed -W 12 -H 12 --init 0.2 | nca-step -n 3 -o plain.zst
cat >hostile.py <<'END'
"""Standard input, a stream, with a header of many others' words."""
import os, sys
sys.path.insert(0, sys.argv[1])
import variants, writer
evil = os.environb[b'EVIL']
lines = [b'generations 5 <script>alert(2)</script>, 0 to 3', b'evil ' + evil, b'history ' + evil,
         b'<b>&quot;$(touch$RAN) ' + evil, b'a[$(touch$RAN)] 1', b'@ 1', b'* /*', b'\\ 1', b"' \"",
         b'history -e s/x/y/e;touch $RAN', b'\x1b[2J\xc2\x9b\xe4 1',
         b'landscape map:' + evil[:150], b'landscape-on budget', b'landscape-sum 7', b'history  ']
for tag, generation, payload, _ in variants.records(sys.stdin.buffer.read()):
    if tag == 'HEAD':
        payload += b'\n'.join(lines) + b'\n'
    sys.stdout.buffer.write(writer.record(tag, generation, payload))
END
mkdir in
run="in/$evil.zst"
"$python" hostile.py "$helpers" <plain.zst >"$run" || exit

harmless() { # harmless FILE: what a terminal may get
    "$python" - "$1" <<'END'
import sys
text = open(sys.argv[1], 'rb').read().decode().translate({9: None, 10: None, 13: None})
assert all(32 <= ord(c) < 127 or ord(c) > 159 for c in text), ascii(text)
END
}
cat >page.py <<'END'
import sys
import xml.etree.ElementTree as xml
text = open('index.html', 'rb').read().decode()
root = xml.fromstring(text)
names = {e.tag for e in root.iter()}
assert names <= set('''html head meta title style body section div h1 h2 p dl dt dd ol li code
    figure figcaption a img b i span sub ul table tr th td br small'''.split()), names
assert not any(key.startswith('on') for e in root.iter() for key in e.attrib)
for e in root.iter():
    for key, value in e.attrib.items():
        assert key not in ('href', 'src') or ':' not in value and value[0] not in '/.', value
for part in '<script>alert(1)<\\script> "\' & $(touch $RAN) `touch', '\ufffd':
    assert part in root.find('.//h1').text, root.find('.//h1').text
if sys.argv[1:]:
    terms = {''.join(e.itertext()) for e in root.iter('dt')}
    assert {'evil', 'a[$(touch$RAN)]', '@', '*', '\\', '<b>&quot;$(touch$RAN)'} <= terms, terms
    assert any(e.text and '<script>alert(1)' in e.text for e in root.iter('code'))
    assert 'Generations 0 to 3, 4 in all.' in text
END
is_page() { # is_page DIRECTORY [STREAM]
    (cd "$1" && "$python" "$scratch/page.py" "${@:2}")
}
report() {
    "$pipelines/nca-report" --no-videos -- "$run" >out 2>said && [ ! -s said ] &&
        is_page "${run%.zst}-report" stream
}
check "a report: well-formed, no markup but its own" report
same() {
    "$pipelines/nca-report" --no-videos plain.zst >out && local table &&
        for table in plain-report/*.{tsv,svg}; do
            cmp "$table" "${run%.zst}-report/${table##*/}" || return
        done
}
check "its tables and plots are those of the run" same
piped() {
    "$pipelines/nca-report" --no-videos - "$evil" <"$run" >out && is_page "$evil" stream
}
check "of standard input, in a directory of any name" piped
cp "$run" plain2.zst
pictures() {
    "$pipelines/nca-compare" -m ghc --svg "in/$evil.svg" "$run" plain2.zst 2>said &&
        "$pipelines/nca-compare" -m ghc --svg compare.svg plain2.zst plain.zst &&
        "$python" -c 'import sys, xml.etree.ElementTree as xml
assert "<script>alert(1)" in "".join(xml.parse(sys.argv[1]).getroot().itertext())' "in/$evil.svg" &&
        "$pipelines/nca-envelope" --svg "in/$evil.svg" ghc "$run" plain2.zst &&
        "$pipelines/nca-envelope" ghc "$run" plain.zst >out &&
        "$pipelines/nca-envelope" ghc plain.zst plain.zst | cmp - out
}
check "compare and envelope, from and into files of any name" pictures
dashes() { # in the current directory: names that look like options
    cp plain.zst ./-x.zst && "$pipelines/nca-report" --no-videos -- -x.zst >out &&
        [ -s ./-x-report/index.html ] &&
        "$pipelines/nca-compare" --svg=-x.svg -- -x.zst -x.zst && [ -s ./-x.svg ]
}
check "names that look like options" dashes

# Sweeps

printf '# experiment\twidth\theight\tinit\tgenerations\na\t10\t9\t0.3\t3\n' >table.tsv
sweep() {
    "$pipelines/nca-sweep" -t table.tsv -s 1-2 "in/$evil sweep" >out 2>said && [ ! -s said ] &&
        harmless <(head -n 3 out) && is_page "in/$evil sweep" &&
        [ "$(ls "in/$evil sweep/a")" = $'1\n2' ]
}
check "a sweep in a directory of any name" sweep
batch() {
    mkdir -p stub && printf '#!/bin/sh\ncat "$3" >/dev/null; echo 1\n' >stub/sbatch &&
        chmod +x stub/sbatch && cd "in/$evil sweep" &&
        PATH=$scratch/stub:$PATH "$pipelines/nca-sweep" --slurm --chunk 2 -- . >../../out &&
        rm a/1/done && SLURM_ARRAY_TASK_ID=1 bash sweep.sbatch && [ -s a/1/done ] &&
        bash sweep.sbatch collect && is_page .
}
check "a sweep in a directory of any name is submitted by sbatch" eval "(batch)"
for option in --partition --time --account --gres --line; do
    check "$option is one line" refuses 2 "$pipelines/nca-sweep" $option $'x\ntouch $RAN' \
        -t table.tsv new
done

refused() { # refused COMMAND...: with a line that a terminal can take
    refuses 1 "$@" && grep -a "^${1##*/}: " message >line && harmless line
}
foreign() { # foreign LINE: a list of tasks with such a line
    rm -rf foreign && cp -r "in/$evil sweep" foreign && printf '%s\n' "$1" >>foreign/tasks.tsv &&
        refused "$pipelines/nca-collect" foreign && refused "$pipelines/nca-sweep" foreign &&
        refused "$pipelines/nca-sweep" -t table.tsv foreign
}
while IFS= read -r line; do
    check "no task: ${line//[^ -~]/ }" foreign "$(printf %b "$line")"
done <<'END'
../a/1\t3\t--seed 1\t
/a/1\t3\t--seed 1\t
a/..\t3\t--seed 1\t
<b>/1\t3\t--seed 1\t
a/3\t3\t--seed 1 -o x\t
a/3\t3\t--seed $(touch $RAN)\t
a/3\ta[$(touch $RAN)]\t--seed 1\t
\033]0;x\007\302\233\344/1
END
in_table() { # in_table EXPERIMENT INIT
    printf '# experiment\tinit\tgenerations\n%s\t%s\t3\n' "$1" "$2" >bad.tsv &&
        refused "$pipelines/nca-sweep" -t bad.tsv new && [ ! -e new/tasks.tsv ]
}
check "no experiment" in_table "$evil" 0.2
check "no experiment: .." in_table .. 0.2
check "no number" in_table a "$evil"
options() {
    refuses 2 "$pipelines/nca-sweep" -e "$evil" new && harmless message &&
        refuses 2 "$pipelines/nca-sweep" "--$evil" new && harmless message &&
        refuses 2 "$pipelines/nca-compare" -m "$evil" new && harmless message &&
        refuses 2 "$pipelines/nca-report" "-$evil" && harmless message
}
check "messages on options" options
tables() { # of a run that came from others
    rm -rf foreign && cp -r "in/$evil sweep" foreign && printf %s "$evil" >foreign/a/1/done &&
        cp foreign/a/2/done foreign/a/1/done &&
        sed -i "\$s/[0-9.]*\$/$(printf '\033[31m')/" foreign/a/1/ghc.tsv &&
        refused "$pipelines/nca-collect" foreign && harmless message
}
check "a sweep's tables" tables
on_terminal() { # all that it says
    SHELL=/bin/bash script -qec \
        "$(printf '%q ' "$pipelines/nca-report" --no-videos -- "$run")" /dev/null >said &&
        harmless said && SHELL=/bin/bash script -qec \
        "$(printf '%q ' "$pipelines/nca-sweep" -n -t table.tsv -s 3 "$evil")" /dev/null >said &&
        harmless said
}
check_terminal "on a terminal" on_terminal
check "nothing was run of it all" [ ! -e "$RAN" ]
finish
