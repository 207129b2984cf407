"""The barrier of a pair as a check measures it: exact where the landscape offers it, else the best value that was found."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from toykit import tolerances
from toykit.chord import grid
from toykit.landscape import Floats, Pair
from toykit.parameters import Parameters
from toykit.verdict import Number

POINTS = 41
FINER = 16
"""The two cells around the best grid position are evaluated on a grid this many times finer."""


@runtime_checkable
class KnowsBarrier(Protocol):
    """A landscape that can give B = sup g of a chord exactly."""

    def barrier(self, theta_a: Parameters, theta_b: Parameters) -> Number:
        """B = sup g, EXACT."""


def barrier(pair: Pair, points: int = POINTS) -> Number:
    """B = sup_t g(t): EXACT where the landscape knows it, else the largest value found, a lower bound of the supremum.

    The search reads phi on an equally spaced grid, then around its best position on a finer one, then at the tip of the
    parabola through the best three positions. Every candidate is a value of the gap itself, so the note says "lower bound".
    """
    if isinstance(pair.landscape, KnowsBarrier):
        return pair.landscape.barrier(pair.theta_a, pair.theta_b)
    ts = grid(points)
    gaps = gap(pair, ts)
    best = int(gaps.argmax())
    ts_near = np.linspace(ts[max(best - 1, 0)], ts[min(best + 1, points - 1)], 2 * FINER + 1)
    gaps_near = gap(pair, ts_near)
    tip = parabola_tip(ts_near, gaps_near)
    found = max(float(gaps.max()), float(gaps_near.max()), float(gap(pair, np.array([tip]))[0]), 0.0)
    return Number.estimated(found, f"largest of {points + 2 * FINER + 2} values: a lower bound of the supremum")


def gap(pair: Pair, ts: Floats) -> Floats:
    """g(t) = phi(t) - [(1-t) phi(0) + t phi(1)] at any positions, shape (g,); 0 at the ends."""
    around = np.concatenate([[0.0], ts, [1.0]])
    values = pair.landscape.profile(pair.theta_a, pair.theta_b, around)
    found: Floats = values[1:-1] - (1 - ts) * values[0] - ts * values[-1]
    found[(ts == 0) | (ts == 1)] = 0.0
    return found


def parabola_tip(ts: Floats, values: Floats) -> float:
    """The position of the maximum of the parabola through the best value and its neighbours, on an equally spaced grid.

    At an end of the grid, or where the three values lie on a line, it is the best position itself.
    """
    best = int(values.argmax())
    if best in (0, len(ts) - 1):
        return float(ts[best])
    before, here, after = (float(v) for v in values[best - 1 : best + 2])
    bend = before - 2 * here + after
    if bend >= 0:
        return float(ts[best])
    return float(ts[best] + (ts[best + 1] - ts[best]) * (before - after) / (2 * bend))


def trivial_barrier(pair: Pair) -> float | None:
    """chance - min(L_a, L_b): a bound above it does not even exclude that the chord passes a network that knows nothing.

    None where the landscape has no chance level.
    """
    chance = pair.landscape.traits.chance
    if chance is None:
        return None
    return chance - min(pair.landscape.loss(pair.theta_a), pair.landscape.loss(pair.theta_b))


def tolerance(pair: Pair, scale: float) -> float:
    """The absolute tolerance of numbers of size `scale` measured on the pair, by the precision that its landscape declares."""
    relative = tolerances.ROUNDING if pair.landscape.traits.precision == "float64" else tolerances.TORCH32
    return relative * scale
