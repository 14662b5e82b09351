#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rule as operations on whole arrays in JAX, compiled as one: what nca-step is compared with.

usage: jax.py [GENERATIONS [SIDE]]

Experiment 17 on 200x200 cells, schedule sync, with JAX's own random numbers: the same rule, other
draws. On a GPU, if JAX sees one. Prints the million cell updates a second, wall and processor time,
without what compiling takes, and how many cells live at the end."""
import sys
import time

del sys.path[0]  # this file has the module's name
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

GENERATIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
H = W = int(sys.argv[2]) if len(sys.argv) > 2 else 200
L, INIT, PPP, IP, ALPHA = 2, 0.02, 0.02, 0.1, 0.5
N, IN = H * W, 9 * L
WEIGHTS = IN * L + L + L * L + L
SHIFTS = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)]

index = jnp.arange(N).reshape(H, W)
around = jnp.stack([jnp.roll(index, (-dr, -dc), (0, 1)) for dr, dc in SHIFTS]).reshape(9, N).T
mutable = jnp.concatenate([jnp.arange(IN * L), jnp.arange(IN * L + L, IN * L + L + L * L)])


def uniform(key, shape, limit):
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


def seeded(key):
    keys = jax.random.split(key, 3)
    alive = jax.random.permutation(keys[0], N)[: int(N * INIT)]
    genome = jnp.zeros((N, WEIGHTS))
    genome = genome.at[alive, : IN * L].set(
        uniform(keys[1], (len(alive), IN * L), (6 / (IN + L)) ** 0.5))
    genome = genome.at[alive, IN * L + L : -L].set(
        uniform(keys[2], (len(alive), L * L), (6 / (2 * L)) ** 0.5))
    return jnp.zeros((L, N)).at[:, alive].set(1), jnp.zeros(N, jnp.int32), genome


def step(_, world):
    state, age, genome, key = world
    key, *keys = jax.random.split(key, 5)
    x = state[:, around]  # [L, N, 9]
    flat = x.transpose(1, 0, 2).reshape(N, IN)
    live = (flat > ALPHA).any(1)
    W1, b1, W2, b2 = jnp.split(genome, [IN * L, IN * L + L, IN * L + L + L * L], 1)
    h = jax.nn.sigmoid(jnp.einsum("nij,nj->ni", W1.reshape(N, L, IN), flat) + b1)
    out = jnp.einsum("nij,nj->ni", W2.reshape(N, L, L), h) + b2
    out = jnp.where(live[:, None], out, 0)
    empty = (genome == 0).all(1)
    candidate = x[0] > ALPHA  # [N, 9]
    heir = live & candidate.any(1) & (jax.random.uniform(keys[0], (N,)) < IP)
    pick = (jax.random.uniform(keys[1], (N, 9)) * candidate).argmax(1)
    child = genome[around[jnp.arange(N), pick]]
    hit = (jax.random.uniform(keys[2], (N, len(mutable))) < PPP) & empty[:, None]
    child = child.at[:, mutable].add(hit * uniform(keys[3], (N, len(mutable)), 1))
    genome = jnp.where(live[:, None], genome, 0)
    genome = jnp.where(heir[:, None], child, genome)
    born = heir & empty
    state = jax.nn.sigmoid(out).T
    state = jnp.where(state[0] > ALPHA, state, 0)
    age = jnp.where((state[0] * 10).round() / 10 > ALPHA, age + 1, 0)
    dead = age == 0
    state = jnp.where(dead, 0, state)
    genome = jnp.where((dead & ~born)[:, None], 0, genome)
    return state, age, genome, key


run = jax.jit(lambda world: jax.lax.fori_loop(0, GENERATIONS, step, world))
world = (*seeded(jax.random.key(1)), jax.random.key(2))
run = run.lower(world).compile()
start, used = time.perf_counter(), time.process_time()
state, age, genome, _ = run(world)
living = int((age > 0).sum())  # waits for the device
wall, used = time.perf_counter() - start, time.process_time() - used
updates = N * GENERATIONS / 1e6
print(f"{updates / wall:.2f} M updates/s; {updates / used:.2f} a second of processor time; "
      f"{living} of {N} cells live, on {jax.devices()[0].platform}")
