"""Check of B_l^sym = (s_0-s_1)/4 + (h_0+h_1)/16 + R_l with |R_l| <= K_3/48, layer by layer [barrier/layerwise_barrier]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from toykit.barriers.layers import Cut, LayerChord
from toykit.barriers.measured import tolerance, trivial_barrier
from toykit.checks.barrier._chords import tanh_chord
from toykit.checks.barrier._expansions import enclosed
from toykit.curvature.chord_jets import ChordJets
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.networks.formula import Polynomial
from toykit.networks.spline import Spline
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result, Trust

SLUG = "barrier/layerwise_barrier"


@dataclass(frozen=True)
class Merged:
    """One layer merged alone, from both ends: `base_a` and `base_b` against the mean loss of the ends, and the letters."""

    layer: str
    base_a: float
    base_b: float
    letters: dict[str, float]
    third: Number

    @property
    def measured(self) -> float:
        """B_l^sym, the mean of both."""
        return (self.base_a + self.base_b) / 2

    @property
    def estimate(self) -> float:
        """What the diagonal block says."""
        return float(evaluate(SLUG, "estimate", self.letters))


def check(pair: Pair) -> Result:
    """What the blocks miss of B_l^sym in each layer, against K_3; with the index and the cross-layer part for information."""
    chord, net = LayerChord(pair), pair.landscape
    cuts = {layer: chord.cuts(layer) for layer in chord.layers}
    start, end = (net.jet(pair.theta_a, pair.theta_b, t) for t in (0.0, 1.0))
    line = (start.value + end.value) / 2
    rows = [merged(layer, *both, line) for layer, both in cuts.items()]
    gap = float(net.profile(pair.theta_a, pair.theta_b, np.array([0.5]))[0]) - line
    full = {"s_0": start.slope, "s_1": end.slope, "h_0": start.curvature, "h_1": end.curvature}
    scale = max(abs(entry) for jet in (start, end) for entry in jet)
    allowed = tolerance(pair, max(scale, *(abs(x) for row in rows for x in row.letters.values())))
    total, estimate = sum(row.measured for row in rows), evaluate(SLUG, "estimate", full)
    ends = {"L_a": start.value, "L_b": end.value, "B_layers": total, "gap_m": gap}
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(compared(pair, row, line, allowed) for row in rows),
        letters={**rows[0].letters, **ends},
        assumptions={"SMOOTH": smooth([cut for both in cuts.values() for cut in both]), "RANGE": _range(rows)},
        extra={
            "layers": {
                row.layer: {"B_sym": row.measured, "base a": row.base_a, "base b": row.base_b, "estimate": row.estimate}
                for row in rows
            },
            "endpoint estimate": estimate,
            "cross-layer part": estimate - sum(row.estimate for row in rows),
            "gap at 1/2": gap,
            "super-additivity index": evaluate(SLUG, "index", ends) if gap > allowed else None,
        },
    )


def merged(layer: str, from_a: Cut, from_b: Cut, line: float) -> Merged:
    """Both half cuts of one layer; slopes are taken along Delta_l, so the one at theta_b changes its sign."""
    thirds = (from_a.third, from_b.third)
    third = max(thirds, key=lambda known: known.hi)
    base_a, base_b = from_a.end - line, from_b.end - line
    letters = {
        "s_0": from_a.jet.slope,
        "s_1": -from_b.jet.slope,
        "h_0": from_a.jet.curvature,
        "h_1": from_b.jet.curvature,
        "K_3": third.value,
        "B_sym": (base_a + base_b) / 2,
    }
    return Merged(layer, base_a, base_b, letters, third)


def compared(pair: Pair, row: Merged, line: float, allowed: float) -> Comparison:
    """|B_l^sym - estimate| <= K_3/48; vacuous where it allows every cost that the loss can have at all."""
    missed = Number.exact(abs(row.measured - row.estimate), "|B_l^sym - estimate|")
    bound = enclosed(SLUG, "remainder", "K_3", row.third, row.letters)
    highest, trivial = trivial_barrier(pair), None
    if highest is not None and pair.landscape.traits.nonnegative:
        trivial = max(highest - row.estimate, row.estimate + line)
    return Comparison(f"remainder, layer {row.layer}", missed, Relation.AT_MOST, bound, allowed, trivial)


def smooth(cuts: list[Cut]) -> Outcome:
    """SMOOTH, the first cut that is not; where all are, how that is known."""
    analytic = cuts[0].landscape.traits.analytic
    found = [ChordJets(cut.ts[:1], (cut.jet,), cut.pieces, analytic).differentiable(3) for cut in cuts]
    worst = next((outcome for outcome in found if not outcome.holds), found[0])
    return worst if cuts[0].pieces is None else Outcome(worst.holds, f"on half cuts, moved to [0, 1]: {worst.how}")


def _range(rows: list[Merged]) -> Outcome:
    weakest = max((row.third for row in rows), key=lambda known: known.trust)
    if weakest.trust is Trust.ESTIMATED:
        return Outcome(None, f"estimated, not bounded: K_3 from the {weakest.note}")
    return Outcome(True, "third derivatives of the cuts, exact")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random polynomials of two layers, half of them nearly extremal, and tanh networks."""
    kinds = (opposed_cubic, tanh_chord, cubic_surface, tanh_chord)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


