"""Check of err(theta_t) <= Pr[(1-t) mu_a + t mu_b <= range(E_t)] and of its sharper form [barrier/accuracy_certificate]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from toykit import tolerances
from toykit.arrays import to_numpy
from toykit.checks.barrier._outputs import random_pairs, without_outputs
from toykit.data import Labels
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy
from toykit.networks.designed import designed
from toykit.outputs import POSITIONS, OutputChord, Outputs
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/accuracy_certificate"
FORMS = {"slack": "maximum form", "slack_range": "range form"}


@dataclass(frozen=True)
class Margins:
    """Per example at one position, shape (n,) each: margins at the ends, here and of the mean, and what E does to them.

    `size` is the largest logit: what the rounding of a slack is relative to.
    """

    t: float
    margin_a: Floats
    margin_b: Floats
    here: Floats
    averaged: Floats
    rival: Floats
    reach: Floats
    size: Floats

    @property
    def error(self) -> float:
        """The fraction of examples with mu_t <= 0."""
        return wrong(self.here)

    def slack(self, form: str) -> Floats:
        """Mean margin minus `rival` ("slack") or minus `reach` ("slack_range"), shape (n,)."""
        letters = {name: getattr(self, name) for name in ("t", "margin_a", "margin_b", "rival", "reach")}
        found: Floats = evaluate(SLUG, form, letters)
        return found

    def uncertified(self, form: str) -> float:
        """The fraction of examples whose slack is not positive beyond the rounding of its own evaluation."""
        return float((self.slack(form) <= tolerances.ROUNDING * self.size).mean())


def check(pair: Pair) -> Result:
    """The error against the share of uncertified examples, for both forms at 1/2 and where they are tightest."""
    try:
        chord = OutputChord(pair)
    except InputError as reason:
        return without_outputs(SLUG, pair, "CLASSES", reason)
    labels = class_labels(chord)
    if labels is None:
        outcome = Outcome(False, "the targets are vectors, or there is one output only")
        return Result(SLUG, pair.name, (), {}, {"CLASSES": outcome})
    found = [margins(chord.at(float(t)), labels) for t in POSITIONS]
    middle = found[len(found) // 2]
    ends = {"error_a": wrong(middle.margin_a), "error_b": wrong(middle.margin_b)}
    means = {name: float(getattr(middle, name).mean()) for name in ("margin_a", "margin_b", "rival", "reach")}
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(*_certified(found), _averaged(found, ends)),
        letters={"t": middle.t} | means | ends,
        assumptions={"CLASSES": Outcome(True, f"{len(np.unique(labels))} classes occur among {len(labels)} labels")},
        extra={
            "positions": POSITIONS.tolist(),
            "accuracy": [1 - position.error for position in found],
            "certified": [1 - position.uncertified("slack_range") for position in found],
        },
    )


def class_labels(chord: OutputChord) -> Labels | None:
    """The labels as NumPy integers; None for target vectors or a single output."""
    labels: Labels | None = None if chord.labels is None else to_numpy(chord.labels)
    if labels is None or labels.dtype.kind not in "iu" or chord.start.shape[1] < 2:
        return None
    return labels


def margins(outputs: Outputs, labels: Labels) -> Margins:
    """The margins of every example, and how far the output error lifts another class."""
    start, end, here, mean, error = map(to_numpy, (outputs.start, outputs.end, outputs.here, outputs.mean, outputs.error))
    size = np.abs(np.stack([start, end, here])).max(axis=(0, 2))
    return Margins(
        t=outputs.t,
        margin_a=lead(start, labels),
        margin_b=lead(end, labels),
        here=lead(here, labels),
        averaged=lead(mean, labels),
        rival=-lead(error, labels),
        reach=np.ptp(error, axis=1),
        size=size,
    )


def lead(values: Floats, labels: Labels) -> Floats:
    """values_iy - max_{k != y} values_ik, shape (n,): the margin, for logits."""
    z, rows = np.array(values, dtype=np.float64), np.arange(len(labels))
    own = z[rows, labels].copy()
    z[rows, labels] = -np.inf
    found: Floats = own - z.max(axis=1)
    return found


def wrong(margin: Floats) -> float:
    """The fraction of examples with a margin <= 0: ties count as errors."""
    return float((margin <= 0).mean())


def _certified(found: list[Margins]) -> Iterator[Comparison]:
    for form, title in FORMS.items():
        bounds = [position.uncertified(form) for position in found]
        tightest = int(np.argmin([bound - position.error for bound, position in zip(bounds, found, strict=True)]))
        for index, where in ((len(found) // 2, "at 1/2"), (tightest, "where it is tightest")):
            measured = Number.exact(found[index].error, f"counted at t = {found[index].t:g}")
            bound = Number.exact(bounds[index], "share of examples without a certificate")
            yield Comparison(f"error {where}, {title}", measured, Relation.AT_MOST, bound, tolerances.EXACT, 1.0)


def _averaged(found: list[Margins], ends: dict[str, float]) -> Comparison:
    """The averaged outputs have E = 0: their error is at most the sum of the end errors."""
    worst = max(found, key=lambda position: wrong(position.averaged))
    measured = Number.exact(wrong(worst.averaged), f"counted at t = {worst.t:g}")
    bound = Number.exact(evaluate(SLUG, "ends", ends), "sum of the end errors")
    # both are counts over n, each rounded once
    return Comparison("error of the averaged outputs", measured, Relation.AT_MOST, bound, tolerances.ROUNDING, 1.0)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random classifiers."""
    return random_pairs(SLUG, count, seed, CrossEntropy())


def extremal() -> Iterator[Pair]:
    """Two classes, where the maximum form is exact: a tie that range(E) just allows, and examples of which some turn wrong."""
    label = np.array([0])
    yield designed([[2.0, 0.0]], [[1.0, 0.0]], [[-0.75, 0.75]], label, CrossEntropy(), "a tie")
    yield designed([[2.0, 0.0]], [[1.0, 0.0]], [[-0.5, 0.5]], label, CrossEntropy(), "margin beats error")
    ends = np.array([[2.0, 0.0], [0.0, 4.0], [1.0, 0.0], [3.0, 0.0]])
    error = np.array([[-2.0, 0.0], [0.0, -1.0], [0.0, 0.5], [-1.0, 2.5]])
    yield designed(ends, ends, error, np.array([0, 1, 0, 0]), CrossEntropy(), "four examples of two classes")


def necessity() -> Iterator[tuple[str, Pair]]:
    """Nothing: the claim asks nothing of the network."""
    return iter(())
