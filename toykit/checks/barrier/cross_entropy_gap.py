"""Check of the KL form of the gap and of its four bounds by the output error E [barrier/cross_entropy_gap]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.barriers.decomposition import cross_entropy_terms, log_softmax
from toykit.barriers.measured import trivial_barrier
from toykit.checks.barrier._outputs import MIDDLE, OutputReadings, loss_is, random_pairs, read, without_outputs
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.designed import designed
from toykit.outputs import Outputs, namespace
from toykit.parameters import Array
from toykit.verdict import Comparison, Number, Relation, Result

SLUG = "barrier/cross_entropy_gap"
UPPER = {"tilted": "(i)", "ranged": "(ii)", "risen": "(iii)", "loose": "mean range"}
LOWER = {"lower": "lower"}


def check(pair: Pair) -> Result:
    """The gap at 1/2 and at the worst position of each bound; the KL form at 1/2."""
    try:
        found = read(pair)
    except InputError as reason:
        return without_outputs(SLUG, pair, "CROSS_ENTROPY", reason)
    known = loss_is(pair, "cross-entropy")
    rows = [letters(reading.outputs, found.chord.target_rows) for reading in found.readings]
    bounds = {name: np.array([evaluate(SLUG, name, row) for row in rows]) for name in (*UPPER, *LOWER)}
    upper = {UPPER[name]: float(bounds[name][MIDDLE]) for name in UPPER}
    extra = {"tightest at 1/2": min(upper, key=lambda name: upper[name])}
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(*_bounded(found, bounds), _form(found, rows[MIDDLE])),
        letters=rows[MIDDLE],
        assumptions={"CROSS_ENTROPY": known},
        extra=extra | found.shares if known.holds else extra,
    )


def letters(outputs: Outputs, targets: Array) -> dict[str, float]:
    """Every letter of the claim, as a mean over the examples, at one position; targets as rows."""
    xp, error = namespace(targets), outputs.error
    spread = xp.max(error, axis=1) - xp.min(error, axis=1)
    hit = xp.sum(targets * error, axis=1)
    shares = xp.exp(log_softmax(outputs.here))
    found = {
        "tilted": xp.sum(shares * error, axis=1) - hit,
        "rise": xp.max(error, axis=1) - hit,
        "spread": spread,
        "spread_2": spread**2,
        "error_2": xp.sum(error * error, axis=1),
    }
    return cross_entropy_terms(outputs, targets).means() | {name: float(xp.mean(values)) for name, values in found.items()}


def _bounded(found: OutputReadings, bounds: dict[str, np.ndarray]) -> Iterator[Comparison]:
    gaps = np.array([reading.gap for reading in found.readings])
    upper = trivial_barrier(found.pair)
    for name, values in bounds.items():
        relation, sign = (Relation.AT_LEAST, -1) if name in LOWER else (Relation.AT_MOST, 1)
        title = (UPPER | LOWER)[name]
        worst = int((sign * (values - gaps)).argmin())
        for index, where in ((MIDDLE, "at 1/2"), (worst, "at its worst position")):
            reading = found.readings[index]
            trivial = upper if sign > 0 else -reading.line
            bound = Number.exact(float(values[index]), f"means over the examples at t = {reading.outputs.t:g}")
            yield Comparison(f"gap {where}, {title}", reading.number, relation, bound, found.allowed, trivial)


def _form(found: OutputReadings, row: dict[str, float]) -> Comparison:
    bound = Number.exact(evaluate(SLUG, "gap", row), "linearisation error + KL - J")
    return Comparison("gap at 1/2, KL form", found.middle.number, Relation.EQUAL, bound, found.allowed)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random pairs with cross-entropy."""
    return random_pairs(SLUG, count, seed, CrossEntropy())


def extremal() -> Iterator[Pair]:
    """E = (1, 1) changes no probability: the lower bound, (i) and (iii) are met. The other example meets the KL form."""
    yield designed([[2.0, 0.0]], [[0.0, 2.0]], [[1.0, 1.0]], np.array([0]), CrossEntropy(), "error along the ones")
    yield designed([[2.0, 0.0]], [[0.0, 2.0]], [[-1.0, 0.0]], np.array([0]), CrossEntropy(), "one example")


def necessity() -> Iterator[tuple[str, Pair]]:
    """The squared loss on the same outputs."""
    squared = designed([[2.0, 0.0]], [[0.0, 2.0]], [[-1.0, 0.0]], np.array([0]), SquaredLoss(), "one example, squared loss")
    yield "CROSS_ENTROPY", squared
