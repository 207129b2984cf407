"""Integrals of phi'' against the tent G(a,t) = min(a,t)(1 - max(a,t)), by Gauss-Legendre [barrier/green_identity]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.verdict import Number

if TYPE_CHECKING:
    from toykit.barriers.exact import ExactProfile

GREEN = "barrier/green_identity"
NODES = 20
"""Gauss nodes per panel: with a split at 1/4, 1/2 and 3/4 this is 40 on each side of the midpoint."""


@dataclass(frozen=True)
class CurvatureNodes:
    """phi'' at the Gauss-Legendre nodes of consecutive panels that fill [0, 1].

    `splits` (panels + 1,) are the ends of the panels; `ts` and `values` have the shape (panels, nodes).
    """

    splits: Floats
    ts: Floats
    values: Floats

    @property
    def weights(self) -> Floats:
        """The quadrature weights, shape (panels, nodes): ∫ f dt = sum of weights * f at `ts`."""
        _, weights = np.polynomial.legendre.leggauss(self.ts.shape[1])
        found: Floats = np.diff(self.splits)[:, None] / 2 * weights
        return found

    def integral(self) -> Number:
        """∫ phi'' dt, kinks left out."""
        return self._against(np.ones_like(self.ts), 1.0)

    def against_tent(self, a: float) -> Number:
        """∫ G(a,t) phi''(t) dt, kinks left out; `a` is one of the splits, since the tent has its own kink there.

        Raises:
            InputError: `a` lies inside a panel.

        """
        if a not in self.splits:
            raise InputError(f"a tent is integrated between panels; its tip {a} is none of {self.splits.tolist()}; split there")
        return self._against(evaluate(GREEN, "kernel", {"a": a, "t": self.ts}), evaluate(GREEN, "kernel_max", {"a": a}))

    def against_area(self) -> Number:
        """∫ t(1-t)/2 phi''(t) dt, kinks left out: the tent averaged over its tip."""
        return self._against(evaluate(GREEN, "area_kernel", {"t": self.ts}), 1 / 8)

    def _against(self, kernel: Floats, largest: float) -> Number:
        """The integral; its error bar is the last Legendre coefficients of phi'' on each panel.

        For an analytic phi'' the coefficients fall geometrically, and the quadrature errs by the coefficients beyond
        twice the number of nodes: the last visible ones are a generous estimate, though no bound.
        """
        nodes = self.ts.shape[1]
        points, weights = np.polynomial.legendre.leggauss(nodes)
        value = float(np.sum(self.weights * self.values * kernel))
        degrees = np.arange(nodes)
        coefficients = (2 * degrees + 1) / 2 * ((self.values * weights) @ np.polynomial.legendre.legvander(points, nodes - 1))
        tail = np.abs(coefficients[:, -2:]).max(axis=1)
        note = f"Gauss-Legendre, {self.ts.size} nodes; error bar: last Legendre coefficients"
        return Number.estimated(value, note, error=float(np.diff(self.splits) @ tail) * largest)


def curvature_nodes(
    pair: Pair,
    splits: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    nodes: int = NODES,
    exact: ExactProfile | None = None,
) -> CurvatureNodes:
    """phi'' at `nodes` Gauss-Legendre points of each panel between consecutive splits, by jets or from the profile `exact`.

    Raises:
        InputError: the splits do not increase from 0 to 1.

    """
    ends = np.asarray(splits, dtype=np.float64)
    if ends[0] != 0 or ends[-1] != 1 or not (np.diff(ends) > 0).all():
        raise InputError(f"panels fill [0, 1]; got the splits {ends.tolist()}; start at 0, increase, end at 1")
    ts = gauss_nodes(ends, nodes)
    if exact is not None:
        return CurvatureNodes(ends, ts, np.array(exact.curvatures(ts.ravel().tolist())).reshape(ts.shape))
    values = [[pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)).curvature for t in row] for row in ts]
    return CurvatureNodes(ends, ts, np.array(values, dtype=np.float64))


def gauss_nodes(ends: Floats, nodes: int) -> Floats:
    """The Gauss-Legendre points of the panels between consecutive ends, shape (panels, nodes)."""
    points, _ = np.polynomial.legendre.leggauss(nodes)
    found: Floats = ends[:-1, None] + np.diff(ends)[:, None] * (1 + points) / 2
    return found
