# SPDX-License-Identifier: MIT
"""Checks what nca-lineage and nca-species print: lineage.py BUILD

A run of 3x3 cells stands here with its phylogeny worked out by hand. Of random runs it follows from
the arrays that format/nca.py reads: who carries which parameters, and whose parameters were
copied. All that is printed passes a checker of the ALife data standard. Prints TAP.
"""

import collections
import functools
import importlib.util
import itertools
import math
import os
import re
import subprocess
import tempfile
from fractions import Fraction

import numpy as np

import writer
from taps import BIN, SCRATCH, F, check, finish, named, nca, output, run, table

HEAD = 'id,ancestor_list,origin_time,destruction_time,max_cells,total_cells,births,row,col,ghc'


# The standard (ALife data standards, phylogeny)

def faults(text):
    """What is wrong with a phylogeny in the ALife data standard."""
    lines = text.splitlines()
    if not text.endswith('\n') or lines[0].split(',')[:4] != HEAD.split(',')[:4]:
        return ['no head, or no end']
    seen, wrong = {}, []
    for line in lines[1:]:
        fields = line.split(',')
        identity, ancestors, origin, end = fields[:4]
        origin, end = float(origin), float(end)
        if not re.fullmatch('[1-9][0-9]*', identity) or identity in seen:
            wrong.append(f'{line}: id')
        if not re.fullmatch(r'\[(none|[1-9][0-9]*)\]', ancestors):
            wrong.append(f'{line}: ancestor_list')
        elif ancestors != '[none]' and seen.get(ancestors[1:-1], origin + 1) > origin:
            wrong.append(f'{line}: an ancestor that is not there, or comes later')
        if len(fields) != len(lines[0].split(',')) or not origin <= end:
            wrong.append(f'{line}: fields or times')
        seen[identity] = origin
    return wrong


def phylogeny(*arguments):
    """What nca-lineage prints, once the checker has passed it."""
    text = output('lineage', *arguments).decode()
    wrong = faults(text)
    if wrong:
        check(False, f'ALife data standard: {" ".join(arguments)}', *wrong)
    return text


# By hand. Genome s has the parameters 0.1 in the places of the bits of s, so that its GHC has one
# bit for each: 0x80, 0x40 and 0x20 of red. The slots of the cells and the births:
#
#   generation 0    1 . .    generation 1    1 3 .    generation 2    . 3 3
#                   . 2 .                    . 2 4                    . 2 .
#                   . . .                    . . 2                    . . 2
#
#   generation 3    1 3 3    generation 4    1 1 .
#                   . 4 4                    . 4 .
#                   . . .                    . . 4
#
# 1: 3 is born of 1, and 4 of 3 in the same generation. 2: 1 is gone, and 4; 5 is born of 2 and is
# never carried. 3: 2 is gone; in its and in the other free slots are born 6 (in 1) of 3, 7 (in 4)
# of 6. 4: 3 is gone. So 6 and 7 live, descend from 3 and 1, and all else is extinct.

SLOTS = [[1, 0, 0, 0, 2, 0, 0, 0, 0], [1, 3, 0, 0, 2, 4, 0, 0, 2], [0, 3, 3, 0, 2, 0, 0, 0, 2],
         [1, 3, 3, 0, 4, 4, 0, 0, 0], [1, 1, 0, 0, 4, 0, 0, 0, 4]]
BORN = [[], [(3, 1), (4, 3)], [(5, 2)], [(1, 3), (4, 1)], []]  # slots of child and parent
BY_HAND = HEAD + '''
1,[none],0,2,1,2,0,0,0,#800000
3,[1],1,4,2,5,2,0,1,#c00000
6,[3],3,inf,2,3,1,0,0,#600000
7,[6],3,inf,2,4,2,1,1,#e00000
'''
# 1: cell 0, twice. 3: cell 1 is born with it, then cell 2; neither is anew in generation 3. 6: born
# in cell 0; cell 1 takes it over from 3, which is no birth. 7: cell 4 had a genome before, cell 5
# had none, and later cell 8.
ALL_BY_HAND = HEAD + '''
1,[none],0,2,1,2,0,0,0,#800000
2,[none],0,3,2,5,1,1,1,#400000
3,[1],1,4,2,5,2,0,1,#c00000
4,[3],1,2,1,1,1,1,2,#200000
5,[2],2,2,0,0,0,,,#a00000
6,[3],3,inf,2,3,1,0,0,#600000
7,[6],3,inf,2,4,2,1,1,#e00000
'''
# genotypes ancestors depth_mean depth_max mrca_age diversity distance. Branches: 1 and 2 have 0, 3
# has 1 - 0, 4 has 1 - 1, 6 has 3 - 1, 7 has 3 - 3. Distances: generation 1: 0 from 1 to 2 and from
# 3 to 4, 1 between the others; 2: 1 from 2 to 3; 3: 2 from 3 to 6 and to 7, 0 from 6 to 7.
STATS_BY_HAND = [[2, 0, 0, 0, None, 0, 0], [4, 0, 0.75, 2, None, 1, 4 / 6],
                 [2, 1, 0.5, 1, None, 1, 1], [3, 1, 2, 3, 2, 3, 4 / 3], [2, 2, 2.5, 3, 1, 3, 0]]
