"""Both sides of the moments of deep linear networks: losses of random combinations against the recursion over the layers.

The squared loss of a linear network is quadratic in each lambda, so few blocks are enumerated exactly under every law (at
its Gauss nodes); many are drawn, 100 of them. Facts: `law`, `granularity`, and `drawn`, where lambda really varied otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from toykit.arrays import to_numpy
from toykit.checks.combinability import _neurons
from toykit.combining.draws import Mixing, mixing
from toykit.combining.linear_moments import GRANULARITIES, second_moment
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import d3, f10
from toykit.networks.mlp import MLP
from toykit.outputs import OutputChord
from toykit.seeds import generator
from toykit.tolerances import TORCH32, TORCH64
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/deep_linear_moments"
DRAWS = 100
LAWS = ("bernoulli(0.5)", "bernoulli(0.25)", "uniform", "gauss(0.4)", "radial(1.5)")


def check(pair: Pair, *, spec: str = "bernoulli(0.5)", granularity: str = "element", draws: int = DRAWS) -> Result:
    """E L and the mean of <y, f> over random combinations, against the recursion."""
    net = pair.landscape
    if not isinstance(net, Layered):
        return Result(SLUG, pair.name, (), {}, {"LINEAR": Outcome(False, f"{type(net).__name__} is not a network with layers")})
    asserted = mixing(pair, pair.facts.get("law", spec), pair.facts.get("granularity", granularity))
    chosen = pair.facts.get("drawn", asserted.blocks.granularity)
    drawn = mixing(pair, asserted.law.spec, chosen)
    linear, traits = net.activation.name == "identity" or net.depth == 1, net.traits
    squared = traits.loss == "squared" and traits.factor is not None
    assumptions = {
        "LINEAR": Outcome(linear, "linear activations" if linear else f"the activation is {net.activation.name}"),
        "ACROSS": Outcome(chosen == asserted.blocks.granularity, f"one lambda per {chosen}, {asserted.law.spec}"),
        "SQUARED": Outcome(squared, f"the loss is {traits.loss}"),
    }
    chord = OutputChord(pair)
    targets = to_numpy(chord.target_rows)
    middle = to_numpy(net.outputs(asserted.centre))
    letters = {
        "v": asserted.law.variance,
        "factor": traits.factor or 1.0,
        "output_2": float(np.trace(second_moment(net, asserted))),
        "aimed": float((targets * middle).sum(axis=1).mean()),
        "targets_2": float(np.square(targets).sum(axis=1).mean()),
    }
    exact = drawn.enumerable and drawn.points <= _neurons.FEW
    losses, aimed, weights = _visited(net, drawn, targets, 0 if exact else draws)
    relative = TORCH32 if traits.precision == "float32" else TORCH64
    allowed = relative * max(1.0, letters["factor"] * (letters["output_2"] + letters["targets_2"]), float(np.abs(losses).max()))
    comparisons = (
        _compared("mean loss", losses, weights, evaluate(SLUG, "mean", letters), exact, allowed),
        _compared("mean of <y, f>, that of the mean network", aimed, weights, letters["aimed"], exact, allowed),
    )
    extra = {"law": asserted.law.spec, "granularity": asserted.blocks.granularity, "loss at the mean": net.loss(asserted.centre)}
    return Result(SLUG, pair.name, comparisons, letters, assumptions, extra)


def _visited(net: Layered, mixed: Mixing, targets: Floats, draws: int) -> tuple[Floats, Floats, Floats]:
    """Losses, E_x<y, f> and weights, shape (count,) each, at `draws` random draws or, without any, at the nodes of the law."""
    if not draws:
        nodes = list(mixed.nodes())
        points, weights = [mixed.point(values) for values, _ in nodes], np.array([weight for _, weight in nodes])
    else:
        points, weights = [mixed.centre + mixed.step(xi) for xi in mixed.deviations(draws)], np.full(draws, 1 / draws)
    outputs = [net.outputs(point) for point in points]
    aimed = [float((targets * to_numpy(z)).sum(axis=1).mean()) for z in outputs]
    return np.array([net.loss_of_outputs(z) for z in outputs]), np.array(aimed), weights


def _compared(name: str, values: Floats, weights: Floats, expected: float, exact: bool, allowed: float) -> Comparison:
    found, bound = float(weights @ values), Number.exact(expected, "recursion over the layers")
    if exact:
        return Comparison(name, Number.exact(found, f"{len(values)} combinations"), Relation.EQUAL, bound, allowed)
    error = 5 * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Comparison(name, Number.estimated(found, f"{len(values)} draws", error), Relation.EQUAL, bound, allowed)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random deep linear networks of two to four layers, with and without biases, every granularity and law in turn."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        widths = (2, *map(int, draw.integers(1, 4, size=int(draw.integers(1, 4)))), 1)
        data = teacher_student(count=6, width=2, number=int(draw.integers(2**31)))
        net = MLP(widths, "identity", SquaredLoss((0.5, 1.0)[number % 2]), data, bias=bool(number // 2 % 2))
        facts = {"law": LAWS[number % len(LAWS)], "granularity": GRANULARITIES[number // len(LAWS) % len(GRANULARITIES)]}
        yield Pair(net, net.draw(draw), net.draw(draw), f"deep linear {number}", facts=facts)


def extremal() -> Iterator[Pair]:
    """The identity on the linear network 2-2-2-1 of the ground truths, per element and per layer."""
    yield d3()
    yield replace(d3(), facts={"granularity": "layer", "law": "uniform"})


def necessity() -> Iterator[tuple[str, Pair]]:
    """w_2 w_1 from (0, 0) to (2, 2) with one lambda; a ReLU network; a linear classifier with cross-entropy."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]], name="one"), SquaredLoss(1.0))
    yield "ACROSS", Pair(net, net.point([[0.0]], [[0.0]]), net.point([[2.0]], [[2.0]]), "w_2 w_1", facts={"drawn": "global"})
    yield "LINEAR", replace(f10(), facts={"granularity": "layer"})
    linear = MLP((3, 2, 3), "identity", CrossEntropy(), gaussian_clusters(count=9, width=3))
    stream = generator("a linear classifier")
    yield "SQUARED", Pair(linear, linear.draw(stream), linear.draw(stream), "a linear classifier", facts={"granularity": "layer"})
