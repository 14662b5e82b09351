# SPDX-License-Identifier: MIT
"""The rule as an executable specification, for reading rather than speed. It is written from the
model's definition, not from the C code. The network is evaluated in float64, so channels agree with
the programs to about 1e-6; all else (random numbers, genomes, slots, serials, ages) is exact.

m is a stream's header, g a generation as format/nca.py has it, and so is what step() returns.
"""

import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'format'))
import nca

F = np.float32
ACTIVATION = {
    'sigmoid': lambda z: 1 / (1 + np.exp(-z)),
    'tanh': np.tanh,
    'relu': lambda z: np.maximum(z, 0),
    'leakyrelu': lambda z: np.where(z > 0, z, 0.01 * z),
    'none': lambda z: z,
}


# Random numbers

def philox(counter, key):
    """Philox4x32-10 (Salmon et al., SC 2011) of 4 counter words, each a number or an array."""
    c0, c1, c2, c3 = np.broadcast_arrays(*(np.asarray(c, np.uint64) for c in counter))
    k0, k1 = key
    for _ in range(10):
        a, b = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        low, high = np.uint64(0xFFFFFFFF), np.uint64(32)
        c0, c1, c2, c3 = (b >> high ^ c1 ^ np.uint64(k0), b & low,
                          a >> high ^ c3 ^ np.uint64(k1), a & low)
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c0, c1, c2, c3


def words(m, cell, generation, purpose):
    """w0..w3 for a cell (or an array of them), the generation being made, and a purpose."""
    return philox((cell, generation, purpose, 0), (m['seed'] & 0xFFFFFFFF, m['seed'] >> 32))


def u(word):
    """In [0, 1), exact in float32."""
    return (word >> np.uint64(8)).astype(F) * F(2**-24)


# Genomes: W1[L][9L], b1[L], W2[L][L], b2[L]

def parts(L, genomes):
    """W1, b1, W2, b2 of genomes [..., P]."""
    at = np.cumsum([9 * L * L, L, L * L])
    W1, b1, W2, b2 = np.split(genomes, at, axis=-1)
    lead = genomes.shape[:-1]
    return W1.reshape(*lead, L, 9 * L), b1, W2.reshape(*lead, L, L), b2


def weights(L):
    """Where the weights are among the parameters: W1, then W2, without biases."""
    return np.r_[:9 * L * L, 9 * L * L + L:10 * L * L + L]


