"""Random chords with two derivatives, for claims about curvature: polynomials, stepped curvature, tanh networks, tilted wells."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp

from theory.symbols import t
from toykit.data import Data, teacher_student
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.formula import Polynomial
from toykit.networks.mlp import MLP
from toykit.networks.spline import Spline
from toykit.seeds import generator

CELLS = 64
"""Breaks lie at multiples of 1/64, so that every number of a spline is a short rational."""


def smooth_chords(slug: str, count: int, seed: int) -> Iterator[Pair]:
    """`count` random pairs, of each kind in turn; stepped curvature, which meets the bounds, comes every second time."""
    kinds = (stepped_chord, polynomial_chord, stepped_chord, tanh_chord, stepped_chord, tilted_well)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{slug}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def stepped_chord(draw: np.random.Generator, name: str) -> Pair:
    """phi'' = M, m, M on three stretches (or m, M, m), with random breaks and end slope: C^1 by construction.

    Half of them are symmetric, with equal outer stretches; walls of width 0 leave a constant curvature.
    """
    m = Fraction(-int(draw.integers(1, 33)), 8)
    step = Fraction(int(draw.integers(1, 65)), 8)
    wall = int(draw.integers(0, CELLS // 2))
    other = wall if draw.random() < 0.5 else int(draw.integers(0, CELLS // 2))
    breaks = sorted({Fraction(0), Fraction(wall, CELLS), Fraction(CELLS - other, CELLS), Fraction(1)})
    inside = [wall <= CELLS * lo < CELLS - other for lo in breaks[:-1]]
    low_inside = draw.random() < 0.75
    curvatures = [m if middle == low_inside else m + step for middle in inside]
    slope = Fraction(int(draw.integers(-16, 17)), 8)
    return Spline.of_curvature(breaks, curvatures, slope=slope, name=name).pair()


def polynomial_chord(draw: np.random.Generator, name: str) -> Pair:
    """A polynomial of degree 7 with coefficients in {-16, .., 16}/4."""
    return Spline([0, 1], [[Fraction(int(c), 4) for c in draw.integers(-16, 17, size=8)]], name=name).pair()


def tanh_chord(draw: np.random.Generator, name: str) -> Pair:
    """Two random tanh networks on a small regression."""
    data = teacher_student(count=12, width=3, number=int(draw.integers(2**31)))
    net = MLP((3, int(draw.integers(2, 6)), 1), "tanh", SquaredLoss(), data)
    return Pair(net, net.draw(draw), net.draw(draw), name)


def tilted_well(draw: np.random.Generator, name: str) -> Pair:
    """phi = c t^2(1-t)^2 + d t^2(3-2t): stationary ends, d apart [barrier/double_well]."""
    c, d = sp.Rational(int(draw.integers(1, 65)), 4), sp.Rational(int(draw.integers(-32, 33)), 16)
    well = Polynomial(c * t**2 * (1 - t) ** 2 + d * t**2 * (3 - 2 * t), (t,), name)
    return Pair(well, well.point(t=0.0), well.point(t=1.0), name)


def kinked_chord(draw: np.random.Generator, name: str) -> Pair:
    """Parabolas on two to five pieces that meet with slope jumps of either sign."""
    inner = draw.choice(np.arange(1, CELLS), size=int(draw.integers(1, 5)), replace=False)
    breaks = [Fraction(0), *(Fraction(int(b), CELLS) for b in sorted(inner)), Fraction(1)]
    polynomials, level = [], Fraction(0)
    for lo, hi in pairwise(breaks):
        slope, half = (Fraction(int(c), 4) for c in draw.integers(-16, 17, size=2))
        # level + slope (t - lo) + half (t - lo)^2, in powers of t
        polynomials.append((level - slope * lo + half * lo**2, slope - 2 * half * lo, half))
        level += slope * (hi - lo) + half * (hi - lo) ** 2
    return Spline(breaks, polynomials, name).pair()


def kink_unit() -> Pair:
    """f(t) = relu(t - 1/2) with target 1 and the loss (f - 1)^2/2: phi'' >= 0 wherever it exists, one kink J = -1, B = 3/16."""
    net = MLP((1, 1, 1), "relu", SquaredLoss(), Data([[1.0]], [[1.0]], name="kink unit"), bias=(True, False))
    return Pair(net, net.point([[0.0]], [-0.5], [[1.0]]), net.point([[0.0]], [0.5], [[1.0]]), "kink unit")


def unlisted_kink() -> Pair:
    """The same unit scaled by 4 as the first of two logits: phi = ln(1 + exp(-4 relu(t - 1/2))), one kink J = -2, B = 0.2832.

    With cross-entropy the pieces are no polynomials, so that the exact engine does not list it.
    """
    net = MLP((1, 1, 2), "relu", CrossEntropy(), Data([[1.0]], [0], classes=2, name="unlisted kink"), bias=(True, False))
    ends = (net.point([[0.0]], [bias], [[4.0], [0.0]]) for bias in (-0.5, 0.5))
    theta_a, theta_b = ends
    return Pair(net, theta_a, theta_b, "unlisted kink")
