"""Check of g = c E[2 <rbar, E> + |E|^2 - t(1-t)|z_a - z_b|^2] and of its distance from c E|E|^2 [barrier/squared_loss_gap]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.checks.barrier._outputs import MIDDLE, OutputReadings, identities, loss_is, random_pairs, read, without_outputs
from toykit.data import Data
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.deep_linear import deep_linear
from toykit.networks.designed import designed
from toykit.outputs import Outputs, namespace
from toykit.parameters import Array
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Relation, Result

SLUG = "barrier/squared_loss_gap"
HALF = 0.5
"""The factor with which the formulas are shown where the loss is not the squared one."""


def check(pair: Pair) -> Result:
    """The gap at three positions; at 1/2 its distance from c E|E|^2, and the lower bound."""
    try:
        found = read(pair)
    except InputError as reason:
        return without_outputs(SLUG, pair, "SQUARED", reason)
    known = loss_is(pair, "squared")
    factor = pair.landscape.traits.factor if known.holds else HALF
    ends = {"factor": float(factor or HALF), "L_a": found.ends[0], "L_b": found.ends[1]}
    rows = [ends | letters(reading.outputs, found.chord.target_rows) for reading in found.readings]
    sides = [evaluate(SLUG, "gap", row) for row in rows]
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            *identities(found, sides, "means over the examples"),
            _interpolating(found, rows[MIDDLE]),
            _lower(found, rows[MIDDLE]),
        ),
        letters=rows[MIDDLE],
        assumptions={"SQUARED": known},
        extra=found.shares if known.holds else {},
    )


def letters(outputs: Outputs, targets: Array) -> dict[str, float]:
    """The letters of the claim that belong to the outputs at one position; targets as rows."""
    xp, residual, error = namespace(targets), outputs.mean - targets, outputs.error
    products = {
        "apart_2": (outputs.start - outputs.end) ** 2,
        "coupling": residual * error,
        "error_2": error * error,
        "residual_2": residual * residual,
    }
    return {"t": outputs.t} | {name: float(xp.mean(xp.sum(values, axis=1))) for name, values in products.items()}


def _interpolating(found: OutputReadings, row: dict[str, float]) -> Comparison:
    """|g - c E|E|^2| against what the end losses allow; both are 0 between ends that interpolate."""
    distance = abs(found.middle.gap - evaluate(SLUG, "interpolating", row))
    bound = Number.exact(evaluate(SLUG, "remainder", row), "from the end losses and c E|E|^2")
    measured = Number.exact(distance, "at t = 0.5")
    return Comparison("distance from the interpolating form at 1/2", measured, Relation.AT_MOST, bound, found.allowed)


def _lower(found: OutputReadings, row: dict[str, float]) -> Comparison:
    bound = Number.exact(evaluate(SLUG, "lower", row), "means over the examples")
    return Comparison("gap at 1/2, lower", found.middle.number, Relation.AT_LEAST, bound, found.allowed, -found.middle.line)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random pairs with the squared loss; every fourth one has ends that interpolate."""
    for number, pair in enumerate(random_pairs(SLUG, count, seed, SquaredLoss())):
        draw = generator(f"{SLUG}/interpolating", seed * 1_000_000 + number)
        yield pair if number % 4 else interpolating_pair(draw, f"interpolating ends {number}")


def interpolating_pair(draw: np.random.Generator, name: str) -> Pair:
    """Two ends that fit random targets exactly, with a random output error between them and a random factor of the loss."""
    targets, error = draw.normal(size=(2, int(draw.integers(1, 7)), int(draw.integers(1, 5))))
    return designed(targets, targets, error, targets, SquaredLoss(factor=float(draw.uniform(0.1, 2))), name)


def extremal() -> Iterator[Pair]:
    """Ends that interpolate: two minima of (w_1 w_2 - 1)^2 / 2 on one branch, B = 1/128, and on two, B = 1/2; and z_t = y."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]], name="one product"))
    start = net.point([[1.0]], [[1.0]])
    yield Pair(net, start, net.point([[2.0]], [[0.5]]), "one branch")
    yield Pair(net, start, net.point([[-1.0]], [[-1.0]]), "opposite branches")
    yield designed([[1.0]], [[3.0]], [[-2.0]], np.array([[0.0]]), SquaredLoss(), "through the target")


def necessity() -> Iterator[tuple[str, Pair]]:
    """Cross-entropy on the same outputs."""
    ends = ([[2.0, 0.0]], [[0.0, 2.0]], [[-1.0, 0.0]])
    yield "SQUARED", designed(*ends, np.array([0]), CrossEntropy(), "one example, cross-entropy")
