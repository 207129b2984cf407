"""Both sides of the law of random combinations of K networks: their distance from the mean network, and their mean loss.

Networks with hidden layers are first brought into one frame by merging, unless the fact `order` is `as given`. On a quadratic
(fact `degree` = 2) the picks of alpha = 0 are all visited and give the mean loss exactly; where alpha > 0 it is a mean of 48
draws with five standard errors. Of any other loss the second-order coefficient is measured along the draws, extrapolated and
compared with the curvature along them, once per block and once for whole networks; the error bar is five standard errors of
the difference plus what the extrapolation leaves. For information: the losses of draws, and the largest gap on a grid of the
hull.

Facts: `alpha`; `drawn`, the granularity that was really drawn where it is not that of the law.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from toykit.checks.by_type import analytic
from toykit.checks.combinability._pairs import kink
from toykit.combining.excess import RADII, Excess, excess_along
from toykit.combining.simplex import Simplex, barycentric, exact_trace, hull_gaps, simplex
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.matching.merging import merge_many
from toykit.networks.formula import Formula
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/simplex_hull"
DRAWS, MANY = 16, 48
"""Draws for the second-order term, and for means of what is cheap."""

VISITED = 1024
"""Picks of alpha = 0 that are all visited."""

Z = sp.symbols("z_1:4", real=True)


def check(pair: Pair, *, alpha: float = 1.0, granularity: str = "element", draws: int = DRAWS) -> Result:
    """E|Theta - thetabar|^2 and E L(Theta) or its second-order term, for weights per block and for whole networks."""
    alpha = float(pair.facts.get("alpha", alpha))
    thetas = framed(pair)
    law = simplex(pair.landscape, thetas, alpha, granularity)
    drawn = simplex(pair.landscape, thetas, alpha, pair.facts.get("drawn", granularity))
    whole = simplex(pair.landscape, thetas, alpha, "global")
    letters = {"models": float(law.count), "alpha": alpha, "about_mean_2": law.about_mean_2}
    comparisons = [_distance(drawn, letters)]
    extra: dict[str, Any] = {}
    for name, asserted, taken in ((granularity, law, drawn), ("whole networks", whole, whole)):
        if pair.facts.get("degree") == "2":
            letters["trace"] = exact_trace(asserted)
            comparisons += _quadratic(name, asserted, taken, letters)
        else:
            found = along(taken, draws)
            known = _visited(taken)
            letters["trace"] = exact_trace(asserted) if known else 2 * found.predicted * (law.count * alpha + 1)
            comparisons.append(_coefficient(name, found, letters, asserted, known))
            extra[f"measured over predicted, {name}"] = {f"{t:g}": found.ratio(i) for i, t in enumerate(RADII)}
    extra |= _reported(law, draws // 2)
    return Result(SLUG, pair.name, tuple(comparisons), letters, _assumptions(pair, law, drawn), extra)


def framed(pair: Pair) -> tuple[Parameters, ...]:
    """All networks of the pair, in one frame where they have hidden units to be matched."""
    thetas, net = (pair.theta_a, pair.theta_b, *pair.others), pair.landscape
    if pair.facts.get("order") == "as given" or not isinstance(net, Layered) or net.depth < 2:
        return thetas
    return merge_many(net, thetas, restarts=1).thetas


def _distance(drawn: Simplex, letters: dict[str, float]) -> Comparison:
    bound = Number.exact(evaluate(SLUG, "spread_2", letters))
    if _visited(drawn):
        values = [drawn.step(weights).norm() ** 2 for weights in drawn.vertices()]
        measured = Number.exact(math.fsum(values) / len(values), f"all {len(values)} picks")
    else:
        measured = _mean([drawn.step(weights).norm() ** 2 for weights in drawn.draws(MANY)])
    scale = _relative(drawn) * max(1.0, letters["about_mean_2"])
    return Comparison("mean squared distance from the mean network", measured, Relation.EQUAL, bound, scale)


def _visited(mixed: Simplex) -> bool:
    return mixed.alpha == 0 and mixed.picks <= VISITED


def _quadratic(name: str, asserted: Simplex, taken: Simplex, letters: dict[str, float]) -> Iterator[Comparison]:
    landscape = asserted.landscape
    base = landscape.loss(asserted.centre)
    picked, weighted = (replace(taken, alpha=value) for value in (0.0, asserted.alpha))
    visited = [landscape.loss(taken.point(weights)) for weights in picked.vertices()]
    size = _relative(asserted) * max(1.0, abs(base), *map(abs, visited))
    bound = base + evaluate(SLUG, "excess", letters | {"alpha": 0.0})
    measured = Number.exact(math.fsum(visited) / len(visited), f"all {len(visited)} picks")
    yield Comparison(f"mean loss of picks, {name}", measured, Relation.EQUAL, Number.exact(bound), size)
    if asserted.alpha:
        losses = landscape.losses([weighted.point(weights) for weights in weighted.draws(MANY)])
        bound = base + evaluate(SLUG, "excess", letters)
        yield Comparison(f"mean loss, {name}", _mean(list(losses)), Relation.EQUAL, Number.exact(bound), size)


def along(mixed: Simplex, draws: int) -> Excess:
    """The second-order coefficient along the picks where they are few and alpha is 0, else along draws, with both signs."""
    exact = _visited(mixed)
    weights = list(mixed.vertices()) if exact else list(mixed.draws(draws))
    steps, share = (mixed.step(each) for each in weights), np.full(len(weights), 1 / len(weights))
    return excess_along(mixed.landscape, mixed.centre, steps, share, antithetic=True, exact=exact)


def _coefficient(name: str, found: Excess, letters: dict[str, float], asserted: Simplex, known: bool) -> Comparison:
    """The extrapolated coefficient against trace/(2 (K alpha + 1)), of all picks or of the same draws."""
    how = "all picks" if known else f"{found.draws} draws"
    measured = Number.estimated(found.measured, f"{how}, both signs; extrapolated", 5 * found.paired_error + found.remainder)
    value = float(evaluate(SLUG, "excess", letters))
    predicted = Number.exact(value) if known else Number.estimated(value, "curvature along the same draws")
    scale = max(1.0, abs(found.measured), abs(asserted.landscape.loss(asserted.centre)))
    near = _relative(asserted) * scale * 17 / (3 * RADII[-2] ** 2)  # differences of losses are divided by 3 t^2/17
    return Comparison(f"second-order coefficient, {name}", measured, Relation.EQUAL, predicted, near)


def _mean(values: list[float]) -> Number:
    found: Floats = np.array(values)
    error = 5 * float(found.std(ddof=1)) / math.sqrt(len(found))
    return Number.estimated(float(found.mean()), f"{len(found)} draws, five standard errors", error)


def _reported(law: Simplex, draws: int) -> dict[str, Any]:
    landscape, picked = law.landscape, replace(law, alpha=0.0)
    grid = barycentric(law.count, 4)
    return {
        "networks": law.count,
        "mean loss of the networks": float(landscape.losses(list(law.thetas)).mean()),
        "loss of the mean network": landscape.loss(law.centre),
        "mean loss of draws": float(landscape.losses([law.point(weights) for weights in law.draws(draws)]).mean()),
        "mean loss of picks": float(landscape.losses([law.point(weights) for weights in picked.draws(draws)]).mean()),
        f"largest gap of {len(grid)} points of the hull": float(hull_gaps(landscape, law.thetas, grid).max()),
    }


def _relative(mixed: Simplex) -> float:
    return TORCH32 if mixed.landscape.traits.precision == "float32" else ROUNDING


def _assumptions(pair: Pair, law: Simplex, drawn: Simplex) -> dict[str, Outcome]:
    apart = law.blocks.slots == drawn.blocks.slots
    how = "weights per block" if apart else f"weights are common to each {drawn.blocks.granularity} block"
    return {
        "SMOOTH": analytic(pair),
        "INDEPENDENT": Outcome(apart, how),
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: three or four points on a quadratic; two; small tanh networks; larger ones with cross-entropy."""
    for number in range(count):
        stream = generator(f"simplex case {seed}", number)
        alpha = ("1", "0", "0.5", "3")[number // 4 % 4]
        if number % 2 == 0:
            yield _points(stream, 2 if number % 4 == 2 else 3 + number // 4 % 2, f"quadratic #{number}", alpha)
        elif number % 4 == 1:
            data = Data(stream.standard_normal((6, 2)), stream.standard_normal((6, 1)))
            yield _networks(MLP((2, 2, 1), "tanh", SquaredLoss(), data), stream, f"tanh 2-2-1 #{number}", alpha)
        else:
            data = Data(stream.standard_normal((9, 3)), np.arange(9) % 3, classes=3)
            yield _networks(MLP((3, 5, 3), "tanh", CrossEntropy(), data), stream, f"tanh 3-5-3 #{number}", alpha)


def _points(stream: np.random.Generator, count: int, name: str, alpha: str) -> Pair:
    table = stream.integers(-3, 4, (3, 3))
    form = sp.Add(*(int(table[i, j]) * Z[i] * Z[j] for i in range(3) for j in range(3)))
    net = Formula(form + int(stream.integers(-3, 4)) * Z[0], Z, name)
    points = [net.point(**dict(zip(net.names, map(float, row), strict=True))) for row in stream.standard_normal((count, 3))]
    facts = {"degree": "2", "alpha": alpha}
    return Pair(net, points[0], points[1], name, facts=facts, others=tuple(points[2:]))


def _networks(net: MLP, stream: np.random.Generator, name: str, alpha: str) -> Pair:
    first, second, third = (net.draw(stream) for _ in range(3))
    return Pair(net, first, second, name, facts={"alpha": alpha}, others=(third,))


def corners(**facts: str) -> Pair:
    """L = theta^T H theta/2, H = (2 1; 1 4), with the points (0, 0), (3, 0), (0, 3)."""
    x, y = Z[:2]
    net = Formula(x**2 + x * y + 2 * y**2, Z[:2], "three corners")
    first, second, third = (net.point(z_1=float(u), z_2=float(v)) for u, v in ((0, 0), (3, 0), (0, 3)))
    return Pair(net, first, second, net.name, facts={"degree": "2", **facts}, others=(third,))


def extremal() -> Iterator[Pair]:
    """The law is an identity on quadratics: three corners in the plane, one picked per coordinate and weighted."""
    yield corners(alpha="0")
    yield corners()


def necessity() -> Iterator[tuple[str, Pair]]:
    """The kink of |theta - 1/2| between its ends, taken for a quadratic; one weight vector for all coordinates."""
    yield "SMOOTH", replace(kink(), facts={"degree": "2", "alpha": "0"})
    yield "INDEPENDENT", corners(drawn="global", alpha="0")
