"""What the checks of the two memorisers share: the points and targets read off a pair, and the comparisons of a network.

The points are the features of the first hidden layer at each endpoint, at most 200 of them; units that do not vary are
left out, since a kept set is free to choose. The targets are those of the data: vectors, or the class index as one number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from toykit.activations import NumpyActivation
from toykit.arrays import to_numpy
from toykit.connectivity.above import evaluated
from toykit.connectivity.memorisers import Memoriser, class_code, decoded
from toykit.connectivity.readouts import Labels
from toykit.connectivity.separability import scale
from toykit.connectivity.subnetwork import Subnetwork
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy
from toykit.tolerances import ROUNDING, SOLVED
from toykit.verdict import Comparison, Number, Outcome, Relation

POINTS = 200
"""In float64 weights like one over the gap lose their digits with more points."""

TARGET = 1e-3
"""The cross-entropy that the class code is scaled to."""

CODED = ("connectivity/separable_features", "rebuilt")
"""The bound log(1 + (K-1) exp(-s g)), here with g = 1."""


@dataclass(frozen=True)
class Task:
    """Points (n, q) of one endpoint with their targets (n, kappa), and labels where the targets are class indices."""

    endpoint: str
    points: Floats
    targets: Floats
    labels: Labels | None
    classes: int


def tasks(pair: Pair, network: Layered, count: int) -> list[Task]:
    """One task per endpoint: the first `count` rows of F_1 without constant columns."""
    raw = to_numpy(network.targets)[:count]
    labels = np.asarray(raw, dtype=np.int64) if raw.ndim == 1 else None
    targets = np.asarray(raw, dtype=np.float64) if labels is None else class_code(labels)
    classes = int(to_numpy(pair.theta_a[network.weight_name(network.depth)]).shape[0])
    found = []
    for endpoint, theta in (("a", pair.theta_a), ("b", pair.theta_b)):
        features = np.asarray(to_numpy(network.features(theta, 1)), dtype=np.float64)[:count]
        alive = features[:, np.ptp(features, axis=0) > 0]
        found.append(Task(endpoint, alive if alive.shape[1] else features[:, :1], targets, labels, classes))
    return found


def structure(pair: Pair) -> tuple[Layered | None, dict[str, Outcome]]:
    """The network if the pair has hidden layers, and whether they are ReLU layers."""
    network = pair.landscape
    if not isinstance(network, Layered) or network.depth < 2:
        what = type(network).__name__
        return None, {"RELU": Outcome(False, f"{what} has no hidden layer whose features could be memorised")}
    return network, {"RELU": Outcome(network.activation.name == "relu", f"the activation is {network.activation.name}")}


def both(outcomes: Mapping[str, Outcome]) -> Outcome:
    """Whether something holds at both endpoints, in one sentence."""
    says = "; ".join(f"endpoint {endpoint}: {outcome.how}" for endpoint, outcome in outcomes.items())
    return Outcome(all(outcome.holds for outcome in outcomes.values()), says)


def carried(made: Memoriser) -> Outcome:
    """Whether float64 can tell: the rounding that is expected, or the residual itself, is at most 1e-8."""
    says = f"expected rounding {made.rounding:.1e}, residual {made.residual:.1e}, largest weight {made.largest_weight:.1e}"
    return Outcome(min(made.rounding, made.residual) <= SOLVED, says)


def comparisons(
    made: Iterable[tuple[Task, Memoriser]], network: Layered, width: str, predicted: Callable[[Memoriser], float]
) -> tuple[Comparison, ...]:
    """The largest residual against 0, hidden units against their number, and the cross-entropy of the class code."""
    every = list(made)
    activation = evaluated(network.activation)
    residual = max(m.residual_with(activation.value) for _, m in every)
    wide = max((m for _, m in every), key=lambda m: sum(m.widths))
    found = (
        Comparison("largest residual", Number.exact(residual), Relation.EQUAL, Number.exact(0.0), SOLVED),
        Comparison(width, Number.exact(sum(wide.widths)), Relation.EQUAL, Number.exact(predicted(wide)), 0.0),
    )
    coded = [_cross_entropy(task, m, activation) for task, m in every if task.labels is not None]
    return (*found, max(coded, key=lambda c: c.measured.value)) if coded else found


def _cross_entropy(task: Task, made: Memoriser, activation: NumpyActivation) -> Comparison:
    factor = scale(task.classes, TARGET, 1.0)
    weight, bias = decoded(made.weights[-1], made.biases[-1], task.classes, factor)
    kept = tuple(range(task.points.shape[1]))
    small = Subnetwork(0, kept, (*made.weights[:-1], weight), (*made.biases[:-1], bias), made.how)
    labels = np.zeros(0, dtype=np.int64) if task.labels is None else task.labels
    loss = float(CrossEntropy().per_example(small.outputs(task.points, activation.value), labels).mean())
    bound = evaluate(*CODED, {"classes": task.classes, "scale": factor, "margin": 1.0})
    frequencies = np.bincount(labels) / len(labels)
    chance = -float(sum(f * np.log(f) for f in frequencies if f > 0))
    # an error r of the code changes logits by at most 2 s K r
    slack = ROUNDING + 2 * factor * task.classes * made.residual
    number = Number.exact(bound, f"log(1 + (K-1) exp(-s)), s = {factor:.4g}")
    return Comparison("cross-entropy of the class code", Number.exact(loss), Relation.AT_MOST, number, slack, chance)
