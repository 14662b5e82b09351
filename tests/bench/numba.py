#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rule as a loop over cells that Numba compiles and runs on all cores: the fastest that a user
of Python would write, and what nca-step is compared with.

usage: numba.py [EXPERIMENT [GENERATIONS [THREADS]]]

Experiment 1 or 17 on 200x200 cells, schedule sync, with random numbers of its own: the same
rule, other draws. Prints the million cell updates a second, wall and processor time, without what
compiling takes, and how many cells live at the end."""
import math
import sys
import time

del sys.path[0]  # this file has the module's name
import numba  # noqa: E402
import numpy as np  # noqa: E402

EXPERIMENT = int(sys.argv[1]) if len(sys.argv) > 1 else 17
GENERATIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
numba.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 2)
BUDGET = {1: 4, 17: 1 << 30}[EXPERIMENT]
H = W = 200
L, INIT, PPP, IP, ALPHA = 2, 0.02, 0.02, 0.1, np.float32(0.5)
IN = 9 * L
WEIGHTS = IN * L + L + L * L + L


@numba.njit(inline="always")
def draw(rng):
    """A number from 0 to 1, by a xorshift generator of its own for each row."""
    rng ^= rng << np.uint64(13)
    rng ^= rng >> np.uint64(7)
    rng ^= rng << np.uint64(17)
    return rng, np.float32(rng >> np.uint64(40)) * np.float32(2**-24)


@numba.njit(parallel=True, fastmath=True)
def step(seeds, state, age, has, genome, state2, age2, has2, genome2):
    for r in numba.prange(H):
        x = np.empty(IN, np.float32)
        candidates = np.empty(9, np.int64)
        rng = seeds[r]
        rows = (r * W - W if r else (H - 1) * W, r * W, r * W + W if r < H - 1 else 0)
        for c in range(W):
            columns = (c - 1 if c else W - 1, c, c + 1 if c < W - 1 else 0)
            i, live, count, k = r * W + c, False, 0, 0
            has2[i] = False
            for row in rows:
                for column in columns:
                    j = row + column
                    for channel in range(L):
                        x[channel * 9 + k] = state[j, channel]
                        live |= state[j, channel] > ALPHA
                    if state[j, 0] > ALPHA:
                        candidates[count] = j
                        count += 1
                    k += 1
            state2[i, :] = 0
            age2[i] = 0
            if not live:
                continue
            born = False
            rng, u = draw(rng)
            if count and u < IP:
                rng, u = draw(rng)
                parent = candidates[int(u * np.float32(count))]
                if has[parent]:
                    born = not has[i]
                    for w in range(WEIGHTS):
                        genome2[i, w] = genome[parent, w]
                        bias = IN * L <= w < IN * L + L or w >= WEIGHTS - L
                        if born and not bias:
                            rng, u = draw(rng)
                            if u < PPP:
                                rng, u = draw(rng)
                                genome2[i, w] += 2 * u - 1
                    has2[i] = True
            elif has[i]:
                for w in range(WEIGHTS):
                    genome2[i, w] = genome[i, w]
                has2[i] = True
            if has[i]:
                h = np.zeros(L, np.float32)
                for o in range(L):
                    total = genome[i, IN * L + o]
                    for n in range(IN):
                        total += genome[i, o * IN + n] * x[n]
                    h[o] = np.float32(1) / (np.float32(1) + math.exp(-total))
                for o in range(L):
                    total = genome[i, WEIGHTS - L + o]
                    for n in range(L):
                        total += genome[i, IN * L + L + o * L + n] * h[n]
                    state2[i, o] = np.float32(1) / (np.float32(1) + math.exp(-total))
            if state2[i, 0] > np.float32(0.55):  # what is rounded to more than alpha
                age2[i] = age[i] + 1
            if age2[i] == 0 or age2[i] > BUDGET:
                age2[i] = 0
                state2[i, :] = 0
                has2[i] = born
        seeds[r] = rng


def seeded():
    rng = np.random.default_rng(1)
    alive = rng.permutation(H * W)[: int(H * W * INIT)]
    state, genome = np.zeros((H * W, L), np.float32), np.zeros((H * W, WEIGHTS), np.float32)
    has = np.zeros(H * W, bool)
    state[alive], has[alive] = 1, True
    limits = ((0, IN * L, (6 / (IN + L)) ** 0.5), (IN * L + L, WEIGHTS - L, (6 / (2 * L)) ** 0.5))
    for first, last, limit in limits:
        genome[alive, first:last] = rng.uniform(-limit, limit, (len(alive), last - first))
    return state, np.zeros(H * W, np.int32), has, genome


def run(generations):
    now = seeded()
    after = tuple(np.empty_like(a) for a in now)
    seeds = np.arange(1, H + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for _ in range(generations):
        step(seeds, *now, *after)
        now, after = after, now
    return now


run(1)  # compiles
start, used = time.perf_counter(), time.process_time()
living = int((run(GENERATIONS)[1] > 0).sum())
wall, used = time.perf_counter() - start, time.process_time() - used
updates = H * W * GENERATIONS / 1e6
print(f"{updates / wall:.2f} M updates/s; {updates / used:.2f} a second of processor time; "
      f"{living} of {H * W} cells live")