# founders sackin colless_like ed_mean ed_max vpd mutations. The trees: (1,2), ((1,(3,4)),2), (3,2),
# (3,(6,7)), (6,7). A node with two leaves has the size T + 2. Of the births, 3 changed 1 weight, 4
# 3 weights, 6 2, 7 1. Distinctiveness: 1: 3 and 4 share 1; 2: 3 has 1, then 1; 3: 1 is shared by
# three, 2 by 6 and 7.
T = math.log(2 + math.e)
SHAPES_BY_HAND = [[2, 2, 0, 0, 0, 0, None], [2, 9, 1.5 * (T + 1), 3 / 4, 1, 2 / 9, 2],
                  [2, 2, 0, 2, 2, 0, 1], [1, 5, (T + 1) / 2, 5 / 3, 7 / 3, 8 / 9, 4 / 3],
                  [1, 2, 0, 5 / 2, 5 / 2, 0, 4 / 3]]


def genome(serial):
    parameters = np.zeros(12, F)
    parameters[:3] = [0.1 * (serial >> bit & 1) for bit in range(3)]
    return parameters


def hand_made(name, kept, pool_at=(), run=(SLOTS, BORN), founders=2):
    """The run above, or another, of which the stream keeps some generations, with a POOL in place
    of births in some of them."""
    path = os.path.join(SCRATCH.name, name)
    held, serial = {slot: slot for slot in range(1, founders + 1)}, founders + 1
    last, parents, pending = np.zeros(9), dict.fromkeys(held, 0), []
    records = [writer.head({'width': 3, 'height': 3, 'channels': 1, 'sections': 'genomes'})]
    for t, (slots, born) in enumerate(zip(np.array(run[0]), run[1])):
        parameters = {slot: genome(s) for slot, s in held.items()}
        marks, values, first = [], [], serial
        for child, parent in born:
            parents[serial] = held[parent]
            held[child], serial = serial, serial + 1
            parameters[child] = genome(held[child])
            marks.append(parameters[child] != parameters[parent])
            values.append(parameters[child][marks[-1]])
        if born or t in kept:
            pending.append(writer.births(t, first, *np.array(born, int).reshape(-1, 2).T,
                                         np.array(marks, bool).reshape(-1, 12),
                                         np.concatenate(values + [[]])))
        held = {slot: held[slot] for slot in sorted(set(slots.tolist()) - {0})}
        if t not in kept:
            continue
        if t == min(kept) or t in pool_at:
            pending = [writer.pool(t, serial, list(held), list(held.values()),
                                   [parents[s] for s in held.values()],
                                   [genome(s) for s in held.values()])]
            last = np.zeros(9)
        records += [*pending, writer.cells('GIDS', t, slots, last)]
        last, pending = slots, []
    with open(path, 'wb') as stream:
        stream.write(b''.join(records) + writer.done(kept[-1], len(kept), len(records) + 1))
    return path


def species(*arguments):
    """Rows of nca-species, with their generations."""
    rows = output('species', '--tsv', *arguments).decode().splitlines()[1:]
    return [[float(value) for value in row.split('\t')] for row in rows]


def agree(row, expected):
    """Whether numbers are the same but for rounding; None is NaN."""
    return len(row) == len(expected) and all(
        v != v if e is None else math.isclose(v, e, rel_tol=1e-11, abs_tol=1e-12)
        for v, e in zip(row, expected))


def same(what, text, expected):
    check(text == expected, what, *text.splitlines(), 'but expected:', *expected.splitlines())


hand = hand_made('hand.zst', range(5))
same('by hand', phylogeny(hand), BY_HAND)
same('by hand, with all extinct ones', phylogeny('--all', hand), ALL_BY_HAND)
same('by hand: a tree', output('lineage', '--newick', hand).decode(), '(((7:0)6:2)3:1)1;\n')
same('by hand: the whole tree', output('lineage', '--newick', '--all', hand).decode(),
     '(((4:0,(7:0)6:2)3:1)1:0,(5:2)2:0);\n')
