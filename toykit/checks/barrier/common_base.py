"""Check of |Delta|^2 = r_1^2 + r_2^2 - 2 r_1 r_2 cos A and of the distance of the midpoint [barrier/common_base]."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from toykit.barriers.measured import tolerance
from toykit.checks.barrier._base import Base, seen_from_base
from toykit.data import teacher_student
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.networks.radial import Ring, at_angle
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/common_base"


def check(pair: Pair) -> Result:
    """Both lengths, measured from the weights, against radii and angle; the angle of every layer beside them."""
    base = seen_from_base(pair)
    if isinstance(base, Outcome) or pair.theta_0 is None:
        found = base if isinstance(base, Outcome) else Outcome(False, "the pair names no common base")
        return Result(SLUG, pair.name, (), {}, {"BASE": found})
    delta, middle = pair.delta, chord_point(pair.theta_a, pair.theta_b, 0.5) - pair.theta_0
    lengths = {"Delta_2": delta.dot(delta), "dbar_2": middle.dot(middle)}
    letters = {"r_1": base.r_1, "r_2": base.r_2, "angle": base.angle}
    allowed = tolerance(pair, base.r_1**2 + base.r_2**2)

    def equal(name: str, measured: float, formula: str) -> Comparison:
        side = Number.exact(evaluate(SLUG, formula, letters))
        return Comparison(name, Number.exact(measured), Relation.EQUAL, side, allowed)

    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            equal("squared length of the chord", lengths["Delta_2"], "Delta_2"),
            equal("squared distance of the midpoint", lengths["dbar_2"], "dbar_2"),
            equal("parallelogram", lengths["Delta_2"] + 4 * lengths["dbar_2"], "parallelogram"),
        ),
        letters=letters | {"Delta_norm": math.sqrt(lengths["Delta_2"]), "dbar_norm": math.sqrt(lengths["dbar_2"])},
        assumptions={"BASE": Outcome(True, "theta_0 of the pair")},
        extra={"degrees": math.degrees(base.angle), "degrees per layer": layer_angles(pair)},
    )


def layer_angles(pair: Pair) -> dict[str, float]:
    """The angle at theta_0 within each layer, in degrees; layers that an end shares with theta_0 are left out."""
    found = {layer: seen_from_base(pair, names) for layer, names in pair.theta_a.layers.items()}
    return {layer: math.degrees(base.angle) for layer, base in found.items() if isinstance(base, Base)}


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks around a random base: any angle, nearly parallel ones, nearly opposite ones, unequal radii."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        net = MLP((3, 4, 2), "tanh", SquaredLoss(), teacher_student(count=6, width=3, outputs=2))
        base, first, other = (net.draw(draw) for _ in range(3))
        along = float(draw.choice([0.0, 1.0, -1.0]))
        second = other if along == 0 else first * along + other * 10.0 ** -float(draw.integers(1, 9))
        yield Pair(net, base + first, base + second * float(np.exp(draw.normal())), f"seen from a base {number}", base)


def extremal() -> Iterator[Pair]:
    """Always equal: radii 3 and 4 at 90 degrees, radius 1 at 60 and at 180 degrees."""
    for r_1, r_2, degrees in ((3.0, 4.0, 90), (1.0, 1.0, 60), (1.0, 1.0, 180)):
        yield at_angle(Ring(), r_1, r_2, math.radians(degrees))


def necessity() -> Iterator[tuple[str, Pair]]:
    """None: the identity holds for any three points."""
    yield from ()
