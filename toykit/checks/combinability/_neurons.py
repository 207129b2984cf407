"""What the claims about whole neurons share: one hidden layer or the reason why not, losses at vertices, random pairs.

Facts of a pair: `law` of lambda; `drawn`, the granularity in which lambda really varied where that is not `neuron`;
`asserted`, which is `squared` where the formulas of the squared loss are asserted although the loss is another one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from toykit.combining.draws import Mixing, mixing
from toykit.combining.whole_neurons import WholeNeurons
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import f10
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import TORCH32, TORCH64
from toykit.verdict import Number, Outcome

FEW = 1024
"""Vertices that are all visited; beyond, a sample of a size fixed beforehand is drawn."""

LIPSCHITZ = {"cross-entropy": math.sqrt(2)}
"""K of a loss in its outputs, in the Euclidean norm."""


@dataclass(frozen=True)
class Visited:
    """Vertices that were visited: deviations (count, h) of lambda from its mean, losses (count,), weights (count,)."""

    deviations: Floats
    losses: Floats
    weights: Floats
    exact: bool

    @property
    def note(self) -> str:
        """How the vertices were chosen."""
        return f"all {len(self.losses)} vertices" if self.exact else f"{len(self.losses)} random vertices"

    def mean(self, values: Floats) -> Number:
        """The mean of values at the vertices; five standard errors where they are a sample."""
        found = float(self.weights @ values)
        if self.exact:
            return Number.exact(found, self.note)
        return Number.estimated(found, self.note, 5 * float(values.std(ddof=1)) / math.sqrt(len(values)))

    def variance(self) -> Number:
        """The variance of the loss; five standard errors, from the fourth moment, where it is a sample."""
        away = self.losses - float(self.weights @ self.losses)
        found = float(self.weights @ away**2)
        if self.exact:
            return Number.exact(found, self.note)
        n = len(away)
        spread = math.sqrt(max(float(np.mean(away**4)) - found**2, 0.0) / n)
        return Number.estimated(found * n / (n - 1), self.note, 5 * spread)


def drawn(pair: Pair, spec: str) -> Mixing:
    """The mixing of whole neurons, or of what the pair says was mixed."""
    return mixing(pair, spec, pair.facts.get("drawn", "neuron"))


def visit(mixed: Mixing, draws: int) -> Visited:
    """Losses of the networks at all vertices where these are few, else at `draws` of them."""
    exact = mixed.blocks.count <= 16 and mixed.points <= FEW
    if exact:
        nodes = list(mixed.nodes())
        weights = np.array([weight for _, weight in nodes])
        deviations = np.array([values - mixed.law.mean for values, _ in nodes])
    else:
        weights, deviations = np.full(draws, 1 / draws), np.array(list(mixed.deviations(draws)))
    losses = np.array([mixed.pair.landscape.loss(mixed.centre + mixed.step(xi)) for xi in deviations])
    return Visited(deviations, losses, weights, exact)


def one_layer(pair: Pair) -> Outcome:
    """Whether the pair has one hidden layer with a linear output, by its architecture."""
    net = pair.landscape
    if not isinstance(net, Layered):
        return Outcome(False, f"{type(net).__name__} is not a network with layers")
    return Outcome(net.depth == 2, f"{net.depth - 1} hidden layer{'' if net.depth == 2 else 's'}")


def independent(pair: Pair, spec: str) -> Outcome:
    """Whether every neuron is drawn by itself, at a vertex."""
    blocks = pair.facts.get("drawn", "neuron")
    if blocks != "neuron":
        return Outcome(False, f"lambda is common to each {blocks} block")
    return Outcome(spec.startswith("bernoulli"), f"{spec} for every neuron")


def squared(pair: Pair) -> Outcome | None:
    """Whether the loss is c|f - y|^2, or None where another loss is met by what is said of every loss."""
    traits = pair.landscape.traits
    if traits.loss == "squared" and traits.factor is not None:
        return Outcome(True, f"squared loss with the factor {traits.factor:g}")
    if pair.facts.get("asserted") == "squared" or traits.loss not in LIPSCHITZ or not traits.convex_in_outputs:
        return Outcome(False, f"the loss is {traits.loss}")
    return None


def allowed(pair: Pair, found: WholeNeurons, factor: float = 1.0) -> float:
    """The absolute tolerance of a loss: rounding errors are those of the contributions, whose sum may cancel."""
    relative = TORCH32 if pair.landscape.traits.precision == "float32" else TORCH64
    size = factor * (found.sizes + float(np.abs(found.slopes).sum()))
    return relative * max(1.0, size, abs(found.loss_a), abs(found.loss_b), abs(found.ensemble))


def cases(slug: str, count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks with 2 to 6 hidden units: squared loss of either factor, every third time cross-entropy; p in turn.

    Every other classifier has a single unit and is mistaken, where the Lipschitz bound is nearly met.
    """
    for number in range(count):
        draw = generator(f"{slug}/neurons", seed * 1_000_000 + number)
        p = (0.5, 0.2, 0.5, 0.9)[number // 6 % 4]
        if number % 6 == 5:
            pair = mistaken(float(draw.uniform(0, 8)), float(draw.uniform(0.1, 2)), f"mistaken {number}")
        elif number % 3 == 2:
            pair = classifiers(draw, f"classifiers {number}")
        else:
            data = teacher_student(count=8, width=3, outputs=2, number=int(draw.integers(2**31)))
            widths = (3, int(draw.integers(2, 7)), 2)
            net = MLP(widths, ("tanh", "relu")[number % 2], SquaredLoss((0.5, 1.0)[number // 2 % 2]), data)
            pair = Pair(net, net.draw(draw), net.draw(draw), f"regression {number}")
        yield replace(pair, facts={"law": f"bernoulli({p:g})"})


def classifiers(draw: np.random.Generator, name: str, units: int | None = None) -> Pair:
    """Two random ReLU networks with cross-entropy, their weights a thirtieth to three times as large as drawn."""
    data = gaussian_clusters(count=9, width=3, number=int(draw.integers(2**31)))
    net = MLP((3, int(draw.integers(2, 6)) if units is None else units, 3), "relu", CrossEntropy(), data)
    size = 10 ** float(draw.uniform(-1.5, 0.5))
    return Pair(net, net.draw(draw) * size, net.draw(draw) * size, name)


def mistaken(margin: float, apart: float, name: str) -> Pair:
    """One unit that gives the wrong class of one example the lead 2 margin, then 2 (margin + apart): l is nearly linear there."""
    net = MLP((1, 1, 2), "relu", CrossEntropy(), Data([[1.0]], [0], classes=2, name="one example"), bias=False)
    ends = [net.point([[1.0]], [[-lead], [lead]]) for lead in (margin, margin + apart)]
    return Pair(net, ends[0], ends[1], name)


def orthogonal() -> Pair:
    """Two units with outputs of their own: G is diagonal, and the mean loss is the chord between the end losses."""
    data = teacher_student(count=6, width=2, outputs=2, number=1)
    net = MLP((2, 2, 2), "relu", SquaredLoss(1.0), data, bias=(True, False))
    draw = generator("orthogonal contributions")
    readouts = np.diag([1.0, 2.0]), np.diag([-1.0, 0.5])
    ends = [net.draw(draw).replace({net.weight_name(2): readout}) for readout in readouts]
    return Pair(net, ends[0], ends[1], "units with outputs of their own")


def fixture(**facts: str) -> Pair:
    """The ReLU network 4-10-2 without output bias of `toykit.networks.fixtures.f10`."""
    return replace(f10(), facts=facts)
