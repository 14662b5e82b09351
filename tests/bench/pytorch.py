#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rule as operations on whole arrays in PyTorch: what nca-step is compared with.

usage: pytorch.py [GENERATIONS [THREADS [SIDE]]]

Experiment 17 on 200x200 cells, schedule sync, with PyTorch's own random numbers: the same rule,
other draws. On a GPU, if PyTorch sees one. Prints the million cell updates a second, wall and
processor time, and how many cells live at the end."""
import sys
import time

import torch

GENERATIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
torch.manual_seed(1)
torch.set_default_device("cuda" if torch.cuda.is_available() else "cpu")
H = W = int(sys.argv[3]) if len(sys.argv) > 3 else 200
L, INIT, PPP, IP, ALPHA = 2, 0.02, 0.02, 0.1, 0.5
N, IN = H * W, 9 * L
SHIFTS = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)]

index = torch.arange(N).reshape(H, W)
around = torch.stack([index.roll((-dr, -dc), (0, 1)) for dr, dc in SHIFTS])
around = around.reshape(9, N).T  # [N, 9]
alive = torch.randperm(N)[: int(N * INIT)]
state = torch.zeros(L, N)
state[:, alive] = 1
age = torch.zeros(N, dtype=torch.int32)
genome = torch.zeros(N, IN * L + L + L * L + L)
genome[alive, : IN * L] = (torch.rand(len(alive), IN * L) * 2 - 1) * (6 / (IN + L)) ** 0.5
genome[alive, IN * L + L : -L] = (torch.rand(len(alive), L * L) * 2 - 1) * (6 / (2 * L)) ** 0.5
weights = torch.cat([torch.arange(IN * L), torch.arange(IN * L + L, IN * L + L + L * L)])


def step(state, age, genome):
    x = state[:, around]  # [L, N, 9]
    flat = x.permute(1, 0, 2).reshape(N, IN)
    live = (flat > ALPHA).any(1)
    W1, b1, W2, b2 = genome.split([IN * L, L, L * L, L], 1)
    h = torch.sigmoid(torch.baddbmm(b1.unsqueeze(2), W1.reshape(N, L, IN), flat.unsqueeze(2)))
    out = torch.baddbmm(b2.unsqueeze(2), W2.reshape(N, L, L), h).squeeze(2)
    out = torch.where(live.unsqueeze(1), out, 0)
    empty = (genome == 0).all(1)
    candidate = x[0] > ALPHA  # [N, 9]
    heir = (live & candidate.any(1) & (torch.rand(N) < IP)).nonzero().squeeze(1)
    pick = (torch.rand(len(heir), 9) * candidate[heir]).argmax(1)
    child = genome[around[heir, pick]]
    hit = (torch.rand(len(heir), len(weights)) < PPP) & empty[heir].unsqueeze(1)
    child[:, weights] += hit * (torch.rand(len(heir), len(weights)) * 2 - 1)
    genome = torch.where(live.unsqueeze(1), genome, 0)
    genome[heir] = child
    born = torch.zeros(N, dtype=torch.bool)
    born[heir] = empty[heir]
    state = torch.sigmoid(out).T.contiguous()
    state = torch.where(state[0] > ALPHA, state, 0)
    age = torch.where((state[0] * 10).round() / 10 > ALPHA, age + 1, 0)
    dead = age == 0
    state = torch.where(dead, 0, state)
    genome = torch.where((dead & ~born).unsqueeze(1), 0, genome)
    return state, age, genome


start, used = time.perf_counter(), time.process_time()
for _ in range(GENERATIONS):
    state, age, genome = step(state, age, genome)
living = int((age > 0).sum())  # waits for the device
wall, used = time.perf_counter() - start, time.process_time() - used
updates = N * GENERATIONS / 1e6
print(f"{updates / wall:.2f} M updates/s; {updates / used:.2f} a second of processor time; "
      f"{living} of {N} cells live, on {state.device.type}")
