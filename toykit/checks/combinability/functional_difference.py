"""Both sides of how different the endpoints are: disagreement and its bounds, the gain of their ensemble, CKA of their features.

Classifiers are compared by labels; the gain of the ensemble is that of the squared loss (fact `asserted` = `squared` compares it
for another loss all the same); hidden layers by linear CKA, which must not notice that units are permuted and scaled. Fact
`labels` = `two sets` counts the errors of b against other labels. For information: disagreement of random combinations of the
matched endpoints, and the accuracy of their ensemble beside that of the endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from toykit.arrays import to_numpy
from toykit.barriers.measured import tolerance
from toykit.combining.difference import Difference, chosen_labels, cka, difference, ensemble
from toykit.combining.draws import mixing
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.matching.transitivity import cosine
from toykit.matching.weight import weight_matching
from toykit.networks.fixtures import f10
from toykit.networks.mlp import MLP
from toykit.outputs import OutputChord, Supervised
from toykit.parameters import Array, chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/functional_difference"
MEMBERS = 6
"""Random combinations of each law that are compared, and that make an ensemble."""


def check(pair: Pair, *, members: int = MEMBERS) -> Result:
    """Dis, its identity and its bounds; the gain of the ensemble of both endpoints; CKA of every hidden layer."""
    try:
        chord = OutputChord(pair)
    except InputError as refusal:
        return Result(SLUG, pair.name, (), {}, {"OUTPUTS": Outcome(False, str(refusal))})
    net = pair.landscape
    assumptions = {"OUTPUTS": Outcome(True, "outputs (n, k) with targets")}
    comparisons: list[Comparison] = []
    letters: dict[str, float] = {}
    extra: dict[str, Any] = {"cosine of the weights": cosine(pair.theta_a, pair.theta_b)}
    if chord.labels is not None:
        two = pair.facts.get("labels") == "two sets"
        assumptions["ONE_LABEL"] = Outcome(not two, "two sets of labels" if two else "one label per point")
        found = _compared(chord, chord.start, chord.end, two)
        letters |= found.letters
        comparisons += _labels(found, letters)
        extra |= _reported(pair, chord, found, members)
    if isinstance(net, Supervised):
        comparisons += _gain(pair, net, chord, letters, assumptions)
    if isinstance(net, Layered):
        comparisons += _features(pair, net, extra)
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, extra)


def _compared(chord: OutputChord, first: Array, second: Array, two: bool = False) -> Difference:
    truth = to_numpy(chord.labels)
    other = np.roll(truth, len(truth) // 2) if two else None
    return difference(chosen_labels(first), chosen_labels(second), truth, int(first.shape[1]), other)


def _labels(found: Difference, letters: dict[str, float]) -> Iterator[Comparison]:
    measured = Number.exact(found.disagreement)
    sides = (
        ("disagreement", Relation.EQUAL, "disagreement", None),
        ("disagreement, lower end", Relation.AT_LEAST, "low", 0.0),
        ("disagreement, upper end", Relation.AT_MOST, "high", 1.0),
    )
    for title, relation, name, trivial in sides:
        yield Comparison(title, measured, relation, Number.exact(evaluate(SLUG, name, letters)), ROUNDING, trivial)


def _gain(
    pair: Pair, net: Supervised, chord: OutputChord, letters: dict[str, float], assumptions: dict[str, Outcome]
) -> Iterator[Comparison]:
    """The gain of the ensemble of both endpoints, where the loss is squared or asserted to be."""
    factor = net.traits.factor
    if factor is None and pair.facts.get("asserted") != "squared":
        return
    assumptions["SQUARED"] = Outcome(factor is not None, f"the loss is {net.traits.loss}")
    found = ensemble(net, [chord.start, chord.end])
    letters |= {
        "models": 2.0,
        "mean_loss": found.mean_loss,
        "ensemble_loss": found.ensemble_loss,
        "ambiguity": found.ambiguity,
        "factor": 1.0 if factor is None else factor,
    }
    bound = Number.exact(evaluate(SLUG, "gain", letters))
    near = tolerance(pair, max(1.0, found.mean_loss, bound.value))
    yield Comparison("gain of the ensemble", Number.exact(found.gain), Relation.EQUAL, bound, near)


def _features(pair: Pair, net: Layered, extra: dict[str, Any]) -> Iterator[Comparison]:
    near, stream = TORCH32 if net.traits.precision == "float32" else TORCH64, generator("order of features")
    found = []
    for layer in range(1, net.depth):
        first, second = (to_numpy(net.features(theta, layer)) for theta in (pair.theta_a, pair.theta_b))
        value = Number.exact(cka(first, second))
        other = 3 * second[:, stream.permutation(second.shape[1])]
        found.append(value.value)
        yield Comparison(f"CKA of layer {layer}", value, Relation.AT_MOST, Number.exact(1.0), near)
        again = Number.exact(cka(first, other))
        yield Comparison(f"CKA of layer {layer}, permuted and scaled", again, Relation.EQUAL, value, near)
    extra["CKA by layer"] = found


def _reported(pair: Pair, chord: OutputChord, found: Difference, members: int) -> dict[str, Any]:
    """Endpoints, midpoint, uniform combinations and vertices of the matched pair: disagreement, its null, ensembles."""
    net = pair.landscape
    matched = replace(pair, theta_b=weight_matching(pair).theta) if isinstance(net, Layered) and net.depth > 1 else pair
    middle = net.outputs(chord_point(matched.theta_a, matched.theta_b, 0.5))
    shown: dict[str, Any] = {"endpoints": _words(found), "accuracy of the midpoint": _accuracy(chord, middle)}
    shown["accuracy of the ensemble of both endpoints"] = _accuracy(chord, chord.start + chord.end)
    for name, spec in (("uniform", "uniform"), ("vertices", "bernoulli(0.5)")):
        mixed = mixing(matched, spec)
        outputs = [net.outputs(mixed.centre + mixed.step(xi)) for xi in mixed.deviations(members)]
        pairs = [_compared(chord, *both) for both in zip(outputs[::2], outputs[1::2], strict=False)]
        shown[name] = [_words(each) for each in pairs]
        shown[f"accuracy of single {name}"] = float(np.mean([_accuracy(chord, each) for each in outputs]))
        shown[f"accuracy of the ensemble of {len(outputs)} {name}"] = _accuracy(chord, sum(outputs[1:], start=outputs[0]))
    return shown


def _words(found: Difference) -> dict[str, float | None]:
    return {"disagreement": found.disagreement, "normalised": found.normalised, "null": found.null}


def _accuracy(chord: OutputChord, outputs: Array) -> float:
    return float((chosen_labels(outputs) == to_numpy(chord.labels)).mean())


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: tables of labels with errors nearly disjoint; nearly nested; random classifiers; random regressions."""
    for number in range(count):
        stream = generator(f"difference case {seed}", number)
        if number % 4 < 2:
            yield _table(stream, nested=number % 4 == 1, number=number)
            continue
        activation = ("relu", "tanh")[number // 4 % 2]
        if number % 4 == 2:
            net = MLP((4, 5, 3), activation, CrossEntropy(), gaussian_clusters(18, 4, 3, number=number))
        else:
            data = Data(stream.standard_normal((8, 3)), stream.standard_normal((8, 2)))
            net = MLP((3, 4, 4, 2), activation, SquaredLoss((0.5, 1.0)[number // 8 % 2]), data)
        yield Pair(net, net.draw(stream), net.draw(stream), f"{activation} {'-'.join(map(str, net.sizes))} #{number}")


def _table(stream: np.random.Generator, *, nested: bool, number: int) -> Pair:
    truth = stream.integers(0, 4, 12)
    wrong_a = stream.random(12) < 0.4
    wrong_b = wrong_a & (stream.random(12) < 0.6) if nested else ~wrong_a & (stream.random(12) < 0.5)
    if number // 4 % 3 == 2:  # a little away from the extreme
        wrong_b[0] = ~wrong_b[0]
    wrong = (truth + 1 + stream.integers(0, 3, 12)) % 4
    name = f"{'nested' if nested else 'disjoint'} errors #{number}"
    return table(truth, np.where(wrong_a, wrong, truth), np.where(wrong_b, wrong, truth), 4, name)


def table(truth: ArrayLike, given_a: ArrayLike, given_b: ArrayLike, classes: int, name: str, **facts: str) -> Pair:
    """Two networks that give these labels: linear in one input per point, so that the outputs are the weights."""
    labels = np.asarray(truth)
    net = MLP((len(labels), classes), "identity", CrossEntropy(), Data(np.eye(len(labels)), labels, classes=classes), bias=False)
    ends = [net.point(np.eye(classes)[:, np.asarray(given)]) for given in (given_a, given_b)]
    return Pair(net, ends[0], ends[1], name, facts=facts)


def extremal() -> Iterator[Pair]:
    """Disjoint errors meet the upper end, nested errors with equal labels the lower one; F10 the identity of the ensemble."""
    yield table([0, 1, 2, 0], [1, 1, 2, 0], [0, 2, 0, 0], 3, "disjoint errors")
    yield table([0, 1, 2, 0], [1, 2, 2, 0], [1, 1, 2, 0], 3, "nested errors")
    yield f10()


def necessity() -> Iterator[tuple[str, Pair]]:
    """Two networks that agree, counted against two sets of labels; the gain of an ensemble in cross-entropy."""
    agreed = [0, 0, 0, 0]
    yield "ONE_LABEL", table([0, 0, 1, 1], agreed, agreed, 2, "one answer, two sets of labels", labels="two sets")
    stream, net = generator(SLUG), MLP((4, 5, 3), "relu", CrossEntropy(), gaussian_clusters(18, 4, 3))
    yield "SQUARED", Pair(net, net.draw(stream), net.draw(stream), "two classifiers", facts={"asserted": "squared"})
