"""Check of g(t) <= sum_S t^|S| (1-t)^(L-|S|) L(z_S) - (1-t) L_a - t L_b over layer-swapped networks [barrier/hybrid_bound]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from toykit.arrays import like, to_numpy
from toykit.barriers.layers import LayerChord, Layers, subsets
from toykit.barriers.measured import barrier, gap, tolerance, trivial_barrier
from toykit.checks.barrier.bregman_identity import Bump
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss, Targets
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.outputs import POSITIONS
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/hybrid_bound"
MOST = 6
"""Layers of which all 2^L hybrids are evaluated."""


@dataclass(frozen=True)
class Hybrids:
    """L(z_S) for every set S of layers taken from theta_b, and whether the outputs are affine in each layer."""

    losses: dict[Layers, float]
    affine: Outcome
    count: int

    def mixed(self, ts: Floats) -> Floats:
        """sum_S t^|S| (1-t)^(L-|S|) L(z_S), shape (g,)."""
        return np.array([sum(t ** len(s) * (1 - t) ** (self.count - len(s)) * v for s, v in self.losses.items()) for t in ts])


def check(pair: Pair, most: int = MOST) -> Result:
    """The barrier against the largest value of the bound, and the gap at 1/2 and at its worst position against the bound."""
    chord, traits = LayerChord(pair), pair.landscape.traits
    count = len(chord.layers)
    few = Outcome(count <= most, f"{count} layers, {2**count} hybrids" + ("" if count <= most else f"; at most {most} layers"))
    if not few.holds:
        return Result(SLUG, pair.name, (), {}, {"FEW": few})
    found = hybrids(chord)
    ends = {"L_a": pair.landscape.loss(pair.theta_a), "L_b": pair.landscape.loss(pair.theta_b)}
    gaps, bounds = gap(pair, POSITIONS), upper(found, ends, POSITIONS)
    allowed = tolerance(pair, max(map(abs, found.losses.values())))
    trivial = trivial_barrier(pair)
    highest = Number.exact(float(upper(found, ends, turning_points(found, ends)).max()), "largest value of a polynomial in t")
    comparisons = [Comparison("barrier", barrier(pair), Relation.AT_MOST, highest, allowed, trivial)]
    middle = int(np.flatnonzero(POSITIONS == 0.5)[0])
    for index, where in ((middle, "gap at 1/2"), (int((bounds - gaps).argmin()), "gap at its worst position")):
        measured = Number.exact(float(gaps[index]), f"the value at t = {POSITIONS[index]:g}")
        bound = Number.exact(float(bounds[index]), f"{2**count} hybrids")
        comparisons.append(Comparison(where, measured, Relation.AT_MOST, bound, allowed, trivial))
    convex = Outcome(traits.convex_in_outputs, f"{traits.loss} is {'' if traits.convex_in_outputs else 'not known to be '}convex")
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(comparisons),
        letters={"t": 0.5, "hybrids": float(found.mixed(np.array([0.5]))[0])} | ends,
        assumptions={"AFFINE": found.affine, "CONVEX": convex, "FEW": few},
        extra={"hybrids": {" + ".join(s) or "none": value for s, value in found.losses.items()}},
    )


def upper(found: Hybrids, ends: dict[str, float], ts: Floats) -> Floats:
    """The bound on g at the positions ts."""
    values: Floats = evaluate(SLUG, "upper_at", {"t": ts, "hybrids": found.mixed(ts)} | ends)
    return values


def turning_points(found: Hybrids, ends: dict[str, float]) -> Floats:
    """0, 1 and the positions between at which the bound, a polynomial of degree L, may be largest."""
    degree = max(found.count, 1)
    nodes = np.polynomial.chebyshev.chebpts1(degree + 1)
    bound = np.polynomial.Chebyshev.fit(nodes, upper(found, ends, (1 + nodes) / 2), degree, domain=[-1, 1])
    flat = np.real(bound.deriv().trim(np.finfo(float).eps).roots()) if degree > 1 else np.array([])
    inside: Floats = np.clip(np.concatenate([[-1.0, 1.0], flat]), -1, 1)
    return (1 + inside) / 2


def hybrids(chord: LayerChord) -> Hybrids:
    """The losses of all hybrids: with fixed gates where no hybrid changes one, else each with its own, for information."""
    net, count = chord.pair.landscape, len(chord.layers)
    frozen = fixed_gates(chord) if isinstance(net, Layered) else Outcome(False, "a loss without outputs")
    if isinstance(frozen, Outcome):
        sets = list(subsets(chord.layers))
        losses = net.losses([chord.swapped(s) for s in sets])
        return Hybrids(dict(zip(sets, map(float, losses), strict=True)), frozen, count)
    linear = isinstance(net, Layered) and net.activation.negative_slope == 1
    how = "the network is linear" if linear else "no hybrid changes a gate on any example"
    losses_of = {s: net.loss_of_outputs(like(z, net.inputs)) for s, z in frozen.items()} if isinstance(net, Layered) else {}
    return Hybrids(losses_of, Outcome(True, how), count)


def fixed_gates(chord: LayerChord) -> dict[Layers, Floats] | Outcome:
    """z_S of all hybrids with the gates that they share; why there are none where some hybrid changes one."""
    net = chord.pair.landscape
    if not isinstance(net, Layered) or not net.activation.piecewise_linear:
        name = net.activation.name if isinstance(net, Layered) else type(net).__name__
        return Outcome(False, f"the outputs are not affine in the layers below {name}")
    slope = net.activation.negative_slope
    features: dict[Layers, Floats] = {(): to_numpy(net.inputs)}
    for layer, name in enumerate(chord.layers, start=1):
        rows = {}
        for s, below in features.items():
            for theta, taken in ((chord.pair.theta_a, s), (chord.pair.theta_b, (*s, name))):
                bias = net.bias_name(layer)
                shift = 0.0 if bias is None else to_numpy(theta[bias])
                rows[taken] = below @ to_numpy(theta[net.weight_name(layer)]).T + shift
        if layer == net.depth:
            return rows
        lowest, highest = np.min(list(rows.values()), axis=0), np.max(list(rows.values()), axis=0)
        changed = int(((lowest < 0) & (highest > 0)).sum())
        if changed and slope != 1:
            return Outcome(False, f"hybrids change {changed} of {lowest.size} gates of layer {layer}")
        features = {s: z * np.where(lowest >= 0, 1.0, slope) for s, z in rows.items()}
    return features


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Linear networks with biases, absolute losses that are affine on the hybrids, and ReLU networks with all gates open."""
    kinds = (linear_network, far_targets, open_gates)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def linear_network(draw: np.random.Generator, name: str) -> Pair:
    """Two random linear networks with biases and one to three hidden layers, squared loss or cross-entropy."""
    number, hidden = int(draw.integers(2**31)), draw.integers(1, 5, size=int(draw.integers(1, 4))).tolist()
    if draw.random() < 0.5:
        data, loss = gaussian_clusters(count=12, width=3, number=number), CrossEntropy()
        net = MLP((3, *hidden, 3), "identity", loss, data)
    else:
        net = MLP((3, *hidden, 2), "identity", SquaredLoss(), teacher_student(count=12, width=3, outputs=2, number=number))
    return Pair(net, net.draw(draw), net.draw(draw), name)


