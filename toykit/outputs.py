"""Outputs along a chord: z_a and z_b at its ends, z_t between, their mean zbar_t and the output error E_t = z_t - zbar_t."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import array_api_compat
import numpy as np

from toykit.errors import InputError
from toykit.landscape import Landscape, Pair
from toykit.parameters import Array, chord_point

POSITIONS = np.arange(1, 8) / 8
"""Where claims about outputs are compared: dyadic, so that 1 - t is exact, and 1/2 is one of them."""


@runtime_checkable
class Supervised(Landscape, Protocol):
    """A landscape whose loss is the mean of a loss of outputs and targets that can be seen."""

    @property
    def targets(self) -> Array:
        """Class indices (n,) or target vectors (n, k)."""

    def loss_of_outputs(self, outputs: Array) -> float:
        """The mean loss of given outputs, shape (n, k)."""


@dataclass(frozen=True)
class Outputs:
    """Outputs on the same examples at theta_a, theta_b and theta_t, all (n, k) in float64, in the namespace of the landscape."""

    t: float
    start: Array
    end: Array
    here: Array

    @property
    def mean(self) -> Array:
        """zbar_t = (1-t) z_a + t z_b, shape (n, k)."""
        return (1 - self.t) * self.start + self.t * self.end

    @property
    def error(self) -> Array:
        """E_t = z_t - zbar_t, shape (n, k)."""
        return self.here - self.mean


class OutputChord:
    """The outputs of a pair along its chord: the ends are evaluated once, each position when it is asked for.

    Raises:
        InputError: the landscape has no outputs (n, k) with targets.

    """

    def __init__(self, pair: Pair) -> None:
        if not isinstance(pair.landscape, Supervised):
            raise InputError(
                f"outputs exist where a network maps data to targets; {pair.name} is a loss without them; give a network"
            )
        self._pair, self._landscape = pair, pair.landscape
        self.start, self.end = self._at(0.0), self._at(1.0)

    def at(self, t: float) -> Outputs:
        """z_a, z_b and z_t."""
        return Outputs(t, self.start, self.end, self._at(t))

    def loss_of(self, outputs: Array) -> float:
        """The mean loss of given outputs, shape (n, k)."""
        return self._landscape.loss_of_outputs(outputs)

    @property
    def labels(self) -> Array | None:
        """The class indices y, shape (n,); None for target vectors."""
        targets = self._landscape.targets
        return targets if targets.ndim == 1 else None

    @property
    def target_rows(self) -> Array:
        """The targets as rows (n, k): e_y for a label y."""
        xp, targets = namespace(self.start), self._landscape.targets
        if targets.ndim == 1:
            classes = xp.arange(self.start.shape[1], device=array_api_compat.device(self.start))
            targets = targets[:, None] == classes[None, :]
        return xp.astype(targets, xp.float64)

    def _at(self, t: float) -> Array:
        z = self._landscape.outputs(chord_point(self._pair.theta_a, self._pair.theta_b, t))
        if z.ndim != 2:
            raise InputError(f"outputs are rows, one per example; got the shape {tuple(z.shape)}; flatten them")
        xp = namespace(z)
        return xp.astype(z, xp.float64)


def namespace(array: Array) -> Any:
    """The array-API namespace of the array: the same code runs on NumPy and on torch."""
    return array_api_compat.array_namespace(array)
