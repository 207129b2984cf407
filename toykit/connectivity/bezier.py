"""The quadratic Bezier curve theta(t) = (1-t)^2 theta_a + 2t(1-t) bend + t^2 theta_b, the usual learned path between networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.chord import Profile, grid
from toykit.errors import InputError
from toykit.landscape import Floats, Landscape
from toykit.parameters import Parameters


@dataclass(frozen=True)
class Bezier:
    """A curve with one bend; `history` are the losses seen while it was trained, `passes` what the training cost."""

    theta_a: Parameters
    bend: Parameters
    theta_b: Parameters
    history: tuple[float, ...] = ()
    passes: float = 0.0

    def __post_init__(self) -> None:
        for point in (self.bend, self.theta_b):
            point._same_shape(self.theta_a)

    def point(self, t: float) -> Parameters:
        """theta(t), t in [0, 1]; exactly the ends at 0 and 1.

        Raises:
            InputError: t lies outside.

        """
        if not 0 <= t <= 1:
            raise InputError(f"a position on a curve lies in [0, 1]; got {t}")
        return self.theta_a * ((1 - t) ** 2) + self.bend * (2 * t * (1 - t)) + self.theta_b * t**2

    def profile(self, landscape: Landscape, ts: Floats | None = None) -> Profile:
        """L along the curve, by default on 25 positions; between them nothing is known."""
        ts = grid() if ts is None else ts
        return Profile(ts, landscape.losses([self.point(float(t)) for t in ts]))

    def error_profile(self, landscape: Landscape, ts: Floats | None = None) -> Profile:
        """The fraction of misclassified examples along the curve.

        Raises:
            InputError: the data of the landscape have no classes.

        """
        ts = grid() if ts is None else ts
        found = [landscape.error(self.point(float(t))) for t in ts]
        if any(value is None for value in found):
            raise InputError("an error along a curve needs data with classes; the landscape has none; use profile")
        return Profile(ts, np.array(found, dtype=np.float64), "error")


def straight(theta_a: Parameters, theta_b: Parameters) -> Bezier:
    """The curve whose bend is the midpoint, which is the chord: where every training starts."""
    return Bezier(theta_a, (theta_a + theta_b) * 0.5, theta_b)
