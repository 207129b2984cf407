"""Both sides of moment propagation: losses, errors and output variances of drawn combinations against the prediction.

What is exact is compared to rounding: a law without variance, linear networks, rows of one hidden layer. What rests on the
Gaussian approximation is compared within an allowance that is fixed here once: 2 points of accuracy with one hidden layer,
4 with more, a quarter of the output variance, a fifth of the loss. With one hidden layer the mean outputs also carry a
proved bound. Few combinations are all visited, many are drawn. Facts: `law`, `granularity`; `drawn`, where lambda
really varied otherwise; `covariance` = `diagonal` asserts the variant that forgets the covariance between units.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import array_api_compat
import numpy as np

from toykit.arrays import to_numpy
from toykit.combining.draws import Mixing, mixing
from toykit.combining.prediction import Prediction, read
from toykit.combining.propagation import Covariance, OutputMoments, dense, propagate
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import d3, f10
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/relu_moment_propagation"
DRAWS, POINTS = 32, 4096
SHARE = 0.5
"""The largest term's share of the noise up to which a sum counts as nearly Gaussian."""

ACCURACY, ACCURACY_DEEP, VARIANCE, LOSS = 0.02, 0.04, 0.25, 0.2
"""Allowances of the Gaussian approximation: points of accuracy, and fractions of the output variance and of the loss."""


@dataclass(frozen=True)
class _Drawn:
    """Losses, errors and squared distances from the mean outputs of combinations, with weights; mean outputs per class."""

    losses: Floats
    errors: Floats | None
    away: Floats
    means: Floats
    weights: Floats
    exact: bool

    def number(self, values: Floats, factor: float = 1.0) -> Number:
        """The mean of values over the combinations; five standard errors where they are a sample."""
        found = factor * float(self.weights @ values)
        if self.exact:
            return Number.exact(found, f"all {len(values)} combinations")
        error = 5 * factor * float(values.std(ddof=1)) / math.sqrt(len(values))
        return Number.estimated(found, f"{len(values)} draws", error)

    @property
    def unbiased(self) -> float:
        """What corrects a variance about the mean of the same sample."""
        return 1.0 if self.exact else len(self.weights) / (len(self.weights) - 1)


def check(pair: Pair, *, spec: str = "bernoulli(0.5)", granularity: str = "element", draws: int = DRAWS) -> Result:
    """Mean loss, error and output variance over lambda against their prediction; the mean outputs against their bound."""
    net = pair.landscape
    if not isinstance(net, Layered):
        how = f"{type(net).__name__} is not a network with layers"
        return Result(SLUG, pair.name, (), {}, {"INDEPENDENT": Outcome(False, how)})
    asserted = mixing(pair, pair.facts.get("law", spec), pair.facts.get("granularity", granularity))
    chosen = pair.facts.get("drawn", asserted.blocks.granularity)
    variant: Covariance = "diagonal" if pair.facts.get("covariance") == "diagonal" else "full"
    moments = propagate(asserted, variant)
    found, expected = _visited(net, mixing(pair, asserted.law.spec, chosen), draws), read(net, moments)
    linear = variant == "full" and net.activation.piecewise_linear and net.activation.negative_slope == 1
    exact = linear or asserted.law.variance == 0 or (asserted.blocks.granularity == "row" and net.depth <= 2)
    near = exact or moments.share <= SHARE
    followed = variant == "full" or net.depth <= 2
    assumptions = {
        "INDEPENDENT": Outcome(chosen == asserted.blocks.granularity, f"one lambda per {chosen}, {asserted.law.spec}"),
        "GAUSSIAN": Outcome(near, "exact here" if exact else f"the largest term carries {moments.share:.2f} of the noise"),
        "FOLLOWED": Outcome(followed, f"{variant} covariance, {net.depth - 1} hidden layers"),
    }
    factor = net.traits.factor
    letters = {"v": asserted.law.variance, "output_variance": expected.variance}
    if net.traits.loss == "squared" and factor is not None:
        letters |= {"factor": factor, "missed_2": net.loss_of_outputs(moments.mean) / factor}
        expected = replace(expected, loss=evaluate(SLUG, "squared", letters))
    relative = TORCH32 if net.traits.precision == "float32" else TORCH64
    comparisons = list(_compared(net, found, expected, exact, relative))
    if net.depth == 2 and asserted.blocks.granularity == "element" and net.activation.piecewise_linear:
        comparisons += _bounded(net, asserted, moments, found, relative, letters)
    extra = _reported(net, found, expected, asserted, variant)
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, extra)