def founder(m, cell):
    """Xavier-uniform weights, biases 0."""
    L = m['channels']
    w = np.array(words(m, cell, 0, 0x100 + np.arange(-(-10 * L * L // 4))))  # [4, blocks]
    bound = np.repeat(np.sqrt([6 / (9 * L + L), 6 / (2 * L)]).astype(F), [9 * L * L, L * L])
    genome = np.zeros(10 * L * L + 2 * L, F)
    genome[weights(L)] = (F(2) * u(w.T.ravel()[:10 * L * L]) - F(1)) * bound
    return genome


def child(m, cell, generation, parent, ppp):
    """A copy of the parent's parameters, perturbed; None if no weight was hit."""
    L, genome = m['channels'], parent.copy()
    mask0, delta0, mask1, delta1 = words(m, cell, generation, 0x200 + np.arange(5 * L * L))
    hit = u(np.stack([mask0, mask1], 1).ravel()) < ppp
    delta = F(2) * u(np.stack([delta0, delta1], 1).ravel()) - F(1)
    genome[weights(L)[hit]] += delta[hit]
    return genome if hit.any() else None


# Landscapes

def graymap(file):
    """The pictures of a plain PGM file, without comments: [pictures, N] of 0 .. 1."""
    with open(file, encoding='ascii') as pictures:
        numbers, planes = pictures.read().split(), []
    while numbers:
        _, width, height, most = numbers[:4]
        N = int(width) * int(height)
        planes.append(np.array(numbers[4:4 + N], float) / int(most))
        numbers = numbers[4 + N:]
    return np.array(planes)


def factor(m, now):
    """The landscape's factor for each cell in generation now: float64[N]."""
    kind, _, text = m.get('landscape', 'none').partition(':')
    row, col = (at.ravel() for at in np.mgrid[:m['height'], :m['width']])
    if kind == 'none':
        return np.ones(len(row))
    if kind == 'map':
        planes = graymap(text)
        return planes[now % len(planes)]
    numbers = [float(number) for number in text.split(',')]
    if kind == 'patches':
        size, period, depth = numbers
        patch = row // size * -(-m['width'] // size) + col // size
        return 1 - depth * u(words(m, patch.astype(np.uint64), int(now // period), 4)[0])
    if kind == 'season':
        (period, depth), along = numbers, 0
    else:
        period, length, depth, angle = numbers
        angle = np.deg2rad(angle)
        along = (col * np.cos(angle) + row * np.sin(angle)) / length
    return 1 - depth * (1 - np.cos(2 * np.pi * (along - now / period))) / 2


def whole(product):
    """Rounded to the nearest whole number where it is that but for rounding, else down."""
    nearest = np.rint(product)
    return np.where(abs(product - nearest) <= 1e-9 * np.maximum(1, product), nearest,
                    np.floor(product))


def varied(m, name, now):
    """A number of the model for each cell: what the landscape is on, times its factor."""
    if m.get('landscape-on') == name:
        return whole(m[name] * factor(m, now)) if name == 'budget' else \
            (float(F(m[name])) * factor(m, now)).astype(F)
    return np.full(m['height'] * m['width'], m[name] if name == 'budget' else F(m[name]))


# Generations

def generation(number, state, ages, slots, pool, next_serial, births):
    g = nca.Generation()
    g.generation, g.state, g.alpha = number, state, state[0]
    g.ages, g.slots = ages.astype(np.uint32), np.array(slots, np.uint32).reshape(ages.shape)
    g.pool = {slot: pool[slot] for slot in sorted({0, *np.unique(g.slots).tolist()})}
    g.next_serial, g.births = next_serial, births
    return g


def drawn(m, purpose, count):
    """The cells with the smallest keys."""
    w0, w1, _, _ = words(m, np.arange(m['height'] * m['width']), 0, purpose)
    return np.argsort(w0 | w1 << np.uint64(32), kind='stable')[:count]


def seed(m, flips=0):
    """Generation 0, with so many cells dead that would be alive, or the other way round."""
    rows, cols, L = m['height'], m['width'], m['channels']
    N = rows * cols
    alive = np.zeros(N, bool)
    alive[drawn(m, 0, int(N * m['init']))] = True
    alive[drawn(m, 5, flips)] ^= True
    slots = np.where(alive, np.cumsum(alive), 0)
    pool = {0: nca.Genome(0, 0, np.zeros(10 * L * L + 2 * L, F))}
    for i in np.flatnonzero(alive):
        pool[int(slots[i])] = nca.Genome(int(slots[i]), 0, founder(m, i))
    state = np.tile(alive.astype(F).reshape(rows, cols), (L, 1, 1))
    return generation(0, state, np.zeros((rows, cols)), slots, pool, int(alive.sum()) + 1, [])


def step(m, g):
    """The generation after g."""
    L, rows, cols = g.state.shape
    N, now = rows * cols, g.generation + 1
    alpha, ip, ppp, budget = (varied(m, name, now) for name in ('alpha', 'ip', 'ppp', 'budget'))
    cells = np.arange(N)
    around = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)]

    def neighbours(plane):  # [N, 9]: the value at (row + dr, col + dc) on the torus
        return np.stack([np.roll(plane, (-dr, -dc), (0, 1)).ravel() for dr, dc in around], 1)

    # 1 perceive
    x = np.concatenate([neighbours(channel) for channel in g.state], 1)
    where = neighbours(cells.reshape(rows, cols))
    above = x > np.tile(neighbours(alpha.reshape(rows, cols)), L)
    live = above.any(1)

    # 2 think
    W1, b1, W2, b2 = parts(L, g.genomes().astype(np.float64))
    h = ACTIVATION[m['hidden']](b1 + np.einsum('nkm,nm->nk', W1, x.astype(np.float64)))
    o = np.where(live[:, None], b2 + np.einsum('nck,nk->nc', W2, h), 0)

    # 3 inherit
    old = g.slots.ravel().tolist()
    new = np.where(live, old, 0).tolist()
    w0, w1, w2, _ = words(m, cells, now, 1)
    inherits = live & (u(w0) < ip)
    just_born = np.zeros(N, bool)
    pool, births, next_serial = dict(g.pool), [], g.next_serial
    free = (slot for slot in range(1, N + 1) if slot not in g.pool)
    for i in np.flatnonzero(inherits):
        candidates = where[i, above[i, :9]]
        if not len(candidates):
            continue
        j = candidates[int(w1[i]) * len(candidates) >> 32]
        parent = new[j] if m['schedule'] == 'raster' and j < i else old[j]
        new[i] = parent
        if old[i] == 0:
            just_born[i] = True
            genome = child(m, i, now, pool[parent].parameters, ppp[i])
            if genome is not None:
                new[i] = next(free)
                pool[new[i]] = nca.Genome(next_serial, pool[parent].serial, genome)
                births.append(nca.Birth(now, new[i], parent, *pool[new[i]]))
                next_serial += 1

    # 4 squash
    s = ACTIVATION[m['activation']](o).astype(F)
    s[s[:, 0] <= alpha] = 0

    # 5 age: alpha rounded to one decimal, halves to even
    rounded = np.rint(s[:, 0].astype(np.float64) * 10).astype(F) / F(10)
    ages = np.where(rounded > alpha, g.ages.ravel().astype(np.int64) + 1, 0)

    # 6 budget, 7 reap, 8 cull
    new = np.array(new)
    dies = ages > budget
    new[dies | (ages == 0) & ~just_born] = 0
    if m['cull-from'] <= now < m['cull-until'] and now % m.get('cull-every', 1) == 0:
        culled = u(w2) < F(m['cull'])
        new[culled], dies = 0, dies | culled
    ages[dies] = 0
    s[ages == 0] = 0
    return generation(now, s.T.reshape(g.state.shape), ages.reshape(rows, cols), new, pool,
                      next_serial, births)
