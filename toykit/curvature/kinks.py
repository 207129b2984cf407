"""Kinks of the profile: where they are known, whether there can be any, and how much curvature sits in them.

A kink is a break point t_k with slope jump J_k = phi'(t_k+) - phi'(t_k-), a point mass of the second derivative. No
derivative sees it: on a ReLU network phi'' >= 0 wherever it exists, and still there may be a barrier. So a landscape that is
not smooth by type has kinks until they are listed; no sampling clears it. The exact engine lists those of small
piecewise-linear networks with squared loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from toykit.barriers.enclosed import exact_profile
from toykit.curvature.tent import GREEN, CurvatureNodes, curvature_nodes
from toykit.errors import InputError, MissingExtra
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.parameters import Parameters
from toykit.verdict import Number, Outcome

if TYPE_CHECKING:
    from toykit.barriers.exact import ExactProfile

LISTED = 1000
"""Examples times hidden units up to which the exact engine is asked: half a second was seen, with three hidden layers."""


@runtime_checkable
class KnowsKinks(Protocol):
    """A landscape that can list the kinks of a chord exactly."""

    def jumps(self, theta_a: Parameters, theta_b: Parameters) -> list[tuple[float, float]]:
        """(t_k, J_k) for every kink inside the chord, in order."""


@dataclass(frozen=True)
class Kinks:
    """The kinks (t_k, J_k) of a chord; `known` is False where there may be others, and `how` says why.

    `exact` is the profile that the exact engine found, where it was asked.
    """

    kinks: tuple[tuple[float, float], ...]
    known: bool
    how: str
    exact: ExactProfile | None = field(default=None, repr=False)

    @property
    def only_convex(self) -> bool:
        """All kinks are known and J_k >= 0: an upper bound on the gap survives them."""
        return self.known and all(jump >= 0 for _, jump in self.kinks)

    @property
    def breaks(self) -> tuple[float, ...]:
        """The positions between which phi is smooth: the kinks, and where only a higher derivative jumps."""
        if self.exact is None:
            return tuple(t for t, _ in self.kinks)
        return tuple(float(t) for t in self.exact.breaks())

    @property
    def outcome(self) -> Outcome:
        """C11: phi' is absolutely continuous."""
        return Outcome(self.known and not self.kinks, self.how)

    def concave(self, positions: Floats) -> Floats:
        """sum_k G(a, t_k) max(0, -J_k) at the positions a, shape (g,): what concave kinks may add to the gap."""
        return self._masses(positions, -1.0)

    def convex(self, positions: Floats) -> Floats:
        """sum_k G(a, t_k) max(0, J_k) at the positions a, shape (g,): what convex kinks may take from the gap."""
        return self._masses(positions, 1.0)

    def most_concave(self, lowest: float) -> float:
        """max_a of sum_k G(a, t_k) max(0, -J_k) - a(1-a)/2 max(0, m), for m = `lowest`: at a kink, or 0 at the ends."""
        tips = np.array([t for t, _ in self.kinks])
        return max(0.0, float((self.concave(tips) - tips * (1 - tips) / 2 * max(0.0, lowest)).max())) if self.kinks else 0.0

    def _masses(self, positions: Floats, sign: float) -> Floats:
        found = np.zeros(len(positions))
        for t, jump in self.kinks:
            if sign * jump > 0:
                found += sign * jump * evaluate(GREEN, "kernel", {"a": positions, "t": t})
        return found


def kinks(pair: Pair) -> Kinks:
    """The kinks of the chord: none by type, or the exact list of the landscape or of the exact engine, or unknown."""
    decided = kinks_by_type(pair)
    if decided is not None:
        return decided
    if isinstance(pair.landscape, KnowsKinks):
        return _listed(tuple(pair.landscape.jumps(pair.theta_a, pair.theta_b)))
    try:
        exact = exact_profile(pair)
    except (InputError, MissingExtra) as refusal:
        return _unlisted(str(refusal))
    return _listed(tuple((float(t), float(jump)) for t, jump in exact.kinks()), exact)


def kinks_by_type(pair: Pair) -> Kinks | None:
    """The same without looking at the chord: none, or unknown; None where it takes work to list them."""
    if pair.landscape.traits.smooth:
        return Kinks((), True, "activations and loss have Lipschitz derivatives, by type")
    if isinstance(pair.landscape, KnowsKinks):
        return None
    why = _out_of_reach(pair)
    return None if why is None else _unlisted(why)


def _out_of_reach(pair: Pair) -> str | None:
    """Why the exact engine is not asked for the kinks; None where it is."""
    net = pair.landscape
    if not isinstance(net, Layered) or not net.activation.piecewise_linear or net.traits.factor is None:
        return "this takes dense layers, a piecewise-linear activation and the squared loss"
    size = len(net.inputs) * sum(net.widths)
    return None if size <= LISTED else f"{size} examples times units, above {LISTED}"


def _unlisted(why: str) -> Kinks:
    return Kinks((), False, f"not smooth by type, and the break points on the chord are not listed: {why}")


def _listed(found: tuple[tuple[float, float], ...], exact: ExactProfile | None = None) -> Kinks:
    shown = ", ".join(f"{jump:+.4g} at t={t:.4g}" for t, jump in found[:3]) + (", ..." if len(found) > 3 else "")
    return Kinks(found, True, f"{len(found)} slope jumps, listed exactly" + (f": {shown}" if found else ""), exact)


def hidden_in_kinks(pair: Pair, nodes: CurvatureNodes | None = None) -> Number:
    """|s_1 - s_0 - ∫ phi'' dt| = |sum_k J_k|: the slope that no second derivative accounts for.

    It detects kinks of one sign; it is information, never a proof that there are none.
    """
    nodes = curvature_nodes(pair) if nodes is None else nodes
    first, last = (pair.landscape.jet(pair.theta_a, pair.theta_b, t).slope for t in (0.0, 1.0))
    integral = nodes.integral()
    bar = (integral.hi - integral.lo) / 2
    return Number.estimated(abs(last - first - integral.value), f"|slope difference - ∫ phi''|; {integral.note}", error=bar)
