"""Check that g(1/2) is the sum of the Moebius terms of all sets of layers, from both ends [barrier/layer_attribution]."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from toykit.barriers.layers import LayerChord, Layers, subsets
from toykit.barriers.measured import tolerance
from toykit.data import teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.formula import Polynomial
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/layer_attribution"
MOST = 6
"""Layers of which all sets are evaluated: 2^6 losses from each end. Of more layers only singles and pairs are."""


@dataclass(frozen=True)
class Attribution:
    """m(S) of the nonempty sets that were evaluated, as the mean over both ends, and of each end alone."""

    layers: Layers
    from_a: dict[Layers, float]
    from_b: dict[Layers, float]

    @property
    def terms(self) -> dict[Layers, float]:
        """[m_a(S) + m_b(S)]/2."""
        return {s: (self.from_a[s] + self.from_b[s]) / 2 for s in self.from_a}

    @property
    def shares(self) -> dict[str, float]:
        """The Shapley share of each layer: the sum of m(S)/|S| over the sets that hold it."""
        return {layer: math.fsum(term / len(s) for s, term in self.terms.items() if layer in s) for layer in self.layers}

    def of_size(self, smallest: int, largest: int) -> float:
        """The sum of the mean terms with smallest <= |S| <= largest."""
        return math.fsum(term for s, term in self.terms.items() if smallest <= len(s) <= largest)


def check(pair: Pair, most: int = MOST) -> Result:
    """The gap at 1/2 and the rise from either end against the sums of their terms, and against the shares of the layers."""
    chord, net = LayerChord(pair), pair.landscape
    count = len(chord.layers)
    sets = list(subsets(chord.layers, None if count <= most else 2))
    from_a = net.losses([chord.from_a(s) for s in sets])
    from_b = net.losses([chord.from_b(s) for s in sets])
    found = Attribution(chord.layers, moebius(sets, from_a), moebius(sets, from_b))
    start, middle, end = (float(v) for v in net.profile(pair.theta_a, pair.theta_b, np.array([0.0, 0.5, 1.0])))
    gap = middle - (start + end) / 2
    letters = {
        "from_a": math.fsum(found.from_a.values()),
        "from_b": math.fsum(found.from_b.values()),
        "singles": found.of_size(1, 1),
        "pairs": found.of_size(2, 2),
        "rest": found.of_size(3, count),
    }
    scale = max(math.fsum(map(abs, terms.values())) for terms in (found.from_a, found.from_b))
    allowed = tolerance(pair, max(scale, float(np.abs(from_a).max()), float(np.abs(from_b).max()), abs(middle)))
    sides = (
        ("gap at 1/2", gap, evaluate(SLUG, "gap", letters), "all terms, mean over both ends"),
        ("rise from theta_a", middle - start, letters["from_a"], "all terms m_a"),
        ("rise from theta_b", middle - end, letters["from_b"], "all terms m_b"),
        ("gap at 1/2, by shares", gap, math.fsum(found.shares.values()), "shares of the layers"),
    )
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(
            Comparison(name, Number.exact(measured), Relation.EQUAL, Number.exact(total, note), allowed)
            for name, measured, total, note in sides
        ),
        letters=letters,
        assumptions={"COMPLETE": complete(count, most)},
        extra={
            "shares": found.shares,
            "terms": {" + ".join(s): {"base a": found.from_a[s], "base b": found.from_b[s]} for s in found.terms},
            "left unexplained by singles and pairs": gap - letters["singles"] - letters["pairs"],
        },
    )


def complete(count: int, most: int = MOST) -> Outcome:
    """COMPLETE: all sets of layers are evaluated, which there are too many of where the layers are more than `most`."""
    if count > most:
        return Outcome(False, f"{count} layers: singles and pairs only, since all sets are {2**count} losses from each end")
    return Outcome(True, f"{count} layers: all {2**count} sets from both ends")


def moebius(sets: list[Layers], values: Floats) -> dict[Layers, float]:
    """m(S), the sum of (-1)^(|S|-|T|) F(T) over the subsets T of S, for the nonempty sets; `values` are F in their order."""
    known: Mapping[Layers, float] = dict(zip(sets, map(float, values), strict=True))
    return {s: math.fsum((-1) ** (len(s) - len(part)) * known[part] for part in subsets(s)) for s in sets if s}


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random polynomials of one to five layers, and tanh and ReLU networks with two to four."""
    kinds = (random_polynomial, random_network)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def random_polynomial(draw: np.random.Generator, name: str) -> Pair:
    """Four random monomials of up to five layers, between random points."""
    symbols = sp.symbols(f"x1:{int(draw.integers(2, 7))}", real=True)
    powers = draw.integers(0, 4, size=(4, len(symbols)))
    terms = (int(draw.integers(-8, 9)) * sp.prod(s ** int(p) for s, p in zip(symbols, row, strict=True)) for row in powers)
    net = Polynomial(sp.Add(*terms), symbols, name)
    first, last = (net.point(**dict(zip(net.names, end, strict=True))) for end in draw.normal(size=(2, len(symbols))))
    return Pair(net, first, last, name)


def random_network(draw: np.random.Generator, name: str) -> Pair:
    """Two random networks on a small regression."""
    data = teacher_student(count=12, width=3, outputs=2, number=int(draw.integers(2**31)))
    hidden = draw.integers(2, 6, size=int(draw.integers(1, 4))).tolist()
    net = MLP((3, *hidden, 2), "tanh" if draw.random() < 0.5 else "relu", SquaredLoss(), data)
    return Pair(net, net.draw(draw), net.draw(draw), name)


def extremal() -> Iterator[Pair]:
    """Always equal: two minima of a product on one branch and on two, and a sum over layers, without terms of pairs."""
    symbols = sp.symbols("x1:4", real=True)
    product = Polynomial((symbols[0] * symbols[1] - 1) ** 2 / 2, symbols[:2], "product", nonnegative=True)
    start = product.point(x1=1, x2=1)
    yield Pair(product, start, product.point(x1=2, x2=0.5), "one branch")
    yield Pair(product, start, product.point(x1=-1, x2=-1), "opposite branches")
    additive = Polynomial(sum(s**4 - 2 * s**2 for s in symbols), symbols, "sum over layers")
    yield Pair(additive, additive.point(x1=-1, x2=-1, x3=-1), additive.point(x1=1, x2=1, x3=1), "sum over layers")


def necessity() -> Iterator[tuple[str, Pair]]:
    """The square of a product of seven weights from 1 to 3 each: singles and pairs are a small part of the gap."""
    symbols = sp.symbols(f"x1:{MOST + 2}", real=True)
    net = Polynomial(sp.prod(symbols) ** 2 / 2, symbols, "product of seven", nonnegative=True)
    first, last = (net.point(**dict.fromkeys(net.names, value)) for value in (1.0, 3.0))
    yield "COMPLETE", Pair(net, first, last, "product of seven")
