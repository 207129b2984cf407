"""The chord between two endpoints: profile phi(t) = L(theta_t), gap g(t) = phi(t) - [(1-t) phi(0) + t phi(1)]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.errors import InputError, NonFiniteError
from toykit.landscape import Floats, Pair
from toykit.parameters import chord_point


@dataclass(frozen=True)
class Profile:
    """Values phi along a path at the positions ts, both shape (g,), both ends included."""

    ts: Floats
    values: Floats
    quantity: str = "loss"

    def __post_init__(self) -> None:
        require_grid(self.ts)
        if self.values.shape != self.ts.shape:
            raise InputError(
                f"a profile has one value per position; got {self.values.shape} values for {self.ts.shape} positions"
            )
        bad = int((~np.isfinite(self.values)).sum())
        if bad:
            raise NonFiniteError(
                f"a profile is finite; {bad} of {self.values.size} values of the {self.quantity} are not; do the data overflow?"
            )

    @property
    def line(self) -> Floats:
        """(1-t) phi(0) + t phi(1), shape (g,)."""
        first, last = float(self.values[0]), float(self.values[-1])
        return (1 - self.ts) * first + self.ts * last

    @property
    def gap(self) -> Floats:
        """g(t) = phi(t) - line(t), shape (g,); signed, 0 at both ends."""
        gap = self.values - self.line
        gap[0] = gap[-1] = 0.0
        return gap


def grid(points: int = 25) -> Floats:
    """Equally spaced positions on [0, 1], both ends included, shape (points,).

    Raises:
        InputError: fewer than 2 points.

    """
    if points < 2:
        raise InputError(f"a grid includes both ends, so it has at least 2 points; got {points}")
    return np.linspace(0.0, 1.0, points)


def require_grid(ts: Floats) -> None:
    """Refuse a grid that is not increasing from 0 to 1.

    Raises:
        InputError: the ends are missing or the order is wrong.

    """
    if ts.ndim != 1 or ts.size < 2 or ts[0] != 0 or ts[-1] != 1 or not (np.diff(ts) > 0).all():
        shown = np.array2string(np.asarray(ts), threshold=6, edgeitems=2)
        raise InputError(f"a profile grid increases from 0 to 1 with both ends; got {shown}; use toykit.chord.grid(25)")


def profile(pair: Pair, ts: Floats | None = None) -> Profile:
    """phi(t) = L(theta_t) along the chord of the pair, by default on 25 positions."""
    ts = grid() if ts is None else np.asarray(ts, dtype=np.float64)
    require_grid(ts)
    return Profile(ts, pair.landscape.profile(pair.theta_a, pair.theta_b, ts))


def error_profile(pair: Pair, ts: Floats | None = None) -> Profile:
    """The fraction of misclassified examples along the chord, by default on 25 positions.

    Raises:
        InputError: the data have no classes.

    """
    ts = grid() if ts is None else np.asarray(ts, dtype=np.float64)
    require_grid(ts)
    found = [pair.landscape.error(chord_point(pair.theta_a, pair.theta_b, float(t))) for t in ts]
    if any(value is None for value in found):
        raise InputError(f"an error profile needs data with classes; {pair.name} has none; use the loss profile")
    return Profile(ts, np.array(found, dtype=np.float64), "error")
