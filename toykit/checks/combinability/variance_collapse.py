"""Both sides of variance collapse: variances of combined networks against the statistics of their ends, layer by layer.

Layers see the features of the network at Theta_m; lambda of one layer at a time is enumerated where its units have few
inputs (units are independent, so all of them may share one pattern), else drawn 32 times. The depth product is a law of
random weights: it is compared on the pair's own weights with places and signs drawn anew; what the pair itself does stands
in `extra`. Facts: `law`; `features` = `own` asserts item 1 of the ends' own features; `below` = `drawn` lets lambda of the
layers below vary too; `shuffled` = `no` keeps the weights where they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from toykit.arrays import to_numpy
from toykit.checks.combinability._random_weights import random_weights
from toykit.combining.collapse import collapse, parent_variance, weight_letters, weights
from toykit.combining.draws import Mixing, mixing
from toykit.combining.renormalisation import STILL, Method, preactivations64, renormalise, target_moments, unit_moments
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import f10, m4
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/variance_collapse"
DRAWS = 32
POINTS = 64
"""Patterns of lambda of one unit that are all visited."""


@dataclass(frozen=True)
class _Measuring:
    net: Layered
    mixed: Mixing
    relative: float
    own: bool
    below: bool

    @property
    def pair(self) -> Pair:
        return self.mixed.pair


def check(pair: Pair, *, spec: str = "bernoulli(0.5)", draws: int = DRAWS) -> Result:
    """Variance at Theta_m and in the mean over lambda, second moments of shuffled weights, moments after REPAIR."""
    net = pair.landscape
    if not isinstance(net, Layered):
        how = f"{type(net).__name__} is not a network with layers"
        return Result(SLUG, pair.name, (), {}, {"SHARED": Outcome(False, how)})
    mixed = mixing(pair, pair.facts.get("law", spec))
    relative = TORCH32 if net.traits.precision == "float32" else TORCH64
    own, below = pair.facts.get("features") == "own", pair.facts.get("below") == "drawn"
    at = _Measuring(net, mixed, relative, own, below)
    assumptions = {
        "SHARED": Outcome(not own, "each end has the features of its own" if own else "the features at the mean of lambda"),
        "INDEPENDENT": Outcome(not below, "lambda below varies too" if below else "one layer is drawn at a time"),
    }
    comparisons: list[Comparison] = []
    letters: dict[str, float] = {}
    for layer in range(net.depth, 0, -1):  # the letters of layer 1 are reported
        found, letters = _layer(at, layer, draws)
        comparisons[:0] = found
    if net.activation.piecewise_linear:
        shuffled = pair.facts.get("shuffled") != "no"
        how = "signs and places of the weights drawn anew" if shuffled else "the weights are where they are"
        assumptions["SYMMETRIC"] = Outcome(shuffled, how)
        comparisons += random_weights(net, mixed, shuffled, relative)
    after, still = _renormalised(at)
    how = f"{still} units do not vary" if still else "every unit varies wherever its target does"
    assumptions["VARYING"] = Outcome(not still, how)
    return Result(SLUG, pair.name, (*comparisons, *after), letters, assumptions, _reported(at))


def _layer(at: _Measuring, layer: int, draws: int) -> tuple[list[Comparison], dict[str, float]]:
    """Items 1 and 2 for one layer: at Theta_m, and in the mean over lambda of this layer."""
    letters = _letters(at, layer)
    here = float(preactivations64(at.net, at.mixed.centre, layer).var(axis=0).sum())
    scale = at.relative * max(1.0, letters["s_a"] ** 2 + letters["s_b"] ** 2 + letters["stirred"])
    line, both = (Number.exact(evaluate(SLUG, name, letters)) for name in ("line", "mixed"))
    found, weight, exact = _visited(at, layer, draws)
    mean = float(weight @ found)
    measured = Number.exact(mean, f"{len(found)} patterns of lambda")
    if not exact:
        measured = Number.estimated(mean, f"{draws} draws", 5 * float(found.std(ddof=1)) / math.sqrt(draws))
    compared = [
        Comparison(f"variance at the mean of lambda, layer {layer}", Number.exact(here), Relation.EQUAL, line, scale),
        Comparison(f"mean variance of combinations, layer {layer}", measured, Relation.EQUAL, both, scale),
    ]
    return compared, letters


def _letters(at: _Measuring, layer: int) -> dict[str, float]:
    """Statistics of z_a and z_b on common features, pooled over the units, with the noise per unit of v."""
    net, mixed = at.net, at.mixed
    points = [theta if at.own else _with_layer(at, mixed.centre, theta, layer) for theta in (at.pair.theta_a, at.pair.theta_b)]
    first, second = (preactivations64(net, theta, layer) for theta in points)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    s_a, s_b = (math.sqrt(float(np.square(z).sum()) / len(z)) for z in (first, second))
    shared = float((first * second).sum()) / len(first)
    features = to_numpy(net.features(mixed.centre, layer - 1)).astype(np.float64)
    return {
        "t": mixed.law.mean,
        "v": mixed.law.variance,
        "s_a": s_a,
        "s_b": s_b,
        "rho": shared / (s_a * s_b) if s_a * s_b else 0.0,
        "stirred": float((np.square(weights(net, mixed.delta, layer)) @ features.var(axis=0)).sum()),
        **{name: value for name, value in weight_letters(mixed, layer).items() if name not in {"t", "v"}},
    }


def _with_layer(at: _Measuring, below: Parameters, theta: Parameters, layer: int) -> Parameters:
    """The network `below` with the arrays of one layer taken from theta."""
    names = [name for name in (at.net.weight_name(layer), at.net.bias_name(layer)) if name is not None]
    return below.replace({name: theta[name] for name in names})


def _visited(at: _Measuring, layer: int, draws: int) -> tuple[Floats, Floats, bool]:
    """Summed variances of a layer over lambda of this layer, or of this and those below; weights; whether these are all."""
    inputs, mixed = weights(at.net, at.mixed.delta, layer).shape[1], at.mixed
    columns = mixing(_only(at, layer), mixed.law.spec, "col") if len(mixed.law.nodes) ** inputs <= POINTS else None
    if columns is not None and mixed.law.finite and not at.below:
        name = at.net.weight_name(layer)
        slot = columns.blocks.slots[name]
        start = slot.start or 0
        found, weight = [], []
        for pattern in np.ndindex(*(len(mixed.law.nodes),) * inputs):
            values = np.full(columns.blocks.count, mixed.law.mean)
            values[start : start + inputs] = [mixed.law.nodes[node][0] for node in pattern]
            point = at.mixed.centre + columns.step(values - mixed.law.mean)
            found.append(float(preactivations64(at.net, point, layer).var(axis=0).sum()))
            weight.append(math.prod(mixed.law.nodes[node][1] for node in pattern))
        return np.array(found), np.array(weight), True
    found = []
    for xi in mixed.deviations(draws, layer):
        step = mixed.step(xi)
        point = mixed.centre + (step if at.below else _with_layer(at, step * 0, step, layer))
        found.append(float(preactivations64(at.net, point, layer).var(axis=0).sum()))
    return np.array(found), np.full(draws, 1 / draws), False


def _only(at: _Measuring, layer: int) -> Pair:
    """A pair whose ends differ in one layer."""
    ends = (_with_layer(at, at.mixed.centre, theta, layer) for theta in (at.pair.theta_a, at.pair.theta_b))
    first, second = ends
    return replace(at.pair, theta_a=first, theta_b=second)


def _renormalised(at: _Measuring) -> tuple[list[Comparison], int]:
    """Item 4 at Theta_m and at one random combination: unit moments against targets, and a second correction."""
    net, mixed = at.net, at.mixed
    hidden = range(1, net.depth)
    method: Method = "repair" if all(net.bias_name(layer) for layer in hidden) else "gain"
    points = [mixed.centre, *(mixed.centre + mixed.step(xi) for xi in mixed.deviations(1, 99))]
    table, skipped, moved = [], 0, 0.0
    for point in points:
        once = renormalise(mixed, point, method=method)
        twice = renormalise(mixed, once.theta, method=method)
        skipped += once.skipped
        moved = max(moved, (twice.theta - once.theta).norm() / max(once.theta.norm(), STILL))
        for layer in hidden:
            now, wanted = unit_moments(net, once.theta, layer), target_moments(mixed, layer)
            table += [
                *zip(now.deviation, wanted.deviation, strict=True),
                *(zip(now.mean, wanted.mean, strict=True) if method == "repair" else ()),
            ]
    if not table:
        return [], skipped
    pairs = np.array(table)
    worst = pairs[np.abs(pairs[:, 0] - pairs[:, 1]).argmax()]
    scale = at.relative * max(1.0, float(np.abs(pairs).max()))
    found = [
        Comparison(
            "the unit farthest from its target after renormalisation",
            Number.exact(worst[0], f"{len(pairs)} means and deviations"),
            Relation.EQUAL,
            Number.exact(worst[1]),
            scale,
        ),
        Comparison("what a second renormalisation changes", Number.exact(moved), Relation.EQUAL, Number.exact(0.0), at.relative),
    ]
    return found, skipped


def _reported(at: _Measuring) -> dict[str, Any]:
    """Ratios per layer for information: measured, from the ends, and the product of random networks."""
    if not all(parent_variance(at.mixed, layer) for layer in range(1, at.net.depth + 1)):
        return {}
    found: dict[str, Any] = {}
    for name, mixed in (("midpoint", mixing(at.pair, "constant(0.5)")), ("combinations", at.mixed)):
        found[name] = {
            f"layer {row.layer}": [round(value, 6) for value in (row.measured, row.from_ends, row.product)]
            for row in collapse(mixed, 2)
        }
    return found


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks of one to three hidden layers, unlike or nearly equal ends, ReLU, leaky ReLU and tanh in turn."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        widths = (3, *map(int, draw.integers(2, 6, size=1 + number % 3)), 2)
        if number % 4 == 3:
            data = gaussian_clusters(count=9, width=3, classes=2, number=int(draw.integers(2**31)))
            net = MLP(widths, "relu", CrossEntropy(), data)
        else:
            data = teacher_student(count=8, width=3, outputs=2, number=int(draw.integers(2**31)))
            net = MLP(widths, ("relu", "leaky_relu", "tanh")[number % 3], SquaredLoss(), data, bias=bool(number % 5))
        first, other = net.draw(draw), net.draw(draw)
        angle = draw.uniform(0.05, 1.5)
        facts = {"law": ("bernoulli(0.5)", "bernoulli(0.2)", "radial(1.5)", "constant(0.5)")[number % 4]}
        yield Pair(
            net,
            first,
            first * math.cos(angle) + other * math.sin(angle),
            f"random {'-'.join(map(str, widths))} {number}",
            facts=facts,
        )


def extremal() -> Iterator[Pair]:
    """The fixture of ten ReLU units; two equal ends, which lose nothing."""
    yield f10()
    same = m4()
    yield replace(same, theta_b=same.theta_a, name="equal ends")


def necessity() -> Iterator[tuple[str, Pair]]:
    """Statistics of the ends' own features; lambda below drawn too; positive weights left in place; a unit that cancels."""
    yield "SHARED", replace(m4(), facts={"features": "own"})
    yield "INDEPENDENT", replace(f10(), facts={"below": "drawn"})
    data = teacher_student(count=8, width=3, outputs=2)
    net = MLP((3, 4, 2), "relu", SquaredLoss(), Data(np.abs(data.inputs), data.targets), bias=False)
    stream = generator("positive weights")
    ends = [net.draw(stream).map(np.abs) for _ in range(2)]
    yield "SYMMETRIC", Pair(net, ends[0], ends[1], "positive weights", facts={"shuffled": "no", "law": "constant(0.5)"})
    line = MLP((3, 2, 2), "relu", SquaredLoss(), data)
    first = line.draw(stream)
    yield "VARYING", Pair(line, first, -first, "opposite ends", facts={"law": "constant(0.5)"})