same('by hand: those of two cells', phylogeny('--min-cells', '2', '--all', hand), HEAD + '''
2,[none],0,3,2,5,1,1,1,#400000
3,[none],1,4,2,5,2,0,1,#c00000
6,[3],3,inf,2,3,1,0,0,#600000
7,[6],3,inf,2,4,2,1,1,#e00000
''')
same('by hand: those of ten', phylogeny('--min-cells', '10', hand), HEAD + '\n')
same('by hand: no tree', output('lineage', '--newick', '--min-cells', '10', hand).decode(), ';\n')
rows = table('lineage', '--stats', hand)[1]
check([[None if v != v else v for v in row[:7]] for row in rows] == STATS_BY_HAND,
      'by hand: --stats', *map(str, rows))
check(len(rows) == 5 and all(agree(row[7:], shape) for row, shape in zip(rows, SHAPES_BY_HAND)),
      'by hand: the shape of the tree', *map(str, rows))

# Generation 2 left out, but for its births: 4 and 5 have come and gone by generation 3. That 6 and
# 7 are born there in the slots of 1 and 4 shows that no cell carried these in generation 2; nobody
# saw cells 1 and 2 then: 3 has 1 + 2 cells.
same('by hand: generations left out', phylogeny('--all', hand_made('left.zst', [0, 1, 3, 4])),
     HEAD + '''
1,[none],0,2,1,2,0,0,0,#800000
2,[none],0,3,2,3,1,1,1,#400000
3,[1],1,4,2,3,2,0,1,#c00000
4,[3],1,2,1,1,1,1,2,#200000
5,[2],2,3,0,0,0,,,#a00000
6,[3],3,inf,2,3,0,0,0,#600000
7,[6],3,inf,2,4,1,1,1,#e00000
''')
# A POOL in generation 3: 6 and 7 are met there; 3, which lives, is known. 6 now has cell 0, which
# had 1 in generation 1.
same('by hand: a pool in place of births', phylogeny(hand_made('pool.zst', [0, 1, 3, 4], [3])),
     HEAD + '''
1,[none],0,3,1,2,0,0,0,#800000
3,[1],1,4,2,3,2,0,1,#c00000
6,[3],3,inf,2,3,0,0,0,#600000
7,[6],3,inf,2,4,1,1,1,#e00000
''')
# Starting in generation 4: of 3 no more is known than that it was the parent of 6.
same('by hand: a stream that starts late', phylogeny(hand_made('late.zst', [4])), HEAD + '''
3,[none],4,4,0,0,0,,,
6,[3],4,inf,2,2,0,0,0,#600000
7,[6],4,inf,2,2,0,1,1,#e00000
''')

# Cell-generations: 5 of 2 and of 3, 4 of 7, 3 of 6, 2 of 1, 1 of 4, none of 5.
LIVES = {0: [[2, 0, 2, 1, 5, 1, 3], [1, 0, 1, 0, 2, 0, 2]],
         1: [[3, 1, 2, 2, 5, 2, 4], [4, 3, 1, 1, 1, 1, 2]],
         3: [[7, 6, 2, 3, 4, 2, np.inf], [6, 3, 2, 4, 3, 1, np.inf]]}
check(species(hand) == [[0, *LIVES[0][0]], [1, *LIVES[1][0]], [3, *LIVES[3][0]], [3, *LIVES[3][1]],
                        [0, *LIVES[0][1]], [1, *LIVES[1][1]]], 'by hand: species')
check(species('--most', '2', hand) == [[0, *LIVES[0][0]], [1, *LIVES[1][0]]],
      'by hand: the two that matter most')
# Others are 1; with 3 go 4, 6 and 7.
check(species('--most', '2', '--muller', hand) == [
    [0, 1 / 2, 1 / 2, 0], [1, 1 / 5, 2 / 5, 2 / 5], [2, 0, 1 / 2, 1 / 2], [3, 0, 0, 1],
    [4, 0, 0, 1]],
      'by hand: for a Muller plot')
# Clades of 1 to 4: with 3 go 6 and 7. Those of 3 are born in cell 2, then 0 and 5, then 8.
check(species('--clade', '1', hand) == [
    [1, 3, 1, 5, 3, 12, 4, np.inf], [0, 2, 0, 2, 1, 4, 0, 3], [0, 1, 0, 1, 1, 1, 0, 2],
    [1, 4, 3, 1, 1, 1, 0, 2]], 'by hand: clades')
check(species('--clade', '1', '--muller', '--most', '1', hand) == [
    [1, 4 / 5, 1 / 5], [2, 1 / 2, 1 / 2], [3, 0, 1], [4, 0, 1]], 'by hand: clades over time')
# 1, 2 and 3 are gone one after the other, with 4, 3 and 3 cell-generations; then 4, which has 5, as
# 5 has, which lives.
GOING = [[1, 1, 1, 1, 2, 2, 3, 4, 5], [0, 0, 0, 0, 2, 0, 3, 4, 5], [0, 0, 0, 0, 0, 0, 3, 4, 5],
         [0, 4, 0, 0, 0, 0, 0, 4, 5], [0, 0, 0, 0, 0, 0, 0, 0, 5]]