def _compared(net: Layered, found: _Drawn, expected: Prediction, exact: bool, relative: float) -> Iterator[Comparison]:
    size = max(1.0, abs(expected.loss), expected.variance, float(np.abs(found.losses).max()))
    rows = [("mean loss", found.number(found.losses), expected.loss, LOSS * expected.loss, expected.exact_reading)]
    variance = found.number(found.away, found.unbiased)
    rows.append(("variance of the outputs", variance, expected.variance, VARIANCE * expected.variance, True))
    for name, measured, value, allowance, closed in rows:
        # a loss that is read off a Gaussian is never exact, unless nothing is random
        sharp = exact and (closed or not expected.variance)
        bound = Number.exact(value, "moments") if sharp else Number.estimated(value, "Gaussian approximation", allowance)
        yield Comparison(name, measured, Relation.EQUAL, bound, relative * size)
    if found.errors is not None and expected.error is not None:
        allowance = 0.0 if not expected.variance else ACCURACY if net.depth <= 2 else ACCURACY_DEEP
        bound = Number.estimated(expected.error, "Gaussian approximation", allowance)
        yield Comparison("mean error", found.number(found.errors), Relation.EQUAL, bound, relative)


def _bounded(
    net: Layered, mixed: Mixing, moments: OutputMoments, found: _Drawn, relative: float, letters: dict[str, float]
) -> Iterator[Comparison]:
    """One hidden layer: the mean output of each class against sum_k |M_ck| times the distance of unit k from its Gaussian."""
    rows = np.abs(to_numpy(net.inputs).astype(np.float64))
    change, above = dense(net, mixed.delta, 1), dense(net, mixed.centre, 2)
    weight, bias, outgoing = (np.abs(to_numpy(array)) for array in (change.weight, change.bias, above.weight))
    third = math.sqrt(mixed.law.variance * mixed.law.mu_4) * (rows**3 @ weight.T**3 + bias**3)
    noise = mixed.law.variance * (rows**2 @ weight.T**2 + bias**2)
    if not mixed.law.variance or not noise.all():
        return
    worst = np.unravel_index(int((third / noise).argmax()), noise.shape)
    letters |= {"third_abs": float(third[worst]), "noise_2": float(noise[worst])}
    bounds = (evaluate(SLUG, "unit_error", {"third_abs": third, "noise_2": noise}) @ outgoing.T).mean(axis=0)
    expected = to_numpy(moments.mean).mean(axis=0)
    means = [found.number(found.means[:, k]) for k in range(len(expected))]
    slacks = [bound - abs(mean.value - value) for mean, value, bound in zip(means, expected, bounds, strict=True)]
    k = int(np.argmin(slacks))
    gap, error = abs(means[k].value - float(expected[k])), (means[k].hi - means[k].lo) / 2
    measured = Number.estimated(gap, means[k].note, error) if error else Number.exact(gap, means[k].note)
    bound = Number.exact(float(bounds[k]), "distance from the Gaussian")
    yield Comparison("error of a mean output", measured, Relation.AT_MOST, bound, relative * max(1.0, abs(float(expected[k]))))


