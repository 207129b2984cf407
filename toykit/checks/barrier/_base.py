"""Two endpoints seen from a common base: radii and angle, of the whole vector or of some of its arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.verdict import Outcome


class Base(NamedTuple):
    """r_1 = |theta_a - theta_0|, r_2 = |theta_b - theta_0| and the angle between the two displacements, in radians."""

    r_1: float
    r_2: float
    angle: float


def seen_from_base(pair: Pair, names: Iterable[str] | None = None) -> Base | Outcome:
    """Radii and angle at `pair.theta_0`; where there is no base other than both ends, why there are none.

    With `names`, only these arrays count.
    """
    if pair.theta_0 is None:
        return Outcome(False, "the pair names no common base: independent runs have none")
    first, second = pair.theta_a - pair.theta_0, pair.theta_b - pair.theta_0
    if names is not None:
        kept = tuple(names)
        first, second = first.only(kept), second.only(kept)
    r_1, r_2 = first.norm(), second.norm()
    if not r_1 or not r_2:
        return Outcome(False, "an end is the base itself, so there is no angle")
    return Base(r_1, r_2, angle(first * (1 / r_1), second * (1 / r_2)))


def angle(u: Parameters, v: Parameters) -> float:
    """The angle of two unit vectors in radians, 2 atan2(|u - v|, |u + v|), with full accuracy near 0 and pi too."""
    return 2 * math.atan2((u - v).norm(), (u + v).norm())
