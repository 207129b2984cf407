"""The terms of order 2, 3 and 4 of the mean excess of a random combination, for landscapes of degree at most 4.

Differences of the curvature D^2 L at Theta_m +- Delta_b give the higher derivatives without error on a polynomial of
degree 4: D^3 L[u,u,u] = (D^2 L(x+u)[u,u] - D^2 L(x-u)[u,u]) / 2 and
D^4 L[u,u,w,w] = D^2 L(x+w)[u,u] + D^2 L(x-w)[u,u] - 2 D^2 L(x)[u,u].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from toykit.combining.draws import Mixing


@dataclass(frozen=True)
class Terms:
    """Sums over blocks of derivatives of L at Theta_m.

    `trace` = sum_b D^2 L[Delta_b^2], `third` = sum_b D^3 L[Delta_b^3], `quartic` = sum_b D^4 L[Delta_b^4],
    `mixed` = sum_{b != b'} D^4 L[Delta_b^2, Delta_b'^2].
    """

    trace: float
    third: float
    quartic: float
    mixed: float


def terms(mixed: Mixing) -> Terms:
    """The four sums by differences of curvature, exact on polynomials of degree at most 4."""
    landscape, x, n = mixed.pair.landscape, mixed.centre, mixed.blocks.count
    steps = [mixed.step(row) for row in np.eye(n)]
    here = [landscape.curvature(x, u) for u in steps]
    ahead = np.array([[landscape.curvature(x + w, u) for u in steps] for w in steps])
    behind = np.array([[landscape.curvature(x - w, u) for u in steps] for w in steps])
    fourth = ahead + behind - 2 * np.array(here)
    quartic = float(np.trace(fourth))
    return Terms(math.fsum(here), float(np.trace(ahead - behind)) / 2, quartic, float(fourth.sum()) - quartic)