x, y = sp.symbols("x y", real=True)


def cubic_surface(draw: np.random.Generator, name: str) -> Pair:
    """Five random monomials x^i y^j with i, j <= 3, between random points."""
    terms = zip(draw.integers(-8, 9, size=5).tolist(), *draw.integers(0, 4, size=(2, 5)).tolist(), strict=True)
    return _pair(sp.Add(*(c * x**i * y**j for c, i, j in terms)), draw.integers(-4, 5, size=4), name)


def opposed_cubic(draw: np.random.Generator, name: str) -> Pair:
    """k x^3 y plus a random quadratic, with y from v to about -v: both cuts in x have nearly the same third derivative."""
    cubic, xx, xy, yy, first, second = (int(entry) for entry in draw.integers(-8, 9, size=6))
    surface = (cubic or 1) * x**3 * y + xx * x**2 + xy * x * y + yy * y**2 + first * x + second * y
    height = int(draw.integers(1, 9))
    ends = [int(draw.integers(-4, 5)), height, int(draw.integers(-4, 5)), int(draw.integers(0, 2)) - height]
    return _pair(surface, np.array(ends), name)


def _pair(surface: sp.Expr, ends: np.ndarray, name: str) -> Pair:
    net = Polynomial(sp.sympify(surface), (x, y), name)
    x_a, y_a, x_b, y_b = (int(entry) / 2 for entry in ends)
    return Pair(net, net.point(x=x_a, y=y_a), net.point(x=x_b, y=y_b), name)


def extremal() -> Iterator[Pair]:
    """x^3 y with y from 1 to -1, which meets K_3/48 in the layer x; and a product, quadratic in each layer."""
    cubic = Polynomial(x**3 * y, (x, y), "x^3 y")
    yield Pair(cubic, cubic.point(x=0, y=1), cubic.point(x=2, y=-1), "x^3 y")
    product = Polynomial((x * y - 1) ** 2 / 2, (x, y), "product", nonnegative=True)
    yield Pair(product, product.point(x=1, y=1), product.point(x=2, y=0.5), "product, c = 2")


def necessity() -> Iterator[tuple[str, Pair]]:
    """One layer with one kink: the estimate is -1/4, measured -1/8, and no third derivative anywhere."""
    quarter = Fraction(1, 4)
    yield "SMOOTH", Spline([0, quarter, 1], [(0,), (-quarter, 1)], name="max(0, t - 1/4)").pair()
