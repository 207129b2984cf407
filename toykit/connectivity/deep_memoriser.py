"""Two hidden ReLU layers of 2A - 1 and 2B kappa units that interpolate any AB points with distinct rows.

The points are put in a line and cut into A groups. The first layer can be any affine function on each group; the second
spends one unit per bend inside a group, and all groups share these units [connectivity/deep_memoriser].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

import numpy as np

from toykit.connectivity.memorisers import Memoriser, require_points
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.seeds import generator
from toykit.tolerances import SEPARATED

DIRECTIONS = 20
"""So many random projections are drawn and the one with the largest gap is kept, since weights grow like one over it."""

OFF = -1.0
"""The pre-activation of a unit that is silent on a group."""


@dataclass(frozen=True, eq=False)
class Line:
    """The points in a line: z_i = direction . f_i + offset in [1, 2], and the smallest gap of two of them."""

    direction: Floats
    offset: float
    z: Floats
    gap: float

    @property
    def distinct(self) -> bool:
        """All z differ beyond rounding."""
        return self.gap > SEPARATED


def lined_up(points: Floats, name: str) -> Line:
    """The best of a few random projections of points (n, q) to a line, rescaled to [1, 2]."""
    drawn = generator(name).normal(size=(DIRECTIONS, points.shape[1]))
    return max((_line(points, u) for u in drawn), key=lambda line: line.gap)


def square(count: int) -> tuple[int, int]:
    """(A, B) with AB >= N, as equal as possible.

    >>> square(16), square(36), square(200)
    ((4, 4), (6, 6), (15, 14))
    """
    groups = ceil(sqrt(count))
    return groups, ceil(count / groups)


def deep_memoriser(
    points: Floats, targets: Floats, groups: int, size: int, *, leading: int = 0, name: str = "deep memoriser"
) -> Memoriser:
    """The network of hidden widths (1,) * leading, 2A - 1, 2B kappa for points (n, q) and targets (n, kappa).

    Points that coincide give a network all the same, with its residual: it shows what fails.

    Raises:
        InputError: AB < N, or a group would be empty.

    """
    require_points(points, targets)
    count = len(points)
    if not (count <= groups * size and 1 <= groups <= count):
        raise InputError(
            f"A groups of at most B points hold all N, none of them empty; got N={count}, A={groups}, B={size}; change A or B"
        )
    line = lined_up(points, name)
    order = np.argsort(line.z, kind="stable")
    parts = np.array_split(order, groups)
    knots = _knots([line.z[part] for part in parts])
    first_row, first_bias = (line.direction, line.offset) if not leading else (np.ones(1), 0.0)
    weights = [line.direction[None, :], *[np.ones((1, 1))] * (leading - 1)] if leading else []
    biases = [np.array([line.offset]), *[np.zeros(1)] * (leading - 1)] if leading else []
    weights.append(np.tile(first_row, (len(knots), 1)))
    biases.append(first_bias - knots)
    units = [
        _affine(knots, [_ramp(line.z[part], targets[part, c], j, sign) for part in parts])
        for c in range(targets.shape[1])
        for j in range(size)
        for sign in (1, -1)
    ]
    weights.append(np.array([row for row, _ in units]))
    biases.append(np.array([bias for _, bias in units]))
    weights.append(np.kron(np.eye(targets.shape[1]), np.tile([1.0, -1.0], size)))
    biases.append(np.zeros(targets.shape[1]))
    return Memoriser(points, targets, tuple(weights), tuple(biases), line.gap, "deep memoriser")


@dataclass(frozen=True)
class _Affine:
    """slope * (z - at) + value."""

    slope: float
    at: float
    value: float

    def __call__(self, z: float) -> float:
        return self.slope * (z - self.at) + self.value


def _line(points: Floats, u: Floats) -> Line:
    raw = points @ u
    lowest, span = float(raw.min()), float(raw.max() - raw.min())
    scale = 1 / span if span > 0 else 1.0
    z = np.asarray((raw - lowest) * scale + 1)
    gap = float(np.diff(np.sort(z)).min()) if len(z) > 1 else 1.0
    return Line(u * scale, 1 - lowest * scale, z, gap)


def _knots(parts: Sequence[Floats]) -> Floats:
    """1/2, and two knots at the thirds of each gap between neighbouring groups: 2A - 1 in all."""
    knots = [0.5]
    for left, right in pairwise(parts):
        r, following = float(left.max()), float(right.min())
        knots += [r + (following - r) / 3, r + 2 * (following - r) / 3]
    return np.array(knots)


def _affine(knots: Floats, parts: Sequence[_Affine]) -> tuple[Floats, float]:
    """Weights over the units relu(z - knot) and a bias that give on every group its own affine function."""
    row = np.zeros(len(knots))
    row[0] = parts[0].slope
    for k, (here, following) in enumerate(pairwise(parts)):
        s, end = float(knots[2 * k + 1]), float(knots[2 * k + 2])
        bridge = (following(end) - here(s)) / (end - s) if end > s else 0.0
        row[2 * k + 1], row[2 * k + 2] = bridge - here.slope, following.slope - bridge
    return row, parts[0](float(knots[0]))


def _ramp(z: Floats, t: Floats, j: int, sign: int) -> _Affine:
    """On a group with points z and targets t: the j-th bend of the interpolation if it has this sign, else silence."""
    if j >= len(z):
        return _Affine(0.0, 0.0, OFF)
    if j == 0:
        return _Affine(0.0, 0.0, abs(float(t[0])) if sign * t[0] > 0 else OFF)
    bend = _slope(z, t, j) - _slope(z, t, j - 1)
    return _Affine(abs(bend), float(z[j - 1]), 0.0) if sign * bend > 0 else _Affine(0.0, 0.0, OFF)


def _slope(z: Floats, t: Floats, j: int) -> float:
    """m_j = (t_j - t_{j-1}) / (z_j - z_{j-1}), m_0 = 0; 0 where two points coincide, which no function can fit."""
    if j == 0 or z[j] == z[j - 1]:
        return 0.0
    return float((t[j] - t[j - 1]) / (z[j] - z[j - 1]))
