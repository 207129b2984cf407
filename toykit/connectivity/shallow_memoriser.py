"""One hidden ReLU layer of (2 kappa + 2) ceil(N/q) units that interpolates N points of R^q in general position.

Each group of at most q points lies on a hyperplane u.f = 1 that no other point touches; inside a strip around it four
ramps give the linear function v.f and nothing outside [connectivity/shallow_memoriser].
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from toykit.connectivity.memorisers import Memoriser, require_points
from toykit.landscape import Floats
from toykit.seeds import generator
from toykit.tolerances import SEPARATED, SOLVED

CONDITION = 1e10
"""A group whose rows have a larger condition number counts as linearly dependent."""

DRAWS = 200
"""So many random groupings are tried at most."""

FINALISTS = 5
"""So many of them, by their gap, are built before the best one is returned though its residual is too large."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Index sets of at most q points, the vector u (q,) of each, the smallest |u.f - 1| of the others, the worst condition."""

    members: tuple[NDArray[np.int64], ...]
    normals: Floats
    gap: float
    condition: float

    @property
    def general(self) -> bool:
        """Every group is linearly independent, and no other point lies on its hyperplane."""
        return self.condition < CONDITION and self.gap > SEPARATED


def groupings(points: Floats, draws: int, name: str) -> list[Grouping]:
    """Random groupings of the points (n, q), the largest gap first; general ones before the others."""
    n, q = points.shape
    tried = draws if n > q else 1  # one group has no others
    found = [_grouping(points, generator(name, draw).permutation(n)) for draw in range(tried)]
    return sorted(found, key=lambda g: (not g.general, -g.gap))


def shallow_memoriser(
    points: Floats, targets: Floats, *, draws: int = DRAWS, shared: bool = True, name: str = "shallow memoriser"
) -> tuple[Memoriser, Grouping]:
    """The network for points (n, q) and targets (n, kappa), with its grouping; `shared` units serve all outputs of a group.

    Among the groupings with the largest gaps the first with a residual of at most 1e-8 is taken. Points that are not in
    general position give a network all the same, with its residual: it shows what fails.
    """
    require_points(points, targets)
    tried: list[tuple[Memoriser, Grouping]] = []
    for grouping in groupings(points, draws, name)[:FINALISTS]:
        tried.append((_network(points, targets, grouping, shared), grouping))
        if tried[-1][0].residual <= SOLVED:
            return tried[-1]
    return tried[0]


def _grouping(points: Floats, order: NDArray[np.int64]) -> Grouping:
    members = tuple(np.array_split(order, ceil(len(points) / points.shape[1])))
    normals, condition, gap = [], 1.0, inf
    for group in members:
        u, _, rank, singular = np.linalg.lstsq(points[group], np.ones(len(group)), rcond=None)
        condition = max(condition, inf if rank < len(group) else float(singular[0] / singular[-1]))
        others = np.delete(points, group, axis=0)
        gap = min(gap, float(np.abs(others @ u - 1).min(initial=inf)))
        normals.append(u)
    return Grouping(members, np.array(normals), gap, condition)


def _network(points: Floats, targets: Floats, grouping: Grouping, shared: bool) -> Memoriser:
    rows, biases, columns = [], [], []
    outputs = targets.shape[1]
    for group, u in zip(grouping.members, grouping.normals, strict=True):
        others = np.delete(points, group, axis=0)
        gap = float(np.abs(others @ u - 1).min(initial=inf))
        epsilon = gap / 4 if 0 < gap < inf else 1.0
        v = np.linalg.lstsq(points[group], targets[group], rcond=None)[0].T  # (kappa, q), of least norm
        largest = float(np.abs(points @ v.T).max())
        delta = epsilon / (2 * largest) if largest else epsilon
        each = np.eye(outputs) / delta
        ramps = [(u, s, np.full(outputs, -s / delta)) for s in (1, -1)] if shared else []
        for c in range(outputs):
            ramps += [] if shared else [(u, s, -s * each[c]) for s in (1, -1)]
            ramps += [(u + delta * v[c], s, s * each[c]) for s in (1, -1)]
        rows += [row for row, _, _ in ramps]
        biases += [s * epsilon - 1 for _, s, _ in ramps]
        columns += [column for _, _, column in ramps]
    weights = np.array(rows), np.array(columns).T
    return Memoriser(points, targets, weights, (np.array(biases), np.zeros(outputs)), grouping.gap, "shallow memoriser")
