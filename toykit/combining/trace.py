"""The Delta-weighted block trace sum_b Delta_b^T H_bb Delta_b at Theta_m, exactly or from random signs per block.

With independent signs s_b, E (s*Delta)^T H (s*Delta) = sum_b Delta_b^T H_bb Delta_b, because the terms between blocks
cancel in the mean (Hutchinson).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from toykit.combining.draws import Mixing
from toykit.combining.laws import radial
from toykit.landscape import Floats
from toykit.seeds import generator

FEW = 16
"""Blocks up to which every block, and every pair of blocks, gets its own curvature."""


@dataclass(frozen=True)
class Trace:
    """sum_b Delta_b^T H_bb Delta_b with its standard error, which is 0 where every block was evaluated."""

    value: float
    error: float
    draws: int = 0


def exact_trace(mixed: Mixing) -> Trace:
    """One curvature Delta_b^T H Delta_b per block."""
    eye = np.eye(mixed.blocks.count)
    return Trace(math.fsum(_curvature(mixed, eye[b]) for b in range(mixed.blocks.count)), 0.0)


def sampled_trace(mixed: Mixing, draws: int, number: int = 0) -> Trace:
    """The mean of (s*Delta)^T H (s*Delta) over `draws` random signs per block."""
    stream = generator(f"signs {mixed.blocks.granularity}", number)
    unit = radial(2.0)  # 1/2 +- 1: its deviation from the mean is a random sign
    found = np.array([_curvature(mixed, unit.draw(stream, mixed.blocks.count) - 0.5) for _ in range(draws)])
    return Trace(float(found.mean()), float(found.std(ddof=1) / math.sqrt(draws)), draws)


def block_trace(mixed: Mixing, draws: int = 32, number: int = 0) -> Trace:
    """The exact trace of up to 16 blocks, the sampled one of more."""
    return exact_trace(mixed) if mixed.blocks.count <= FEW else sampled_trace(mixed, draws, number)


def block_hessian(mixed: Mixing) -> Floats:
    """B_bb' = Delta_b^T H Delta_b' at Theta_m by polarisation, shape (blocks, blocks), symmetric."""
    n = mixed.blocks.count
    eye = np.eye(n)
    found = np.diag([_curvature(mixed, eye[b]) for b in range(n)])
    for b in range(n):
        for c in range(b):
            both = _curvature(mixed, eye[b] + eye[c])
            found[b, c] = found[c, b] = (both - found[b, b] - found[c, c]) / 2
    return found


def _curvature(mixed: Mixing, xi: Floats) -> float:
    return mixed.pair.landscape.curvature(mixed.centre, mixed.step(xi))