def _visited(net: Layered, mixed: Mixing, draws: int) -> _Drawn:
    """All combinations where these are few, else `draws` of them."""
    exact = mixed.law.finite and mixed.blocks.count <= 16 and mixed.points <= POINTS
    chosen = list(mixed.nodes()) if exact else [(xi + mixed.law.mean, 1 / draws) for xi in mixed.deviations(draws)]
    if not mixed.law.variance:
        chosen, exact = [(np.full(mixed.blocks.count, mixed.law.mean), 1.0)], True
    outputs = [net.outputs(mixed.point(values)) for values, _ in chosen]
    xp, weights = array_api_compat.array_namespace(outputs[0]), np.array([weight for _, weight in chosen])
    mean = sum(weight * z for z, weight in zip(outputs, weights.tolist(), strict=True))
    errors = None
    if net.targets.ndim == 1:
        wrong = [xp.mean(xp.astype(xp.argmax(z, axis=1) != net.targets, xp.float64)) for z in outputs]
        errors = np.array([float(w) for w in wrong])
    return _Drawn(
        losses=np.array([net.loss_of_outputs(z) for z in outputs]),
        errors=errors,
        away=np.array([float(xp.sum((z - mean) ** 2)) / len(z) for z in outputs]),
        means=np.array([to_numpy(xp.mean(z, axis=0)) for z in outputs], dtype=np.float64),
        weights=weights,
        exact=exact,
    )


def _reported(net: Layered, found: _Drawn, expected: Prediction, mixed: Mixing, variant: Covariance) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "law": mixed.law.spec,
        "granularity": mixed.blocks.granularity,
        "covariance": variant,
        "share": expected.share,
        "loss at the mean of lambda": net.loss(mixed.centre),
    }
    if found.errors is not None and expected.error is not None:
        extra |= {"accuracy measured": 1 - float(found.weights @ found.errors), "accuracy predicted": 1 - expected.error}
    return extra


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random ReLU networks with 24 inputs and one or two hidden layers of 16 to 28 units, per element and per row."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        widths = tuple(map(int, draw.integers(16, 29, size=1 + number % 2)))
        loss: SquaredLoss | CrossEntropy = SquaredLoss((0.5, 1.0)[number // 2 % 2])
        data = teacher_student(count=24, width=24, outputs=2, number=int(draw.integers(2**31)))
        if number % 3 == 2:
            loss, data = CrossEntropy(), gaussian_clusters(count=24, width=24, number=int(draw.integers(2**31)))
        net = MLP((24, *widths, data.classes or 2), ("relu", "leaky_relu")[number // 4 % 2], loss, data)
        facts = {
            "law": ("bernoulli(0.5)", "uniform", "radial(0.5)", "bernoulli(0.3)")[number % 4],
            "granularity": "row" if number % 4 in {0, 2} and number % 8 >= 4 else "element",
        }
        scale = float(10 ** draw.uniform(-0.5, 0))
        yield Pair(net, net.draw(draw, scale), net.draw(draw, scale), f"random {number}", facts=facts)


def extremal() -> Iterator[Pair]:
    """A law without variance; rows of one hidden layer, all 4,096 of them; a deep linear network."""
    yield replace(f10(), facts={"law": "constant(0.3)"})
    yield replace(f10(), facts={"granularity": "row"})
    yield d3()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One lambda for all; a unit with one input; two units that move together, taken to be independent."""
    yield "INDEPENDENT", replace(f10(), facts={"drawn": "global"})
    single = MLP((1, 1, 1), "relu", SquaredLoss(1.0), Data([[1.0]], [[10.0]], name="one"), bias=False)
    yield "GAUSSIAN", Pair(single, single.point([[1.0]], [[1.0]]), single.point([[-1.0]], [[1.0]]), "one input")
    fan = MLP((4, 1, 4, 1), "relu", SquaredLoss(1.0), Data(np.ones((1, 4)), [[0.0]], name="one"), bias=False)
    ends = [fan.point(np.full((1, 4), w), np.ones((4, 1)), np.ones((1, 4))) for w in (1.0, 2.0)]
    yield "FOLLOWED", Pair(fan, ends[0], ends[1], "units that move together", facts={"covariance": "diagonal"})
