#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Pages of nca-play: every value against the stream, in Python; what is refused; and that no stream
# can put markup or script into a page. tests/long browser opens pages in a browser.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
find_python
include "$python" tests/play.py "${BUILD:-build}"

here=$PWD
cd "$scratch" || exit 1
nca-seed -W 20 -H 20 --init 0.2 --ip 0.3 | nca-step -n 40 -o run.zst

read_page() { # read_page FILE CODE: with page
    PYTHONPATH=$here/tests "$python" -c "
from page import Page
page = Page(open('$1', encoding='utf-8').read())
$2"
}

into_file() {
    nca-play -o page.html run.zst && nca-play <run.zst | cmp - page.html &&
        head -n 1 page.html | grep -qx '<!DOCTYPE html>'
}
check "-o writes a file, and standard input is a stream" into_file
cut_short() { # the page has what was complete
    head -c 60000 run.zst >cut.zst
    refuses 1 nca-play cut.zst && read_page refused 'assert 2 < len(page.generations) < 40'
}
check "a stream cut short gives a page of its complete generations" cut_short
nothing_shown() {
    refuses 1 nca-play --generations 90:99 run.zst && [ ! -s refused ] &&
        grep -q 'the stream has no such generation' message
}
check "a range without generations is refused" nothing_shown
other_run() {
    nca-seed -W 20 -H 20 --init 0.2 --seed 9 | nca-step -n 40 | nca-step -n 9 -o other.zst
    refuses 1 nca-play run.zst other.zst && grep -q 'has another genotype' message &&
        read_page refused 'assert page.generations[-1] == 40'
}
check "parts of two runs are refused, after the first" other_run
fewer_sections() {
    nca-step -n 3 --sections state run.zst -o state.zst
    refuses 1 nca-play run.zst state.zst && grep -q 'a part has no genomes,ages' message
}
check "a part without sections that the first has is refused" fewer_sections
full() { refuses 1 nca-play run.zst -o /dev/full; }
check "a full disk is an error" full
for bad in '--every 0' '--limit 0' '--limit x' '--generations 5:3' '--digits 0' \
    '--weights 1,1,2'; do
    # shellcheck disable=SC2086 # options
    check "refused: $bad" refuses 2 nca-play $bad run.zst
done

# Text of a stream that would be markup, script, or the end of either
cat >evil.py <<'EOD'
import sys
from variants import records
from writer import record
evil = ("</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> ]]> &lt; \"' "
        "\\u003c \\"
        "\x1b[31m \u2028 </style> --> <!--<script> </SCRIPT >").encode() + b'\x9b \xe4'
for tag, number, payload, *_ in records(sys.stdin.buffer.read()):
    if tag == 'HEAD':
        payload += b'landscape map:%s\nevil%s %s\nhistory %s\n' % (evil, evil, evil, evil)
    sys.stdout.buffer.write(record(tag, number, payload))
EOD
hostile() {
    PYTHONPATH=$here/tests "$python" evil.py <run.zst >evil.zst && nca-play evil.zst >evil.html &&
        nca-play run.zst >good.html && read_page evil.html '
good = Page(open("good.html").read())
assert not page.faults(), page.faults()
assert [e[:2] for e in page.elements] == [e[:2] for e in good.elements]
assert "<script>alert(1)" in page.head["history"][-1], page.head["history"]
assert page.head["model"]["landscape"].endswith("\\x9b \\xe4"), page.head["model"]
assert page.text.count("alert(") == 4 and "<script>alert" not in page.text'
}
check "no stream puts markup or script into a page" hostile
finish