going = hand_made('going.zst', range(5), run=(GOING, 5 * [[]]), founders=5)
got = [[int(row[1]) for row in species('--most', str(most), going)] for most in range(1, 6)]
check(got == [[4, 5, 1, 2, 3][:most] for most in range(1, 6)],
      'by hand: the 1 to 5 that matter most, those with most cells gone first', str(got))


# Memory. In each generation of a hostile stream every slot but one has a birth, each the child of
# the one before, and of all these only the last is carried: nothing else need be kept.

def chain(name, generations, N=10000):
    path, carried, serial, held = named(name), np.zeros(N, int), 2, 1
    records = [writer.head({'width': N, 'height': 1, 'channels': 1, 'sections': 'genomes'}),
               writer.pool(0, serial, [1], [1], [0], [genome(1)])]
    for t in range(generations):
        last, carried = carried, np.zeros(N, int)
        if t:
            slots = np.setdiff1d(np.arange(1, N + 1), [held])
            records.append(writer.births(t, serial, slots, np.r_[held, slots[:-1]],
                                         np.zeros((N - 1, 12), bool), []))
            held, serial = slots[-1], serial + N - 1
        carried[0] = held
        records.append(writer.cells('GIDS', t, carried, last))
    with open(path, 'wb') as stream:
        stream.write(b''.join(records) + writer.done(t, generations, len(records) + 1))
    return path