def far_targets(draw: np.random.Generator, name: str) -> Pair:
    """A linear network with the loss |z - y| and targets near the outputs or beyond those of all hybrids."""
    inputs = draw.normal(size=(6, 2))
    far = 10 ** draw.uniform(-1, 2) * np.where(inputs[:, :1] > 0, 1.0, -1.0)
    net = MLP((2, 2, 1), "identity", Absolute(), Data(inputs, far))
    return Pair(net, net.draw(draw), net.draw(draw), name)


def open_gates(draw: np.random.Generator, name: str) -> Pair:
    """Two ReLU networks whose inputs, weights and biases are positive, up to the read-out."""
    inputs = np.abs(draw.normal(size=(8, 3)))
    net = MLP((3, 4, 3, 2), "relu", SquaredLoss(), Data(inputs, draw.normal(size=(8, 2))))
    ends = [net.draw(draw).map(np.abs) for _ in range(2)]
    readout = net.weight_name(3)
    first, last = (end.replace({readout: end[readout] * draw.choice([-1.0, 1.0], size=(2, 3))}) for end in ends)
    return Pair(net, first, last, name)


def extremal() -> Iterator[Pair]:
    """Absolute losses that are affine on the hybrids: |z| from (1, 1) to (2, 1/2), and |z - y| with targets 3 and -3."""
    alone = deep_linear((1, 1, 1), Data([[1.0]], [[0.0]], name="target 0"), Absolute())
    yield Pair(alone, alone.point([[1.0]], [[1.0]]), alone.point([[2.0]], [[0.5]]), "|z|")
    two = deep_linear((1, 1, 1), Data([[1.0], [-1.0]], [[3.0], [-3.0]], name="targets beyond"), Absolute())
    yield Pair(two, two.point([[1.0]], [[1.0]]), two.point([[2.0]], [[0.5]]), "short of the targets")


def necessity() -> Iterator[tuple[str, Pair]]:
    """The fold net, all of whose hybrids have loss 0; and a loss that is not convex."""
    yield "AFFINE", fold()
    net = MLP((1, 1), "identity", Bump(), Data([[1.0]], [[0.0]], name="bump"), bias=False)
    yield "CONVEX", Pair(net, net.point([[0.0]]), net.point([[4.0]]), "bump, z = 4t")


@dataclass(frozen=True)
class Absolute(Loss):
    """l(z, y) = |z - y|, summed over outputs: convex, with a kink at the target."""

    name: ClassVar[str] = "absolute"
    smooth: ClassVar[bool] = False
    analytic: ClassVar[bool] = False

    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """|z_i - y_i|."""
        found: Floats = np.abs(outputs - targets).sum(axis=1)
        return found

    def gradient(self, outputs: Floats, targets: Targets) -> Floats:
        """The sign of z_i - y_i."""
        return np.sign(outputs - targets)

    def curvature(self, outputs: Floats, targets: Targets, directions: Floats) -> Floats:
        """0 beside the kink."""
        return np.zeros(len(outputs))

    def chance(self, data: Data) -> float:
        """mean |y_i - median|."""
        return self.value(np.broadcast_to(np.median(data.targets, axis=0), data.targets.shape), data.targets)

    def require_fit(self, data: Data, outputs: int) -> None:
        """Target vectors of any width."""
