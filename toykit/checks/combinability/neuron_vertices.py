"""Both sides of the law of mixed neurons: losses of the mixed networks against formulas in the contributions of the ends.

Vertices are real networks, run forward; G and h come from the features of the ends alone. At every vertex visited the loss
of the squared loss is a quadratic form in lambda, compared to rounding; its mean and variance are the claim.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.checks.combinability import _neurons
from toykit.checks.combinability._neurons import LIPSCHITZ, Visited
from toykit.combining.laws import law
from toykit.combining.whole_neurons import WholeNeurons, whole_neurons
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Relation, Result

SLUG = "combinability/neuron_vertices"
DRAWS = 100


def check(pair: Pair, *, spec: str = "bernoulli(0.5)", draws: int = DRAWS) -> Result:
    """Mean and variance of the loss over vertices for the squared loss; for others, mean above the ensemble and spread."""
    layers = _neurons.one_layer(pair)
    if not layers.holds:
        return Result(SLUG, pair.name, (), {}, {"ONE_LAYER": layers})
    spec = pair.facts.get("law", spec)
    found = whole_neurons(pair, law(spec).mean)
    visited = _neurons.visit(_neurons.drawn(pair, spec), draws)
    assumptions = {"ONE_LAYER": layers, "INDEPENDENT": _neurons.independent(pair, spec)}
    squared = _neurons.squared(pair)
    letters = found.letters
    if squared is None:
        comparisons = _any_loss(pair, found, visited, letters)
    else:
        assumptions["SQUARED"] = squared
        letters["factor"] = pair.landscape.traits.factor or 1.0
        comparisons = _squared_loss(pair, found, visited, letters)
    extra = {
        "vertices": visited.note,
        "deviation": float(np.sqrt(max(visited.variance().value, 0.0))),
        "midpoint": float(pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0.0, 0.5, 1.0]))[1]),
    }
    return Result(SLUG, pair.name, comparisons, letters, assumptions, extra)


def _squared_loss(pair: Pair, found: WholeNeurons, visited: Visited, letters: dict[str, float]) -> tuple[Comparison, ...]:
    c = letters["factor"]
    allowed = _neurons.allowed(pair, found, c)
    mean, variance = (float(evaluate(SLUG, name, letters)) for name in ("mean", "variance"))
    comparisons = [
        Comparison("mean loss of vertices", visited.mean(visited.losses), Relation.EQUAL, Number.exact(mean), allowed),
        Comparison(
            "mean from the end losses",
            Number.exact(mean),
            Relation.EQUAL,
            Number.exact(evaluate(SLUG, "mean_from_ends", letters)),
            allowed,
        ),
        # a variance is a difference of squares of losses
        Comparison(
            "variance of the loss",
            visited.variance(),
            Relation.EQUAL,
            Number.exact(variance),
            allowed * max(1.0, float(np.abs(visited.losses).max())),
        ),
    ]
    if visited.deviations.shape[1] == len(found.gram):  # one lambda per neuron, each vertex has its quadratic form
        forms = found.ensemble + c * np.array([found.above_ensemble(xi) for xi in visited.deviations])
        worst = int(np.abs(visited.losses - forms).argmax())
        at_worst = Number.exact(float(visited.losses[worst]), "the network itself")
        form = Number.exact(float(forms[worst]), "the quadratic form")
        comparisons.append(Comparison("loss of the worst vertex visited", at_worst, Relation.EQUAL, form, allowed))
    return tuple(comparisons)


def _any_loss(pair: Pair, found: WholeNeurons, visited: Visited, letters: dict[str, float]) -> tuple[Comparison, ...]:
    letters["K"] = LIPSCHITZ[pair.landscape.traits.loss]
    allowed = _neurons.allowed(pair, found)
    away = visited.mean(np.abs(visited.losses - found.ensemble))
    spread = Number.exact(evaluate(SLUG, "spread", letters))
    ensemble = Number.exact(found.ensemble, "loss of the averaged outputs")
    return (
        Comparison("mean loss of vertices", visited.mean(visited.losses), Relation.AT_LEAST, ensemble, allowed, 0.0),
        Comparison("mean distance from the ensemble loss", away, Relation.AT_MOST, spread, allowed),
    )


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random regressions and classifiers with one hidden layer."""
    return _neurons.cases(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """Ten units; contributions that do not overlap, where the mean is the chord; a unit far on the wrong side of one example."""
    yield _neurons.fixture()
    yield _neurons.orthogonal()
    yield _neurons.mistaken(40.0, 2.0, "far on the wrong side")


def necessity() -> Iterator[tuple[str, Pair]]:
    """One lambda for all neurons; the formulas of the squared loss asserted of cross-entropy."""
    yield "INDEPENDENT", _neurons.fixture(drawn="global")
    pair = _neurons.classifiers(generator("necessity of the squared loss"), "two classifiers")
    yield "SQUARED", Pair(pair.landscape, pair.theta_a, pair.theta_b, pair.name, facts={"asserted": "squared"})
