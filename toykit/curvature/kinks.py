"""Kinks of the profile: where they are known, whether there can be any, and how much curvature sits in them.

A kink is a break point t_k with slope jump J_k = phi'(t_k+) - phi'(t_k-). No derivative sees it: on a ReLU network
phi'' >= 0 wherever it exists, and still there may be a barrier. So a landscape that is not smooth by type has kinks
until the exact list of them is empty; no sampling clears it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from toykit.curvature.tent import CurvatureNodes, curvature_nodes
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.verdict import Number, Outcome


@runtime_checkable
class KnowsKinks(Protocol):
    """A landscape that can list the kinks of a chord exactly."""

    def jumps(self, theta_a: Parameters, theta_b: Parameters) -> list[tuple[float, float]]:
        """(t_k, J_k) for every kink inside the chord, in order."""


@dataclass(frozen=True)
class Kinks:
    """The kinks (t_k, J_k) of a chord; `known` is False where there may be others, and `how` says why."""

    kinks: tuple[tuple[float, float], ...]
    known: bool
    how: str

    @property
    def convex(self) -> bool:
        """All kinks are known and J_k >= 0: an upper bound on the gap survives them."""
        return self.known and all(jump >= 0 for _, jump in self.kinks)

    @property
    def outcome(self) -> Outcome:
        """C11: phi' is absolutely continuous."""
        return Outcome(self.known and not self.kinks, self.how)


def kinks(pair: Pair) -> Kinks:
    """The kinks of the chord: none by type, or the exact list of the landscape, or unknown."""
    if pair.landscape.traits.smooth:
        return Kinks((), True, "activations and loss have Lipschitz derivatives, by type")
    if isinstance(pair.landscape, KnowsKinks):
        found = tuple(pair.landscape.jumps(pair.theta_a, pair.theta_b))
        shown = ", ".join(f"{jump:+.4g} at t={t:.4g}" for t, jump in found[:3]) + (", ..." if len(found) > 3 else "")
        return Kinks(found, True, f"{len(found)} slope jumps, listed exactly" + (f": {shown}" if found else ""))
    return Kinks((), False, "not smooth by type, and the break points on the chord are not listed")


def hidden_in_kinks(pair: Pair, nodes: CurvatureNodes | None = None) -> Number:
    """|s_1 - s_0 - ∫ phi'' dt| = |sum_k J_k|: the slope that no second derivative accounts for.

    It detects kinks of one sign; it is information, never a proof that there are none.
    """
    nodes = curvature_nodes(pair) if nodes is None else nodes
    first, last = (pair.landscape.jet(pair.theta_a, pair.theta_b, t).slope for t in (0.0, 1.0))
    integral = nodes.integral()
    bar = (integral.hi - integral.lo) / 2
    return Number.estimated(abs(last - first - integral.value), f"|slope difference - ∫ phi''|; {integral.note}", error=bar)
