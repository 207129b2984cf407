"""Pairs on which random combinations are checked: polynomials with known terms, small and wide tanh networks.

The fact `degree` declares a polynomial of degree at most 4, whose excess has no terms beyond the fourth; `law` the law of
lambda. Other facts break an assumption on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy as sp

from toykit.data import Data
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import p2
from toykit.networks.formula import Formula
from toykit.networks.mlp import MLP
from toykit.networks.spline import Spline
from toykit.seeds import generator

SYMMETRIC = ("bernoulli(0.5)", "uniform", "radial(0.5)", "beta(0.5)", "gauss(0.2)")
Z = sp.symbols("z_1:5", real=True)


def quartic(**facts: str) -> Pair:
    """P2, the polynomial x^2 y^2 + x^3 + 2 y^2 from (0, 0) to (2, 1)."""
    return replace(p2(), facts={"degree": "4", **facts})


def equal_blocks(**facts: str) -> Pair:
    """L = (z_1 + z_2)^2 from (0, 0) to (1, 1): one common lambda costs exactly twice as much as two."""
    net = Formula((Z[0] + Z[1]) ** 2, Z[:2], "(z_1 + z_2)^2")
    return Pair(net, net.point(z_1=0.0, z_2=0.0), net.point(z_1=1.0, z_2=1.0), net.name, facts={"degree": "2", **facts})


def integers(**facts: str) -> Pair:
    """L = |z|^2 from (1, 2, 2) to (2, -1, 2), both of norm 3."""
    net = Formula(sp.Add(*(z**2 for z in Z[:3])), Z[:3], "|z|^2")
    first, second = net.point(z_1=1.0, z_2=2.0, z_3=2.0), net.point(z_1=2.0, z_2=-1.0, z_3=2.0)
    return Pair(net, first, second, net.name, facts={"degree": "2", **facts})


def kink() -> Pair:
    """L = |theta - 1/2| from 0 to 1, with the kink at the midpoint."""
    half = Fraction(1, 2)
    return Spline([0, half, 1], [(half, -1), (-half, 1)], "|theta - 1/2|").pair()


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: a quadratic with nearly equal blocks, a quartic, a small tanh network, a wider one with cross-entropy."""
    for number in range(count):
        stream = generator(f"combinability case {seed}", number)
        law = SYMMETRIC[number // 4 % len(SYMMETRIC)]
        yield (_quadratic, _polynomial, _small, _wide)[number % 4](stream, f"#{number}", law)


def _quadratic(stream: np.random.Generator, name: str, law: str) -> Pair:
    n = int(stream.integers(2, 5))
    unlike = 10.0 ** stream.uniform(-6, 0)  # how far from the equal blocks that meet item 5 with equality
    scales, noise = stream.uniform(0.5, 2, n), unlike * stream.standard_normal(n)
    forms = (sp.Add(*(sp.Rational(float(c)) * z for c, z in zip(row, Z, strict=False))) for row in (scales, noise))
    net = Formula(sp.Add(*(form**2 for form in forms)), Z[:n], f"quadratic {name}")
    start = stream.standard_normal(n)
    end = start + (1 + unlike * stream.standard_normal(n)) / scales
    ends = [net.point(**{f"z_{i + 1}": float(v) for i, v in enumerate(values)}) for values in (start, end)]
    return Pair(net, ends[0], ends[1], net.name, facts={"degree": "2", "law": law})


def _polynomial(stream: np.random.Generator, name: str, law: str) -> Pair:
    powers = [(i, j) for i in range(5) for j in range(5 - i)]
    weights = stream.integers(-4, 5, len(powers))
    x, y = Z[:2]
    net = Formula(sp.Add(*(int(w) * x**i * y**j for w, (i, j) in zip(weights, powers, strict=True))), Z[:2], f"quartic {name}")
    ends = [net.point(z_1=float(p), z_2=float(q)) for p, q in stream.uniform(-2, 2, (2, 2))]
    return Pair(net, ends[0], ends[1], net.name, facts={"degree": "4", "law": law})


def _small(stream: np.random.Generator, name: str, law: str) -> Pair:
    data = Data(stream.standard_normal((6, 2)), stream.standard_normal((6, 1)))
    return _network(MLP((2, 2, 1), "tanh", SquaredLoss(), data), stream, f"tanh 2-2-1 {name}", law)


def _wide(stream: np.random.Generator, name: str, law: str) -> Pair:
    data = Data(stream.standard_normal((12, 3)), np.arange(12) % 3, classes=3)
    return _network(MLP((3, 5, 3), "tanh", CrossEntropy(), data), stream, f"tanh 3-5-3 {name}", law)


def _network(net: MLP, stream: np.random.Generator, name: str, law: str) -> Pair:
    return Pair(net, net.draw(stream), net.draw(stream), name, facts={"law": law})
