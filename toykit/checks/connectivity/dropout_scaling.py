"""Check of connectivity/dropout_scaling: the mean over thinned last layers against the law, at three sizes of both endpoints.

Where there are few sets of a size all are taken and the mean is exact; else it is the mean of `draws` uniform sets, with an
error bar of five standard errors, since a hunt compares thousands of means.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from toykit.connectivity.thinning import Thinnable, subsets
from toykit.connectivity.toys import point, random_nets
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/dropout_scaling"
ERRORS = 5


def check(pair: Pair, *, draws: int = 400) -> Result:
    """E|Z_hat - Z|^2 = S^2 (1/k - 1/n), for the squared loss also the mean excess, and the best set against it.

    The letters are those of endpoint a at the size n/2. Facts: `drawn = "with replacement"`, `factor = "1"`.
    """
    network, facts = pair.landscape, pair.facts
    assumptions = {
        "LAYERS": _layers(network),
        "UNIFORM": Outcome("drawn" not in facts, facts.get("drawn", "uniform, without replacement")),
        "FACTOR": Outcome("factor" not in facts, facts.get("factor", "n/k")),
    }
    if not isinstance(network, Layered) or assumptions["LAYERS"].holds is False:
        return Result(SLUG, pair.name, (), {}, assumptions)
    comparisons: list[Comparison] = []
    table: list[dict[str, Any]] = []
    letters: dict[str, float] = {}
    for end, theta in (("a", pair.theta_a), ("b", pair.theta_b)):
        layer = Thinnable.of(network, theta)
        for size in _sizes(layer.width):
            found, row = _at(pair, layer, end, size, draws)
            comparisons += found
            table.append(row)
            if end == "a" and size == max(1, layer.width // 2):
                letters = {name: row[name] for name in ("kept", "n", "scatter", "factor", "bending", "best") if name in row}
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, {"sizes": table})


def _at(pair: Pair, layer: Thinnable, end: str, size: int, draws: int) -> tuple[list[Comparison], dict[str, Any]]:
    n, traits = layer.width, pair.landscape.traits
    replacement = "drawn" in pair.facts
    kept = subsets(n, size, draws, generator(f"{SLUG}/{end}", size), replacement=replacement)
    deviations, excess = layer.measured(kept.counts, 1.0 if "factor" in pair.facts else n / size)
    letters = {"kept": float(size), "n": float(n), "scatter": layer.scatter()}
    law = evaluate(SLUG, "deviation", letters)
    where = f"{size} of {n} units, endpoint {end}"
    # the terms that cancel in Z_hat - Z are as large as the outputs
    size_of = max(1.0, float((layer.outputs**2).mean()), letters["scatter"])
    rounding = (ROUNDING if traits.precision == "float64" else TORCH32) * size_of
    mean = _mean(deviations, kept.whole)
    found = [Comparison(f"deviation, {where}", mean, Relation.EQUAL, Number.exact(law), rounding)]
    row: dict[str, Any] = {"endpoint": end, **letters, "deviation": mean.value, "predicted": law, "sets": len(excess)}
    row |= {"excess": float(excess.mean()), "best": float(excess.min()), "all": kept.whole}
    if traits.factor is not None:
        letters["factor"] = row["factor"] = traits.factor
        predicted = evaluate(SLUG, "excess", letters)
        rounding *= max(1.0, traits.factor)
        found.append(Comparison(f"excess, {where}", _mean(excess, kept.whole), Relation.EQUAL, Number.exact(predicted), rounding))
        trivial = None if traits.chance is None else max(0.0, traits.chance - layer.loss)
        least = Number.exact(row["best"], f"smallest of {len(excess)} sets: one such set is a proof")
        found.append(Comparison(f"best set, {where}", least, Relation.AT_MOST, Number.exact(predicted), rounding, trivial))
    elif traits.loss == "cross-entropy":
        letters["bending"] = row["bending"] = layer.bending()
        row["second_order"] = evaluate(SLUG, "second_order", letters)  # for information: no law
    return found, row


def _mean(values: Floats, whole: bool) -> Number:
    if whole:
        return Number.exact(float(values.mean()), f"mean over all {len(values)} sets")
    error = ERRORS * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Number.estimated(float(values.mean()), f"mean of {len(values)} uniform draws, {ERRORS} standard errors", error)


def _sizes(width: int) -> list[int]:
    """A quarter, a half and three quarters of the units."""
    return sorted({max(1, width // 4), max(1, width // 2), max(1, 3 * width // 4)})


def _layers(network: object) -> Outcome:
    if not isinstance(network, Layered):
        return Outcome(False, f"{type(network).__name__} is not a network of dense layers")
    widths = network.widths
    if not widths or widths[-1] < 2:
        return Outcome(False, f"the hidden widths are {widths}: there is nothing to thin in the last one")
    return Outcome(True, f"the last hidden layer has {widths[-1]} units")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets of both losses and three activations; every eighth has a last layer so wide that its sets are sampled."""
    for number in range(seed * count, (seed + 1) * count):
        yield _wide(number) if number % 8 == 7 else random_nets(number)


def extremal() -> Iterator[Pair]:
    """The six units of the page; and two units that fit together, each of which alone is as bad as the mean."""
    yield units((3, -1, 4, 1, -5, 9), 2, "six units")
    yield units((1, 3), 2, "two units that fit together")


def necessity() -> Iterator[tuple[str, Pair]]:
    """The six units drawn with replacement, and without the factor n/k."""
    plain = units((3, -1, 4, 1, -5, 9), 2, "six units")
    ends = (plain.landscape, plain.theta_a, plain.theta_b)
    yield "UNIFORM", Pair(*ends, "six units, with replacement", facts={"drawn": "with replacement"})
    yield "FACTOR", Pair(*ends, "six units, not rescaled", facts={"factor": "1"})


def units(contributions: tuple[int, ...], target: float, name: str) -> Pair:
    """One example x = 1 and identity units that send c_j / n each; the other endpoint is the same network with units reversed."""
    n = len(contributions)
    net = MLP((1, n, 1), "identity", SquaredLoss(), Data([[1.0]], [[target]], name="one example"), bias=False)
    first, last = np.array(contributions, dtype=np.float64)[:, None], np.full((1, n), 1 / n)
    return Pair(net, point([first, last]), point([first[::-1], last]), name)


def _wide(number: int) -> Pair:
    draw = generator("wide last layer", number)
    data = Data(draw.normal(size=(8, 3)), draw.normal(size=(8, 2)), name="random targets")
    net = MLP((3, int(draw.integers(16, 40)), 2), "tanh", SquaredLoss(), data)
    return Pair(net, net.draw(draw), net.draw(draw), f"wide last layer #{number}")
