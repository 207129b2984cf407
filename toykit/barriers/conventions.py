"""Five numbers that are all called "barrier", from one profile, each under its own name [barrier/barrier_conventions].

With phi on a grid, L_a = phi(0), L_b = phi(1): `barrier` = sup g; `half` = g(1/2); `mean` = sup phi - (L_a+L_b)/2;
`max` = sup phi - max(L_a, L_b); `argmax` = g(argmax phi). A maximum over a grid is a lower bound of the supremum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.chord import Profile
from toykit.errors import InputError
from toykit.verdict import Number


@dataclass(frozen=True)
class Barriers:
    """The five conventions; `barrier` is the one this project means by the bare word."""

    barrier: Number
    half: Number
    mean: Number
    max: Number
    argmax: Number

    def to_json(self) -> dict[str, dict[str, object]]:
        """The five numbers by name."""
        return {name: getattr(self, name).to_json() for name in ("barrier", "half", "mean", "max", "argmax")}


def barriers(profile: Profile) -> Barriers:
    """The five conventions of a profile, ESTIMATED from its grid except `half`, which is a value of phi itself.

    >>> from toykit.chord import grid
    >>> t = grid(101); phi = 16 * t**2 * (1 - t) ** 2
    >>> barriers(Profile(t, phi)).barrier.value
    1.0

    Raises:
        InputError: the grid has no midpoint, which `half` needs.

    """
    midpoint = np.flatnonzero(profile.ts == 0.5)
    if midpoint.size == 0:
        raise InputError(
            f"the five conventions need the position 1/2 on the grid; got {profile.ts.size} positions; use an odd number"
        )
    gap, values = profile.gap, profile.values
    note = f"maximum over {profile.ts.size} positions: a lower bound of the supremum"
    top, left, right = float(values.max()), float(values[0]), float(values[-1])
    return Barriers(
        barrier=Number.estimated(float(gap.max()), note),
        half=Number.exact(float(gap[midpoint[0]]), "the value at t = 1/2"),
        mean=Number.estimated(top - (left + right) / 2, note),
        max=Number.estimated(top - max(left, right), note),
        argmax=Number.estimated(float(gap[int(values.argmax())]), note + "; first of several equal maxima"),
    )
