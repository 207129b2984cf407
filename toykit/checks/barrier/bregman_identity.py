"""Check of g(t) = linearisation error + curvature cost - ensemble gain, and of its signs [barrier/bregman_identity]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import ClassVar

import numpy as np

from toykit.barriers.decomposition import known_loss
from toykit.barriers.measured import trivial_barrier
from toykit.checks.barrier._outputs import MIDDLE, OutputReadings, identities, random_pairs, read, without_outputs
from toykit.data import Data
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss, Targets
from toykit.networks.designed import designed
from toykit.networks.mlp import MLP
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/bregman_identity"


def check(pair: Pair) -> Result:
    """The gap against the three terms, and their signs at 1/2; what averaged outputs cost, for any loss."""
    try:
        found = read(pair)
    except InputError as reason:
        return without_outputs(SLUG, pair, "FORM", reason)
    traits = pair.landscape.traits
    form, convex = known_loss(traits), traits.convex_in_outputs
    comparisons = [_averaged(found)]
    if form.holds:
        sides = [evaluate(SLUG, "gap", terms.means()) for terms in found.terms]
        comparisons = [*identities(found, sides, "means of the three terms"), *_signs(found), *comparisons]
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(comparisons),
        letters=found.terms[MIDDLE].means() if form.holds else {},
        assumptions={
            "FORM": form,
            "CONVEX": Outcome(convex, f"the loss {traits.loss} is {'' if convex else 'not known to be '}convex in the outputs"),
        },
        extra=found.shares if form.holds else {},
    )


def _signs(found: OutputReadings) -> Iterator[Comparison]:
    """linear - gain <= g <= linear + cost at 1/2."""
    letters, middle = found.terms[MIDDLE].means(), found.middle
    lowest = -middle.line if found.pair.landscape.traits.nonnegative else None
    for side, relation, trivial in (
        ("upper", Relation.AT_MOST, trivial_barrier(found.pair)),
        ("lower", Relation.AT_LEAST, lowest),
    ):
        bound = Number.exact(evaluate(SLUG, side, letters), "two of the three terms")
        yield Comparison(f"gap at 1/2, {side}", middle.number, relation, bound, found.allowed, trivial)


def _averaged(found: OutputReadings) -> Comparison:
    """The averaged outputs zbar have E = 0: their loss is at most the line. Compared at the worst position."""
    losses = [found.chord.loss_of(reading.outputs.mean) for reading in found.readings]
    excess = [loss - reading.line for loss, reading in zip(losses, found.readings, strict=True)]
    worst = int(np.argmax(excess))
    measured = Number.exact(excess[worst], f"the loss of the averaged outputs at t = {found.readings[worst].outputs.t:g}")
    return Comparison("gap of the averaged outputs", measured, Relation.AT_MOST, Number.exact(0.0), found.allowed)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random pairs with cross-entropy and with the squared loss in turn."""
    half = count // 2
    kinds = (random_pairs(SLUG, count - half, seed, CrossEntropy()), random_pairs(SLUG, half, seed, SquaredLoss()))
    return (pair for pair in chain.from_iterable(zip_longest(*kinds)) if pair is not None)


def extremal() -> Iterator[Pair]:
    """An identity is always met; E = (1, 1) under cross-entropy leaves the ensemble gain alone."""
    ends = ([[2.0, 0.0]], [[0.0, 2.0]])
    yield designed(*ends, [[1.0, 1.0]], np.array([0]), CrossEntropy(), "error along the ones")
    yield designed(*ends, [[-1.0, 0.0]], np.array([0]), CrossEntropy(), "one example")
    yield designed([[1.0]], [[-1.0]], [[0.5]], np.array([[0.0]]), SquaredLoss(), "three squares")


def necessity() -> Iterator[tuple[str, Pair]]:
    """A loss that is not convex: 1 - exp(-z^2) with z = 4t, E = 0 and g(1/2) = 0.4817."""
    net = MLP((1, 1), "identity", Bump(), Data([[1.0]], [[0.0]], name="bump"), bias=False)
    yield "CONVEX", Pair(net, net.point([[0.0]]), net.point([[4.0]]), "bump, z = 4t")


@dataclass(frozen=True)
class Bump(Loss):
    """l(z, y) = 1 - exp(-|z|^2): smooth, between 0 and 1, and not convex; the targets do not matter."""

    name: ClassVar[str] = "bump"
    convex: ClassVar[bool] = False

    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """1 - exp(-|z_i|^2)."""
        found: Floats = -np.expm1(-(outputs**2).sum(axis=1))
        return found

    def gradient(self, outputs: Floats, targets: Targets) -> Floats:
        """2 z_i exp(-|z_i|^2)."""
        found: Floats = 2 * outputs * np.exp(-(outputs**2).sum(axis=1, keepdims=True))
        return found

    def curvature(self, outputs: Floats, targets: Targets, directions: Floats) -> Floats:
        """(2 |v_i|^2 - 4 <z_i, v_i>^2) exp(-|z_i|^2)."""
        inner, squares = (outputs * directions).sum(axis=1), (directions**2).sum(axis=1)
        found: Floats = (2 * squares - 4 * inner**2) * np.exp(-(outputs**2).sum(axis=1))
        return found

    def chance(self, data: Data) -> float:
        """0, at z = 0."""
        return 0.0

    def require_fit(self, data: Data, outputs: int) -> None:
        """Any targets."""
