"""The sign that separates solutions when the last hidden layer is as wide as the rank of the targets.

Y_0 = U S V^T are the targets (centred if the output layer has a bias) with rank r = n_{L-1}; D(theta) = sign det(U^T F_{L-1})
cannot change where the loss c |Z - Y|^2 / N is below c sigma_r^2 / N [connectivity/narrow_disconnection].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.units import Draft, Layers
from toykit.data import one_hot
from toykit.errors import InputError
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters, chord_point
from toykit.paths import Path, Segment

GAP = 1e-10
"""Singular values below this fraction of the largest count as 0."""

HALVINGS = 60
"""Bisection of a crossing down to neighbouring floats."""


class Along(NamedTuple):
    """Losses and signs at the sampled positions of every segment, both (segments, positions); losses at sign changes."""

    losses: Floats
    signs: Floats
    crossings: Floats


@dataclass(frozen=True)
class Targets:
    """The singular value decomposition of Y_0: U (N, m), all singular values (m,), V (K, m), and the rank r."""

    network: Layered
    left: Floats
    values: Floats
    right: Floats
    rank: int

    @classmethod
    def of(cls, network: Layered, outputs: int) -> Targets:
        """The targets of a network with K outputs: rows of the identity for labels, centred if there is an output bias.

        Raises:
            InputError: the targets are constant, so that an output bias alone fits them.

        """
        targets = to_numpy(network.targets)
        rows = one_hot(targets, outputs) if targets.ndim == 1 else targets.astype(np.float64)
        if network.bias_name(network.depth) is not None:
            rows = rows - rows.mean(axis=0)
        left, values, right = np.linalg.svd(rows, full_matrices=False)
        if not values[0] > 0:
            raise InputError("targets that separate solutions are not constant; all of these are the same; give others")
        rank = int((values > GAP * values[0]).sum())
        return cls(network, left[:, :rank], values, right[:rank].T, rank)

    @property
    def sigma(self) -> float:
        """sigma_r, the smallest singular value that is not 0."""
        return float(self.values[self.rank - 1])

    def sign(self, theta: Parameters) -> float:
        """D(theta) = sign det(U^T F_{L-1}), for a last hidden layer of width r."""
        features = to_numpy(self.network.features(theta, self.network.depth - 1))
        return float(np.linalg.slogdet(self.left.T @ features)[0])

    def narrowest(self, outputs: Floats) -> float:
        """The smallest singular value of U^T Z V."""
        return float(np.linalg.svd(self.left.T @ outputs @ self.right, compute_uv=False)[-1])

    def along(self, path: Path, per_segment: int) -> Along:
        """Loss and sign at `per_segment` positions of every segment, and the loss wherever the sign changes between two."""
        ts = np.linspace(0.0, 1.0, per_segment)
        losses, signs, crossings = list[list[float]](), list[list[float]](), list[float]()
        for before, after in zip(path.waypoints, path.waypoints[1:], strict=False):
            points = [chord_point(before, after, float(t)) for t in ts]
            losses.append([self.network.loss(point) for point in points])
            signs.append([self.sign(point) for point in points])
            changes = np.flatnonzero(np.diff(signs[-1]))
            crossings += [self._crossing(before, after, ts[i : i + 2], signs[-1][i]) for i in changes]
        return Along(np.array(losses), np.array(signs), np.array(crossings))

    def _crossing(self, before: Parameters, after: Parameters, ends: Floats, sign: float) -> float:
        low, high = map(float, ends)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.sign(chord_point(before, after, middle)) == sign else (low, middle)
        return self.network.loss(chord_point(before, after, high))


def swap_path(network: Layered, theta_a: Parameters, theta_b: Parameters) -> Path:
    """The explicit path between two solutions that differ in the last unit's sign or in a swap of the first and last unit.

    Drop the last unit's outgoing column, copy the first unit over it, hand the outgoing column over, reset the first unit to
    the old last one, regrow: five segments; with one unit drop, flip, regrow: three.
    """
    layers, draft = Layers.of(network, theta_a), Draft(Layers.of(network, theta_a), theta_a)
    hidden = layers.depth - 1
    last = np.array([layers.sizes[hidden] - 1])
    first, out = np.array([0]), theta_a[layers.weights[hidden]]
    way, labels = [theta_a], list[str]()

    def step(label: str) -> None:
        way.append(draft.freeze())
        labels.append(label)

    draft.weight(hidden + 1)[:, last] = 0
    step("drop")
    if last[0]:
        draft.copy_rows(hidden, last, theta_a, first)
        step("copy")
        draft.shift_columns(hidden + 1, first, last)
        step("shift")
        draft.copy_rows(hidden, first, theta_a, last)
        step("reset")
        draft.weight(hidden + 1)[:, first] = out[:, last]
    else:
        draft.copy_rows(hidden, last, theta_b)
        step("flip")
        draft.weight(hidden + 1)[:, last] = theta_b[layers.weights[hidden]][:, last]
    step("regrow")
    return Path((*way[:-1], theta_b), tuple(Segment("?", label) for label in labels))
