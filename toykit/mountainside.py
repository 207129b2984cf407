"""The mountainside and its ridge, measured on a branched pair: five named hypotheses that may hold or fail.

Seen from a common base theta_0 two runs descend a mountain on two sides of a ridge; their chord climbs back to the midpoint,
at the distance d = |dbar| from the base [barrier/mountainside_ridge]. M2 to M4 are words on one pair, M1 and M5 on a series of
pairs with different branching times. None is assumed: a hypothesis that fails is a finding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import spearmanr

from toykit.arrays import like
from toykit.barriers.measured import barrier
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator

SLUG = "barrier/mountainside_ridge"
SMALL = 0.01
"""A barrier counts above this share of the descent L(theta_0) - Lbar."""

WITHIN = (0.5, 2.0)
"""M2 allows the midpoint between half and twice the height that the runs had at its distance."""

DIRECTIONS = 4
"""Random directions per end for the mean curvature of M4; it is an estimate."""

VARIATION = 0.5
"""M5 allows this coefficient of variation."""

Runs = tuple[Sequence[Parameters], Sequence[Parameters]]


class Word(NamedTuple):
    """Whether a hypothesis holds, fails (False) or cannot be decided (None), the number it rests on, and what that is."""

    holds: bool | None
    value: float | None
    how: str


@dataclass(frozen=True)
class Mountainside:
    """The letters of a branched pair. `on_run` and `run_slope` are None where no run was at the distance of the midpoint."""

    start: float
    L_a: float
    L_b: float
    L_m: float
    barrier: float
    Delta_norm: float
    dbar_norm: float
    on_run: float | None
    run_slope: float | None
    outward: float
    slopes: tuple[float, float]
    curvatures: tuple[float, float, float]
    random_curvature: float

    @property
    def L_bar(self) -> float:
        """The mean loss of the ends."""
        return (self.L_a + self.L_b) / 2

    @property
    def eps(self) -> float:
        """The tolerance of barriers: one per cent of the descent."""
        return SMALL * max(self.start - self.L_bar, 0.0)

    @property
    def estimate(self) -> float:
        """The height that both ends predict [barrier/endpoint_expansion]."""
        letters = dict(zip(("s_0", "s_1", "h_0", "h_1"), (*self.slopes, self.curvatures[0], self.curvatures[2]), strict=True))
        return float(evaluate("barrier/endpoint_expansion", "estimate", letters))

    @property
    def words(self) -> dict[str, Word]:
        """M2, M3a, M3b, M4 on this pair, and the ratio whose stability M5 is about."""
        h_0, h_m, h_1 = self.curvatures
        walls = (h_0 + h_1) / 2 / self.random_curvature if self.random_curvature > 0 else None
        high = self.barrier > self.eps
        return {
            "M2 climbing back": self._climbing_back(),
            "M3a transverse ridge": Word(
                (h_m < 0) == high, h_m, f"phi''(1/2), with a barrier of {self.barrier:.3g} {'above' if high else 'within'} eps"
            ),
            "M3b falling ridge": Word(self.outward < 0, self.outward, "slope of the loss along dbar at the midpoint"),
            "M4 sharp walls": Word(None if walls is None else walls > 1, walls, "end curvatures over those of random directions"),
            "M5 scale law": Word(None, self.scale, "barrier over its estimate from the ends; needs a series"),
        }

    @property
    def scale(self) -> float | None:
        """B over its estimate from the ends, where there is a barrier and the estimate is positive."""
        return self.barrier / self.estimate if self.barrier > self.eps and self.estimate > 0 else None

    def _climbing_back(self) -> Word:
        if self.on_run is None:
            return Word(None, None, "no run was at the distance of the midpoint")
        if self.barrier <= self.eps:
            return Word(None, None, "there is no barrier, so nothing is climbed")
        if self.on_run - self.L_bar <= self.eps:
            return Word(None, None, "the runs were at the bottom already at the distance of the midpoint")
        rho = float(evaluate(SLUG, "rho_2", {"L_m": self.L_m, "L_bar": self.L_bar, "on_run": self.on_run}))
        return Word(WITHIN[0] <= rho <= WITHIN[1], rho, "height of the midpoint over that of the runs at its distance")

    def to_json(self) -> dict[str, Any]:
        """The words with their numbers."""
        return {name: {"holds": word.holds, "value": word.value, "how": word.how} for name, word in self.words.items()}


def mountainside(pair: Pair, runs: Runs | None = None, directions: int = DIRECTIONS) -> Mountainside | None:
    """The letters of a branched pair; None where it has no base, or an end is the base itself.

    `runs` are the points that each run passed, in order. Without them the rays from the base to the ends stand in for the runs.
    """
    base, landscape = pair.theta_0, pair.landscape
    if base is None or not (pair.theta_a - base).norm() or not (pair.theta_b - base).norm():
        return None
    middle = chord_point(pair.theta_a, pair.theta_b, 0.5)
    dbar = middle - base
    jets = [landscape.jet(pair.theta_a, pair.theta_b, t) for t in (0.0, 0.5, 1.0)]
    on_run, run_slope = _on_runs(pair, base, dbar.norm(), runs)
    return Mountainside(
        start=landscape.loss(base),
        L_a=jets[0].value,
        L_b=jets[2].value,
        L_m=jets[1].value,
        barrier=barrier(pair).value,
        Delta_norm=pair.delta.norm(),
        dbar_norm=dbar.norm(),
        on_run=on_run,
        run_slope=run_slope,
        outward=landscape.gradient(middle).dot(dbar),
        slopes=(jets[0].slope, jets[2].slope),
        curvatures=(jets[0].curvature, jets[1].curvature, jets[2].curvature),
        random_curvature=_random_curvature(pair, directions),
    )


def _on_runs(pair: Pair, base: Parameters, distance: float, runs: Runs | None) -> tuple[float | None, float | None]:
    """Mean loss of the runs when first at that distance from the base; on rays also their mean slope per unit of distance."""
    if runs is not None:
        passed = [next((point for point in run if (point - base).norm() >= distance), None) for run in runs]
        losses = [pair.landscape.loss(point) for point in passed if point is not None]
        return (math.fsum(losses) / len(losses) if losses else None), None
    found = []
    for end in (pair.theta_a, pair.theta_b):
        radius = (end - base).norm()
        if distance <= radius:
            jet = pair.landscape.jet(base, end, distance / radius)
            found.append((jet.value, jet.slope / radius))
    if not found:
        return None, None
    values, slopes = zip(*found, strict=True)
    return math.fsum(values) / len(found), math.fsum(slopes) / len(found)


def _random_curvature(pair: Pair, directions: int) -> float:
    """|Delta|^2 (tr H_a + tr H_b)/(2p), the mean curvature of random directions as long as Delta, from a few of them."""
    draw, size, found = generator(f"{SLUG}/directions"), pair.delta.norm(), []
    for end in (pair.theta_a, pair.theta_b):
        for _ in range(directions):
            step = end.map(lambda array: like(draw.normal(size=tuple(array.shape)), array))
            found.append(pair.landscape.curvature(end, step * (size / step.norm())))
    return float(np.mean(found))


def over_branching(steps: Sequence[int], angles: Sequence[float], pairs: Sequence[Mountainside]) -> dict[str, Word]:
    """M1 and M5 on pairs of one training with different branching steps; `angles` are those seen from the initialisation.

    M1: from some step on no pair has a barrier, and the angle falls with the step; open where no pair has one at all.
    M5: B over its estimate hardly varies.
    """
    free = [found.barrier <= found.eps for found in pairs]
    stays = next((index for index in range(len(free)) if all(free[index:])), None)
    falls = float(spearmanr(steps, angles).statistic) if len(set(angles)) > 1 else math.nan
    scales = np.array([found.scale for found in pairs if found.scale is not None])
    variation = float(scales.std(ddof=1) / scales.mean()) if len(scales) > 2 else None
    where = "no tested step" if stays is None else f"step {steps[stays]} on"
    how = f"rank correlation of angle and step; free from {where}"
    return {
        "M1 same side": Word(None if all(free) else stays is not None and falls < 0, falls, how),
        "M5 scale law": Word(
            None if variation is None else variation < VARIATION, variation, f"coefficient of variation over {len(scales)} pairs"
        ),
    }
