"""Check of the mountain on branched pairs, and the five hypotheses measured on any of them [barrier/mountainside_ridge]."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from toykit.barriers.measured import tolerance
from toykit.checks.barrier._base import Base, seen_from_base
from toykit.checks.barrier.radial_ring import along_ray
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.mountainside import Mountainside, Runs, mountainside
from toykit.networks.mountains import across_a_ridge, on_a_mountain
from toykit.networks.radial import Radial, at_angle, hill
from toykit.networks.valleys import quartic_ring, ring
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/mountainside_ridge"
RADII = 65
RAYS = "straight rays from the base"
MOUNTAINS = (ring(), quartic_ring(), hill())


def check(pair: Pair, runs: Runs | None = None) -> Result:
    """M2, M3a and M3b as the equalities that they are on a mountain; the words of all hypotheses beside them.

    On a pair of networks the verdict is INAPPLICABLE, since no network is a mountain exactly; its reason holds the words.
    """
    base = seen_from_base(pair)
    found = mountainside(pair, runs)
    if isinstance(base, Outcome) or found is None:
        how = base.how if isinstance(base, Outcome) else "the pair names no common base"
        return Result(SLUG, pair.name, (), {}, {"BASE": Outcome(False, how)})
    letters = {"L_m": found.L_m, "L_bar": found.L_bar, "Delta_norm": found.Delta_norm, "dbar_norm": found.dbar_norm}
    letters |= {"angle": base.angle, "parameters": float(pair.theta_a.count)}
    comparisons: list[Comparison] = []
    if found.on_run is not None:
        letters["on_run"] = found.on_run
        climb = evaluate(SLUG, "climb", letters)
        comparisons.append(_equal(pair, found, "M2: midpoint against the runs", found.L_m, found.on_run))
        comparisons.append(_equal(pair, found, "M1: barrier against the way back up", found.barrier, climb))
    if found.run_slope is not None:
        letters["run_slope"] = found.run_slope
        across, outward = (evaluate(SLUG, name, letters) for name in ("across", "outward"))
        comparisons.append(_equal(pair, found, "M3a: curvature across the ridge", found.curvatures[1], across))
        comparisons.append(_equal(pair, found, "M3b: slope along the ridge", found.outward, outward))
    if _is_ring(pair, base):
        scale, walls = (evaluate(SLUG, name, letters) for name in ("scale", "walls"))
        comparisons.append(_equal(pair, found, "M5: barrier over its estimate", found.barrier / found.estimate, scale))
        end = found.curvatures[0] * pair.theta_a.count / found.Delta_norm**2
        comparisons.append(_equal(pair, found, "M4: walls over a random direction", end, walls))
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=tuple(comparisons),
        letters=letters,
        assumptions=_assumptions(pair, base, found),
        extra={"hypotheses": found.to_json(), "runs": RAYS if runs is None else "the points that they passed"},
    )


def _equal(pair: Pair, found: Mountainside, name: str, measured: float, model: float) -> Comparison:
    size = abs(found.start) + abs(found.L_m) + abs(measured) + abs(model) + found.Delta_norm**2
    return Comparison(name, Number.exact(measured), Relation.EQUAL, Number.exact(model), tolerance(pair, size))


def _is_ring(pair: Pair, base: Base) -> bool:
    """The ring of minima (|x| - R)^2/2 with both ends on it, not opposite to one another (the centre is a kink)."""
    landscape = pair.landscape
    radius = getattr(landscape, "R", None)
    if not isinstance(landscape, Radial) or radius is None or landscape.h != ring(radius).h:
        return False
    on_it = abs(base.r_1 - float(radius)) + abs(base.r_2 - float(radius)) <= ROUNDING * float(radius)
    return on_it and base.angle < 3


def _assumptions(pair: Pair, base: Base, found: Mountainside) -> dict[str, Outcome]:
    outcomes = {"BASE": Outcome(True, "theta_0 of the pair")}
    if isinstance(pair.landscape, Radial) and pair.theta_0 is not None:
        outcomes["MOUNTAIN"] = Outcome(pair.theta_0.norm() == 0, f"h = {pair.landscape.h}, seen from its centre")
    else:
        said = {True: "holds", False: "fails", None: "is open"}
        words = ", ".join(f"{name} {said[word.holds]}" for name, word in found.words.items())
        outcomes["MOUNTAIN"] = Outcome(False, f"the loss is not a function of the distance alone; measured: {words}")
    h = along_ray(pair, np.linspace(found.dbar_norm, base.r_1, RADII) / base.r_1)
    if outcomes["MOUNTAIN"].holds:  # elsewhere the ray says nothing about the chord
        rise = float(np.diff(h).max()) if found.dbar_norm < base.r_1 else 0.0
        allowed = tolerance(pair, float(np.abs(h).max()))
        outcomes["FALLING"] = Outcome(rise <= allowed, f"the largest rise between {RADII} radii is {max(rise, 0.0):.3g}")
    equal = abs(base.r_1 - base.r_2) <= ROUNDING * base.r_1
    outcomes["EQUAL_RADII"] = Outcome(equal, f"radii {base.r_1:.6g} and {base.r_2:.6g}")
    return outcomes


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Mountains of three kinds at any angle and radius on their falling side; runs that stop before the valley, too."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        landscape = MOUNTAINS[number % len(MOUNTAINS)]
        radius = 1.0 if draw.random() < 0.5 else draw.uniform(0.2, 1.0)
        yield at_angle(landscape, radius, radius, draw.uniform(0.05, 2.8))


def extremal() -> Iterator[Pair]:
    """Always equal: rings at three angles, a smooth mountain and a hill at a right angle."""
    for degrees in (20, 90, 150):
        yield at_angle(ring(), 1.0, 1.0, math.radians(degrees))
    yield on_a_mountain(math.pi / 2)
    yield at_angle(MOUNTAINS[2], 1.0, 1.0, math.pi / 2)


def necessity() -> Iterator[tuple[str, Pair]]:
    """A ridge between two valleys; runs of different lengths; runs that end beyond the valley, on the rise."""
    yield "MOUNTAIN", across_a_ridge()
    yield "EQUAL_RADII", at_angle(MOUNTAINS[2], 1.0, 0.8, math.pi / 2)
    yield "FALLING", at_angle(ring(), 1.2, 1.2, math.pi / 2)
