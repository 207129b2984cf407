"""Noisy descent on a formula: theta <- theta - rate grad L + sqrt(rate) sigma xi, for many copies at once.

Every copy has normal xi of its own. Small steps follow dtheta = -grad L ds + sigma dW in the time s = rate * steps; seen as
stochastic gradients, the noise of the gradient has the variance v = sigma^2 / rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.networks.formula import Formula


class NoisyFormula(Formula):
    """A formula with the noise of descent on it: `noise` holds sigma_i per symbol, uncorrelated and the same everywhere.

    Raises:
        InputError: there is not one sigma_i >= 0 per symbol, or the formula is refused.

    """

    def __init__(
        self, expr: sp.Expr, symbols: Sequence[sp.Symbol], name: str, *, noise: Sequence[float], **declared: Any
    ) -> None:
        super().__init__(expr, symbols, name, **declared)
        if len(noise) != len(self.symbols) or min(noise) < 0:
            raise InputError(f"noise is one sigma >= 0 per parameter; got {list(noise)} for {', '.join(self.names)}")
        self.noise = np.array(noise, dtype=np.float64)

    def gradients(self, points: Floats) -> Floats:
        """grad L at every row of `points`, both of shape (n, p)."""
        columns = self._gradient(*points.T)
        found: Floats = np.stack([np.broadcast_to(column, len(points)) for column in columns], axis=1)
        return found

    def descend(self, points: Floats, rate: float, steps: int, draw: np.random.Generator) -> Floats:
        """The rows of `points`, shape (n, p), after `steps` noisy steps of that rate."""
        noisy = np.flatnonzero(self.noise)
        spread, now = np.sqrt(rate) * self.noise[noisy], points
        for _ in range(steps):
            now = now - rate * self.gradients(now)
            now[:, noisy] += spread * draw.normal(size=(len(now), noisy.size))
        return now