def peak(*arguments):
    """The most memory that nca-species takes, which must go well."""
    with subprocess.Popen([f'{BIN}/nca-species', '--tsv', *arguments],
                          stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert not status, status
    return usage.ru_maxrss


for options in [], ['--muller'], ['--clade', '1']:
    few, many = (peak(*options, chain('chain', generations)) for generations in (4, 80))
    check(many < 1.5 * few, f'memory for chains of births: {" ".join(options)}',
          f'{few} KB for 4 generations, {many} KB for 80')
check([row[:2] for row in species(chain('chain', 30))] == [
    [t, 1 + 9999 * t] for t in range(20)], 'of a chain of births the first 20 that were carried')


# From arrays

class Genotype:
    def __init__(self, parent, origin, parameters=None):
        self.parent, self.origin, self.parameters = parent, origin, parameters
        self.end, self.most, self.total, self.births, self.cell = np.inf, 0, 0, 0, None
        self.cells, self.born = {}, {}  # by generation
        self.changes = None  # weights that mutated, if its birth is known


@functools.cache  # most weights are inherited
def bit(weight):
    rounded = round(Fraction(weight) * 100)
    return hash(float(10 * (rounded / 100))) % 2


def ghc(parameters):
    bits = map(bit, parameters[:24].tolist())
    return '#%06x' % int(''.join(map(str, bits)).ljust(24, '0'), 2)


def follow(*files):
    """All genotypes by serial, and after each generation those that are extant."""
    known, holder, extant, had = {}, {}, [], None
    last = -1  # the generation before in the stream
    contents = {}  # parameters -> serial

    def meet(serial, parent, origin, parameters):
        if parent and parent not in known:
            known[parent] = Genotype(0, origin)
            known[parent].end = origin
        known[serial] = Genotype(parent, origin, parameters)
        assert contents.setdefault(parameters.tobytes(), serial) == serial, 'twins'

    for g in nca.open(*files):
        for birth in g.births:
            gone = holder.get(birth.slot)
            if gone:  # in the generation before the slot was free
                known[gone].end = max(birth.generation - 1, known[gone].origin, last + 1)
            copied = known[birth.parent].parameters if birth.parent else np.zeros_like(
                birth.parameters)
            changed = (copied != birth.parameters).sum()
            assert 0 < changed < max(len(copied), 2), 'a child that is no copy'
            meet(birth.serial, birth.parent, birth.generation, birth.parameters)
            known[birth.serial].changes = changed
            holder[birth.slot] = birth.serial
        for slot, (serial, parent, parameters) in sorted(g.pool.items(),
                                                         key=lambda item: item[1][0]):
            if slot and serial not in known:
                meet(serial, parent, g.generation, parameters)
        carried = [contents.get(content.tobytes(), 0) for content in g.genomes()]
        count = collections.Counter(carried)
        for cell, serial in enumerate(carried):
            if serial:
                genotype = known[serial]
                anew = had is not None and not had[cell]
                genotype.births += anew
                genotype.born[g.generation] = genotype.born.get(g.generation, 0) + anew
                if genotype.cell is None:
                    genotype.cell = cell
        for serial in holder.values():
            if not count[serial]:
                known[serial].end = min(known[serial].end, g.generation)
        holder = {slot: genome.serial for slot, genome in g.pool.items() if slot}
        for serial in holder.values():
            known[serial].cells[g.generation] = count[serial]
            known[serial].total += count[serial]
            known[serial].most = max(known[serial].most, count[serial])
        had, last = carried, g.generation
        alive, first = set(holder.values()), extant[0][0] if extant else g.generation
        extant.append((g.generation, alive, diversity(known, alive, first, g.generation)))
    return known, extant, g.slots.shape[1]


def line_of(known, serial):
    """From a genotype up to its founder."""
    while serial:
        yield serial
        serial = known[serial].parent


def diversity(known, extant, first, now):
    lines = {serial: list(line_of(known, serial)) for serial in extant}
    sets = {serial: set(line) for serial, line in lines.items()}
    tree = set().union(*sets.values())

    def start(serial):
        return known[serial].origin if serial else first
    pairs = [start(a) + start(b) - 2 * start(next((s for s in lines[a] if s in sets[b]), 0))
             for a, b in itertools.combinations(sorted(extant), 2)]
    common = set.intersection(*sets.values()) if extant else ()
    depths = [len(line) - 1 for line in lines.values()]
    youngest = max((known[serial].origin for serial in common), default=None)
    return [len(extant), len(tree - extant), np.mean(depths) if extant else 0,
            max(depths, default=0), now - youngest if common else None,
            sum(start(s) - start(known[s].parent) for s in tree),
            sum(pairs) / len(pairs) if pairs else 0, *shape(known, extant, tree, start, now),
            np.var(pairs) if pairs else 0, mean([known[s].changes for s in tree
                                                 if known[s].changes is not None])]


def mean(values):
    return sum(values) / len(values) if values else None


def shape(known, extant, tree, start, now):
    """founders sackin colless_like ed_mean ed_max, on the tree as it is drawn."""
    children = collections.defaultdict(list)
    for serial in tree:
        children[known[serial].parent].append(serial)

    def drawn(serial):
        """A leaf is (), a node a tuple of its children."""
        nodes = [drawn(child) for child in children[serial]]
        if serial in extant:
            nodes.append(())
        return nodes[0] if len(nodes) == 1 else tuple(nodes)

    def leaves(node):
        return sum(map(leaves, node)) if node else 1

    def size(node):
        return math.log(len(node) + math.e) + math.fsum(map(size, node))

    def inner(node):
        return [node, *itertools.chain(*map(inner, node))] if node else []

    def deviation(values):
        return np.abs(np.array(values) - np.median(values)).mean()
    below = collections.Counter(s for serial in extant for s in line_of(known, serial))
    distinct = [sum((start(s) - start(known[s].parent)) / below[s] for s in line_of(known, serial))
                + now - start(serial) for serial in extant]
    nodes = inner(drawn(0))
    return [len(children[0]), sum(map(leaves, nodes)),
            math.fsum(deviation(list(map(size, node))) for node in nodes), mean(distinct),
            max(distinct, default=None)]


def printed(known, serials, least, width):
    lines = [HEAD]
    for serial in sorted(serials):
        g = known[serial]
        if g.most < least:
            continue
        near = next((s for s in line_of(known, g.parent) if known[s].most >= least), 'none')
        cell = ['', ''] if g.cell is None else divmod(g.cell, width)
        lines.append(','.join(map(str, [
            serial, f'[{near}]', g.origin, g.end, g.most, g.total, g.births, *cell,
            '' if g.parameters is None else ghc(g.parameters)])))
    return '\n'.join(lines) + '\n'


def parents_of(newick):
    """Of a tree whose nodes have names: the parent of each, and its branch."""
    stack, parent, branch, last = [[]], {}, {}, None
    for token in re.findall(r'[(),;]|[^(),;]+', newick.strip()):
        if token == '(':
            stack.append([])
        elif token == ')':
            children = stack.pop()
            last = children
        elif token not in ',;':
            name, _, length = token.partition(':')
            branch[int(name or 0)] = int(length or 0)
            for child in last or []:
                parent[child] = int(name or 0)
            stack[-1].append(int(name or 0))
            last = None
    for child in last or []:  # joined at a top without a name
        parent[child] = 0
    return parent, branch


def compare_run(what, *files):
    known, extant, width = follow(*files)
    alive = extant[-1][1]
    kept = set(itertools.chain(*(line_of(known, serial) for serial in alive)))
    assert len(known) > len(kept), f'{what}: nothing to prune'
    same(f'{what}: {len(kept)} genotypes', phylogeny(*files), printed(known, kept, 0, width))
    same(f'{what}: all {len(known)}', phylogeny('--all', *files), printed(known, known, 0, width))
    same(f'{what}: --min-cells', phylogeny('--min-cells', '3', '--all', *files),
         printed(known, known, 3, width))
    got = table('lineage', '--stats', *files)[1]
    check(len(got) == len(extant) and all(agree(row, expected[2])
                                          for row, expected in zip(got, extant)),
          f'{what}: --stats', *(f'{row} {expected}' for row, expected in zip(got, extant)
                                if not agree(row, expected[2])))
    parent, branch = parents_of(output('lineage', '--newick', *files).decode())
    roots = [s for s in kept if not known[s].parent]
    top = roots[0] if len(roots) == 1 else 0
    check(parent == {s: known[s].parent for s in kept if s != top} and all(
        branch[s] == known[s].origin - (known[known[s].parent].origin if known[s].parent
                                        else extant[0][0]) for s in kept if s != top),
        f'{what}: --newick')


def lives(known, group, first, last):
    """Rows of nca-species for groups {founder: its genotypes}, from generation first on."""
    rows = []
    for serial, members in group.items():
        cells, born = collections.Counter(), 0
        for member in members:
            cells.update({t: n for t, n in known[member].cells.items() if t >= first})
            born += sum(n for t, n in known[member].born.items() if t > first)
        if cells:
            end = known[serial].end if len(members) == 1 else max(cells) + 1
            most = max(cells.values())
            rows.append([known[serial].origin, serial, known[serial].parent, most,
                         min(t for t, n in cells.items() if n == most), sum(cells.values()), born,
                         np.inf if max(cells) == last else end])
    return sorted(rows, key=lambda row: (-row[5], row[1]))


def shares(known, group, shown, generations):
    rows = []
    for t in generations:
        cells = [sum(known[member].cells.get(t, 0) for member in group[serial]) for serial in shown]
        every = sum(g.cells.get(t, 0) for g in known.values())
        rows.append([t, *((np.array([every - sum(cells), *cells]) / every).tolist() if every else
                          [0] * (len(cells) + 1))])
    return rows


def compare_species(what, file):
    known, extant, _ = follow(file)
    generations = [t for t, _, _ in extant]
    group = {serial: [serial] for serial in known}
    rows = lives(known, group, -1, generations[-1])
    for most in 3, 20, 1000000:
        check(species('--most', str(most), file) == rows[:most],
              f'{what}: the {most} that matter most')
    wrong = [most for most in range(1, 40, 3) if species('--most', str(most), file) != rows[:most]]
    check(len(rows) > 60 and not wrong, f'{what}: the 1 to 37 that matter most', str(wrong))
    shown = [row[1] for row in rows[:7]]
    group = {serial: [] for serial in [0, *shown]}
    for serial in known:
        group[next((s for s in line_of(known, serial) if s in shown), 0)].append(serial)
    check(np.allclose(species('--muller', '--most', '7', file),
                      shares(known, group, shown, generations), 1e-14), f'{what}: --muller')
    at, alive, _ = extant[len(extant) // 3]
    group = {serial: [] for serial in [0, *alive]}
    for serial in known:
        group[next((s for s in line_of(known, serial) if s in alive), 0)].append(serial)
    rows = lives(known, {s: group[s] for s in alive}, at, generations[-1])
    got = species('--most', '1000', '--clade', str(at), file)
    check(len(rows) > 9 and got == rows, f'{what}: --clade {at}',
          *(f'{a} {b}' for a, b in zip(got, rows) if a != b))
    shown = [row[1] for row in rows[:9]]
    check(np.allclose(species('--muller', '--most', '9', '--clade', str(at), file),
                      shares(known, group, shown, [t for t in generations if t >= at]), 1e-14),
          f'{what}: --clade {at} --muller')


# Of the drawn tree. Leaves: those with most cells now. A branch ends where its genotype, or one to
# which it alone leads, bears another that leads to a leaf.

def drawn(known, extant, most, at):
    """Branches (start, end, genotype, founder of its clade, cells): not their rows."""
    now, alive, _ = extant[-1]
    first = extant[0][0]
    founders = next(alive for t, alive, _ in extant if t == at)
    leaves = sorted(alive, key=lambda s: (-known[s].cells[now], s))[:most]
    children = collections.defaultdict(set)
    for leaf in leaves:
        for serial in line_of(known, leaf):
            children[known[serial].parent].add(serial)
    found = []

    def clade(serial):  # of those that were gone by then there is none
        if serial in founders or not serial:
            return serial
        return clade(known[serial].parent) if known[serial].origin > at else 0

    def follow_limb(serial, start, since):
        later = [c for c in children[serial] if (known[c].origin, c) > since]
        if not later:
            found.append((start, now, serial, clade(serial), known[serial].cells[now]))
            return
        when = min(known[c].origin for c in later)
        born = sorted(c for c in later if known[c].origin == when)
        limbs = [(c, (-1, 0)) for c in born]
        if serial in leaves or len(born) < len(later):
            limbs.append((serial, (when, born[-1])))
        if len(limbs) > 1 or clade(serial) != clade(born[0]):
            found.append((start, when, serial, clade(serial), 0))
            start = when
        for limb in limbs:
            follow_limb(limb[0], start, limb[1])
    for root in children[0]:
        follow_limb(root, max(known[root].origin, first), (-1, 0))
    return leaves, found


def compare_drawn(what, file, most, at=None):
    known, extant, _ = follow(file)
    options = ['--leaves', str(most)] + (['--clade', str(at)] if at is not None else [])
    leaves, expected = drawn(known, extant, most, extant[0][0] if at is None else at)
    rows = [dict(zip(TREE, row)) for row in
            (map(float, line.split('\t')) for line in
             output('lineage', '--draw', '--tsv', *options, file).decode().splitlines()[1:])]
    got = [tuple(row[key] for key in ('generation', 'end', 'genotype', 'clade', 'cells'))
           for row in rows]
    check(sorted(got) == sorted(expected) and len(got) >= len(leaves) > 4, f'{what}: branches',
          *map(str, sorted(set(got) ^ set(expected))))
    tips = [row for row in rows if row['cells']]
    check(sorted(row['row'] for row in tips) == list(range(1, len(leaves) + 1)) and all(
        row['end'] == extant[-1][0] for row in tips), f'{what}: a row for each leaf')
    apart = not any(
        a['row'] == b['row'] and a['generation'] < b['end'] and b['generation'] < a['end']
        or a['generation'] < b['generation'] < a['end']
        and min(b['row'], b['from']) < a['row'] < max(b['row'], b['from'])
        for a, b in itertools.permutations(rows, 2))
    check(apart, f'{what}: no line crosses another')
    stems = [row for row in rows if row['row'] != row['from']]
    check(all(any(stem['end'] == row['generation'] and stem['row'] == row['from'] for stem in rows)
              for row in stems), f'{what}: branches begin at the ends of others')

    def limbs(stem):
        end, place = (stem['end'], stem['row']) if stem else (None, None)
        return [row for row in sorted(rows, key=lambda row: row['row']) if row is not stem and (
            (row['generation'], row['from']) == (end, place) if stem else row not in under)]
    under = [row for stem in rows if not stem['cells'] for row in limbs(stem)]

    def weights(stem):
        return [row['cells'] or sum(weights(row)) for row in limbs(stem)]
    check(all(weights(stem) == sorted(weights(stem), reverse=True)
              for stem in [None, *(row for row in rows if not row['cells'])]),
          f'{what}: the heaviest first')
    ranks = [row[1] for row in species('--clade', str(extant[0][0] if at is None else at), '--most',
                                       '31', file)]
    check(all(row['colour'] == (ranks.index(row['clade']) + 1 if row['clade'] in ranks else 32)
              for row in rows), f'{what}: colours of clades')


TREE = ['generation', 'end', 'row', 'from', 'genotype', 'clade', 'colour', 'cells']


# ggmuller: one tree whose root is no identity, as its path through the tree is to be (path_vector()
# in its MullerPlot.R); each identity in the tree once in each generation, and no other.

def compare_ggmuller(what, file, *options):
    with tempfile.TemporaryDirectory() as folder:
        output('species', '--ggmuller', folder, *options, file)
        (edges_head, *edges), (head, *populations) = (
            [line.split(',') for line in open(os.path.join(folder, name), encoding='utf-8')
             .read().splitlines()] for name in ('edges.csv', 'populations.csv'))
    parent = {int(identity): int(above) for above, identity in edges}
    roots = {above for above in parent.values() if above not in parent}

    def path(node):
        return [node, *itertools.chain(*map(path, sorted(c for c in parent if parent[c] == node))),
                node]
    check(edges_head == ['Parent', 'Identity'] and len(parent) == len(edges) and roots == {0}
          and sorted(path(0)) == sorted(2 * [0, *parent]), f'{what}: ggmuller takes the tree')
    cells = {(int(t), int(identity)): int(n) for t, identity, n in populations}
    generations = sorted({t for t, _ in cells})
    check(head == ['Generation', 'Identity', 'Population'] and len(cells) == len(populations) and
          set(cells) == set(itertools.product(generations, [0, *parent])),
          f'{what}: ggmuller takes the populations')
    rows = []
    for t, *shares_of in species('--muller', *options, file):
        every = sum(cells[t, identity] for identity in [0, *parent])
        rows.append(np.allclose([cells[t, identity] / max(every, 1) for identity in [0, *parent]],
                                shares_of, 1e-14))
    known, _, _ = follow(file)
    nested = all(above == (next((s for s in line_of(known, known[s0].parent) if s in parent), 0)
                           if '--clade' not in options else 0) for s0, above in parent.items())
    check(all(rows) and len(rows) == len(generations) > 2 and nested,
          f'{what}: ggmuller gets the shares of --muller, nested as genotypes descend')


RUNS = [('-W 13 -H 11 --init 0.2 --ip 0.3', ''), ('-W 13 -H 11 --init 0.2 --ip 0.3', '--every 3'),
        ('-W 12 -H 9 --init 0.3 --ip 1 --ppp 0.3', '--every 24'),  # pools in place of births
        ('-W 12 -H 9 --init 0.3 --ip 0.6 --ppp 0.1 --budget 9', '--schedule sync --cull 0.05'),
        ('-W 13 -H 11 --channels 1 --init 0.3 --ip 0.4 --alpha 0.3', ''),  # births of no genome
        ('-W 13 -H 11 --channels 3 --activation tanh --alpha 0 --init 0.1 --ip 0.5', '--every 2')]
for number, (seed, step) in enumerate(RUNS):
    run(f'run{number}', f'{seed} --ppp 0.1 --seed {number + 5}', f'-n 48 {step}')
    compare_run(f'{seed} {step}'.strip(), named(f'run{number}'))
    if 'every' not in step:
        compare_species(f'{seed} {step}'.strip(), named(f'run{number}'))
    compare_drawn(f'{seed} {step}'.strip(), named(f'run{number}'), 5)
    compare_drawn(f'{seed} {step}, all'.strip(), named(f'run{number}'), 1000, 24)
    compare_ggmuller(f'{seed} {step}'.strip(), named(f'run{number}'), '--most', '9')
compare_ggmuller('clades', named('run0'), '--clade', '4', '--most', '9')

run('one', '-W 13 -H 11 --init 0.2 --ip 0.3 --ppp 0.1', '-n 9')
for name, before, step in ('two', 'one', '-n 8 --every 4'), ('three', 'two', '-n 20'):
    with open(named(name), 'wb') as stream:
        stream.write(output('step', *step.split(), named(before)))
compare_run('parts', named('one'), named('two'), named('three'))
compare_run('parts, one missing', named('one'), named('three'))
compare_run('a part alone', named('three'))

run('big', '-W 60 -H 60 --init 0.1 --ip 0.3', '-n 200')
for options in [], ['--all'], ['--min-cells', '5'], ['--all', '--min-cells', '10']:
    text = output('lineage', *options, named('big')).decode()
    check(text.count('\n') > 50 and not faults(text),
          f'ALife data standard, {text.count(chr(10)) - 1} genotypes: {" ".join(options)}',
          *faults(text))
BAD = {'twice': '7,[none],0,1', 'no ancestor': '8,[9],0,1', 'before its ancestor': '8,[7],0,1',
       'ends before it begins': '8,[7],3,2', 'no list': '8,7,3,4', 'a field more': '8,[7],3,4,5'}
for what, line in BAD.items():
    check(faults(f'id,ancestor_list,origin_time,destruction_time\n7,[none],1,inf\n{line}\n'),
          f'the checker finds what is wrong: {what}')


# Other programs that read the standard, where they are installed

def known_to(module, what, load):
    if not importlib.util.find_spec(module):
        check(True, f'{module}: {what} # SKIP not installed')
        return
    try:
        good = load()
        check(good, f'{module}: {what}')
    except Exception as error:  # whatever it has to say
        check(False, f'{module}: {what}', repr(error))


FILE = named('run0') + '.csv'
with open(FILE, 'w', encoding='utf-8') as csv:
    csv.write(phylogeny('--all', named('run0')))
genotypes = follow(named('run0'))[0]


def stddev():  # as of its version 0.3.3 only with pandas 2
    from ALifeStdDev import phylogeny as alife
    graph = alife.load_phylogeny_to_networkx(FILE)
    return {int(s) for s in graph.nodes} == set(genotypes) and {
        (int(a), int(b)) for a, b in graph.edges} == {(g.parent, s) for s, g in genotypes.items()
                                                      if g.parent}


def phyloframe():
    import pandas as pd
    from phyloframe import legacy
    frame = pd.read_csv(FILE)
    assert legacy.alifestd_validate(frame)
    assert legacy.alifestd_is_chronologically_ordered(frame)
    roots = legacy.alifestd_find_root_ids(frame)
    return set(roots) == {s for s, g in genotypes.items() if not g.parent}


known_to('ALifeStdDev', 'reads it, the same genotypes and parents', stddev)
known_to('phyloframe', 'reads it, valid, in order of time, the same founders', phyloframe)
finish()
