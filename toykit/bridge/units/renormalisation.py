r"""REPAIR of any traced network: mean and deviation of every hidden unit of a combination set to those between its ends.

With mu, s of a unit over examples and positions and the targets mu* = (1-t) mu_a + t mu_b, s* = (1-t) s_a + t s_b, its row of
weights is multiplied by s*/s and its bias becomes (b - mu) s*/s + mu*, node after node in the order of execution
[combinability/variance_collapse]. Where batch normalisation is part of the network its running statistics are estimated anew
instead, which has the same effect: then mu* and s* are its interpolated bias and weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toykit.arrays import like
from toykit.bridge.evaluating.passes import Passes, traceable
from toykit.bridge.units.correctable import Unit, correctable
from toykit.bridge.units.spread import unit_spread
from toykit.combining.renormalisation import STILL, UnitMoments
from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.parameters import Parameters, chord_point


@dataclass(frozen=True)
class Repaired:
    """theta with corrected units, and what was done to get there.

    `corrected` names the operators whose units were set, `skipped` those that could not be, with the reason; `still` units do
    not vary and were left alone; `reset` says whether batch statistics were estimated anew. `sums` has s/s* of every residual
    sum, the mean over its units: a sum has no weights of its own, only what it adds is set, so 1 is not promised there.
    """

    theta: Parameters
    corrected: tuple[str, ...]
    skipped: Mapping[str, str]
    still: int
    reset: bool
    sums: Mapping[str, float]


class Renormaliser:
    """Corrects combinations of the two networks of a pair; the statistics of the ends are measured once.

    Raises:
        InputError: the landscape is not a torch module that can be traced, or there is nothing to correct; the sentence says why.

    """

    def __init__(self, pair: Pair) -> None:
        self.pair, self.net = pair, traceable(pair)
        self.passes = Passes(self.net)
        self.nodes = correctable(self.passes.traced)
        self.reset = any(name.endswith("running_var") for name in pair.theta_a)
        if not self.nodes.units and not self.reset:
            told = "; ".join(f"{name}: {reason}" for name, reason in self.nodes.skipped.items()) or "there is none"
            raise InputError(f"renormalisation sets hidden units that have a weight and a bias; {told}; see the line as it is")

    @cached_property
    def ends(self) -> tuple[dict[str, UnitMoments], dict[str, UnitMoments]]:
        """mu and s of all units and sums at both ends."""
        axes = {unit.node: unit.axis for unit in self.nodes.units} | self.nodes.sums
        a, b = (unit_spread(self.passes, self._point(theta), axes) for theta in (self.pair.theta_a, self.pair.theta_b))
        return a, b

    def at(self, t: float, theta: Parameters | None = None) -> Repaired:
        """theta, by default theta_t of the chord, with its units set to those between the ends at t."""
        found = self._point(chord_point(self.pair.theta_a, self.pair.theta_b, t) if theta is None else theta)
        still = 0
        for unit in self.nodes.units:
            now = unit_spread(self.passes, found, {unit.node: unit.axis})[unit.node]
            wanted = self._target(unit.node, t)
            fixed = now.deviation < STILL
            still += int((fixed & (wanted.deviation >= STILL)).sum())
            ratio = np.where(fixed, 1.0, wanted.deviation / np.where(fixed, 1.0, now.deviation))
            shift = np.where(fixed, 0.0, wanted.mean - ratio * now.mean)
            found = self._point(found.replace(_corrected(found, unit, ratio, shift)))
        return Repaired(
            found,
            tuple(unit.called for unit in self.nodes.units),
            dict(self.nodes.skipped),
            still,
            self.reset,
            self._sums(found, t),
        )

    def _target(self, node: str, t: float) -> UnitMoments:
        a, b = (end[node] for end in self.ends)
        return UnitMoments(*((1 - t) * left + t * right for left, right in zip(a, b, strict=True)))

    def _sums(self, theta: Parameters, t: float) -> dict[str, float]:
        found = {}
        for name, now in unit_spread(self.passes, theta, self.nodes.sums).items():
            wanted = self._target(name, t).deviation
            varying = wanted >= STILL
            if varying.any():
                found[name] = float((now.deviation[varying] / wanted[varying]).mean())
        return found

    def _point(self, theta: Parameters) -> Parameters:
        """theta on the landscape, with batch statistics of its own where there are any."""
        return self.net.with_reset_statistics(theta) if self.reset else self.net._point(theta)


def _corrected(theta: Parameters, unit: Unit, ratio: Floats, shift: Floats) -> dict[str, object]:
    """The weight and bias of z <- ratio * z + shift."""
    weight, bias = theta[unit.weight], theta[unit.bias]
    scale = like(ratio, weight)
    rows = scale.reshape(-1, *[1] * (weight.ndim - 1))
    return {unit.weight: weight * rows, unit.bias: bias * scale + like(shift, bias)}


def traced_renormalise(pair: Pair, t: float = 0.5, theta: Parameters | None = None) -> Repaired:
    """REPAIR of theta, by default of theta_t = (1-t) theta_a + t theta_b, in any network that can be traced.

    Use training data: the statistics are fitted to what is measured on. In a chain of dense layers this is
    `toykit.combining.renormalise`.

    Raises:
        InputError: the module cannot be traced, or nothing in it can be corrected.

    """
    return Renormaliser(pair).at(t, theta)
