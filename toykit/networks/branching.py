"""Two copies that part at a common start, each with noise of its own: descent of `steps` steps [barrier/sgd_instability]."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.networks.noisy import NoisyFormula
from toykit.parameters import Parameters
from toykit.seeds import generator


class Branching(NoisyFormula):
    """A formula on which copies take `steps` noisy steps of the learning rate `rate` after they part.

    Raises:
        InputError: the rate is not positive, or there is no step.

    """

    def __init__(
        self, expr: sp.Expr, symbols: Sequence[sp.Symbol], name: str, *, noise: Sequence[float], rate: float, steps: int
    ) -> None:
        super().__init__(expr, symbols, name, noise=noise)
        if rate <= 0 or steps < 1:
            raise InputError(f"copies take at least one step of a positive rate; got {steps} steps of {rate}")
        self.rate, self.steps = rate, steps

    def copies(self, start: Parameters, count: int, number: int = 0) -> tuple[Floats, Floats]:
        """The ends of `count` pairs of copies from one start, each of shape (count, p)."""
        stream = generator(f"copies on {self.name}", number)
        first = np.tile(np.array(self.values(start), dtype=np.float64), (2 * count, 1))
        ends = self.descend(first, self.rate, self.steps, stream)
        return ends[:count], ends[count:]

    def gaps(self, first: Floats, second: Floats) -> Floats:
        """g(1/2) for each pair of rows, shape (count,)."""
        middle, left, right = (self._value(*rows.T) for rows in ((first + second) / 2, first, second))
        found: Floats = middle - (left + right) / 2
        return found


def quadratic(curvatures: Sequence[float], *, noise: float | Sequence[float], rate: float, steps: int) -> Pair:
    """One pair of copies on L = sum_i lambda_i x_i^2 / 2 that part at 0, with one noise for all directions or one for each."""
    symbols = sp.symbols(f"x_1:{len(curvatures) + 1}", real=True)
    terms = (sp.Float(curvature) * symbol**2 / 2 for curvature, symbol in zip(curvatures, symbols, strict=True))
    spread = [float(noise)] * len(curvatures) if isinstance(noise, int | float) else list(noise)
    shown = ", ".join(f"{curvature:.3g}" for curvature in curvatures)
    name = f"quadratic with curvatures {shown}, {steps} steps of {rate:.3g}"
    return parted(Branching(sp.Add(*terms), symbols, name, noise=spread, rate=rate, steps=steps))


def parted(landscape: Branching) -> Pair:
    """One pair of copies that part at 0."""
    start = landscape.point(**dict.fromkeys(landscape.names, 0.0))
    first, second = landscape.copies(start, 1)
    theta_a, theta_b = (
        landscape.point(**dict(zip(landscape.names, map(float, rows[0]), strict=True))) for rows in (first, second)
    )
    return Pair(landscape, theta_a, theta_b, landscape.name, start)
