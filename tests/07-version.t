#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Versions: each stands in one place, and what repeats it agrees. The commit in the programs: from a
# clone, an archive, or nowhere; what is built again with another one; the same bytes everywhere.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL BUILD CPPFLAGS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
version=$(sed -n 's/^#define NCA_VERSION "\(.*\)"$/\1/p' common/version.h)

agrees() { # FILE EXPRESSION: what sed finds first is the version
    [ "$version" ] && diff <(echo "$version") <(sed -nE "$2" "$1" | head -n 1)
}
pages() {
    local page
    for page in bin-src/*.[17] format/*.5 pipelines/*.1; do
        agrees "$page" 's/^\.TH .* "nca ([0-9.]+)" .*/\1/p' || return
    done
}
one_place() { # EXPRESSION FILE: of all sources, only this one has it
    diff <(echo "$2") <(grep -rlE "$1" common kernels format/*.[ch] bin-src/*.[ch] Makefile)
}
check "CITATION.cff has the version" agrees CITATION.cff 's/^version: //p'
check "CHANGELOG.md has it on top of the releases" agrees CHANGELOG.md 's/^## ([0-9.]+) - .*/\1/p'
check "debian/changelog has it" agrees debian/changelog 's/^nca \(([0-9.]+)\) .*/\1/p'
check "manuals have it" pages
check "the version stands in one source" one_place "\"${version//./\\.}" common/version.h
check "the version of the stream stands in one source" one_place '^[^/]*"NCA[0-9]' format/record.h

if ! command -v git >/dev/null; then
    skip "the commit in the programs" "no git"
    finish
fi

# A compiler that only makes files, and writes down which.
cat >"$scratch/cc" <<'END'
#!/bin/bash
for ((i = 1; i < $#; i++)); do
    [ "${!i}" = -o ] && ((++i)) && touch "${!i}" && echo "${!i}" >>"$LOG"
done
exit 0
END
chmod +x "$scratch/cc"
export LOG=$scratch/log
mkdir -p "$scratch"/{clone/pipelines,archive,outer}
cp -r .gitattributes Makefile common kernels format bin-src "$scratch/clone"
cp pipelines/*.gp "$scratch/clone/pipelines"
echo /build/ >"$scratch/clone/.gitignore"

commit() { # all that is in the current directory
    git add -A && git -c user.name=nobody -c user.email=nobody@localhost commit -qm all &&
        commit=$(git rev-parse HEAD)
}
make_two() {
    : >"$LOG"
    make -s CUDA=no CC="$scratch/cc" build/bin/nca-info build/bin/nca-seed
}
makes() { # makes FILE...: exactly these are made now
    make_two && diff <(printf '%s\n' "$@" | sed '/^$/d' | sort) <(sort "$LOG")
}
has_commit() { # has_commit TEXT: the programs
    grep -xF "const char nca_commit[] = \"$1\";" build/commit.c
}
programs=(build/bin/nca-info build/bin/nca-seed)

cd "$scratch/clone" || exit 1
git init -q . && commit
make_two >"$scratch/said" 2>&1
check "a clone: the commit checked out" has_commit "${commit:0:12}"
check "nothing is made again" makes ''
echo text >>format/STREAM.md
check "nor where a document has changed" makes ''
commit
check "another commit: it alone is compiled, and programs are linked" \
    makes build/commit.o "${programs[@]}"
check "and they have it" has_commit "${commit:0:12}"
echo '/* more */' >>common/err.c
check "a source has changed: it and the commit are compiled" \
    makes build/common/err.o build/commit.o "${programs[@]}"
check "which is then -modified" has_commit "${commit:0:12}-modified"
git checkout -q common/err.c
git archive HEAD | tar -xC "$scratch/archive"

cd "$scratch/archive" || exit 1
make_two >"$scratch/said" 2>&1
check "an archive of git: the commit that it was made of" has_commit "${commit:0:12}"

cd "$scratch/outer" || exit 1
git init -q . && echo text >file && commit
cp -r "$scratch/clone" inner && rm -rf inner/.git inner/build
cd inner || exit 1
make_two >"$scratch/said" 2>&1
check "a copy inside another repository: none" has_commit ""

cd "$scratch" || exit 1
same_bytes() {
    local objects=(build/common/err.o build/bin-src/nca-seed.o build/plots.o build/commit.o) file
    rm -rf clone/build archive/build
    for file in clone archive; do
        make -s -C "$file" CUDA=no CFLAGS='-O1 -g' "${objects[@]}" || return
    done
    for file in "${objects[@]}"; do
        cmp "clone/$file" "archive/$file" || return
    done
}
check "two directories: the same bytes" same_bytes
finish
