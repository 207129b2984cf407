"""Widths of order sqrt(N): the two integer conditions, the smallest widths that meet them, and the sub-networks they allow.

Below the last two hidden layers one unit carries a number that tells the examples apart; the two of them memorise it, the
last one alone memorises the layer below it, and on top of the last one there is only a read-out
[connectivity/square_root_width].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count as counting
from math import inf

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.built import Stages
from toykit.connectivity.deep_memoriser import deep_memoriser
from toykit.connectivity.memorisers import Memoriser, class_code, decoded
from toykit.connectivity.readouts import Labels
from toykit.connectivity.rebuilding import best_readout
from toykit.connectivity.separability import scale, separator
from toykit.connectivity.shallow_memoriser import shallow_memoriser
from toykit.connectivity.subnetwork import Subnetwork
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import SEPARATED, SOLVED

SLUG = "connectivity/square_root_width"


@dataclass(frozen=True)
class Widths:
    """N examples, kappa numbers memorised per example, widths of the last two hidden layers, and those before them."""

    count: int
    kappa: int
    left: int
    right: int
    before: tuple[int, ...] = ()

    @property
    def letters(self) -> dict[str, float]:
        """The letters of the arithmetic, halves rounded down."""
        halves = {"R_left": float(self.left // 2), "R_right": float(self.right // 2)}
        return {
            "n": float(self.count),
            "kappa": float(self.kappa),
            "n_left": float(self.left),
            "n_right": float(self.right),
        } | halves

    @property
    def capacity(self) -> int:
        """floor((R+1)/2) floor(R'/(2 kappa)), the left side of (W1)."""
        return int(evaluate(SLUG, "capacity", self.letters))

    @property
    def needed(self) -> float:
        """(2 kappa + 2) ceil(N/R), the right side of (W2); infinite without units."""
        return float(evaluate(SLUG, "needed", self.letters)) if self.left >= 2 else inf

    @property
    def violated(self) -> list[str]:
        """The conditions that fail, with their numbers."""
        found = [
            (self.capacity < self.count, f"(W1) {self.capacity} >= {self.count}"),
            (self.right // 2 < self.needed, f"(W2) {self.right // 2} >= {self.needed:.0f}"),
            (min(self.before, default=2) < 2, f"two units in each layer before: {self.before}"),
        ]
        return [says for fails, says in found if fails]


def smallest_equal_width(count: int, kappa: int) -> int:
    """The smallest n with (W1) and (W2) at n_{L-2} = n_{L-1} = n.

    >>> smallest_equal_width(100, 1), smallest_equal_width(36, 2)
    (40, 36)
    """
    return next(n for n in counting(2) if not Widths(count, kappa, n, n).violated)


@dataclass(frozen=True, eq=False)
class Task:
    """What the sub-networks of one endpoint have to learn: a network, the point, numbers (n, kappa), and the target loss."""

    network: Layered
    theta: Parameters
    codes: Floats
    labels: Labels | None
    classes: int
    target: float
    name: str

    @classmethod
    def of(cls, network: Layered, theta: Parameters, target: float, name: str) -> Task:
        """The task of an endpoint: class indices with cross-entropy, else vectors."""
        raw = to_numpy(network.targets)
        labels = np.asarray(raw, dtype=np.int64) if raw.ndim == 1 else None
        codes = np.asarray(raw, dtype=np.float64) if labels is None else class_code(labels)
        outputs = int(theta[network.weight_name(network.depth)].shape[0])
        return cls(network, theta, codes, labels, outputs, target, name)

    def features(self, layer: int) -> Floats:
        """F_l in NumPy, shape (n, n_l)."""
        return np.asarray(to_numpy(self.network.features(self.theta, layer)), dtype=np.float64)

    def read_out(self, draws: int) -> Subnetwork:
        """S_{L-1}: a separating read-out of half of the last hidden layer, scaled to the target; else the best one of a half."""
        layer = self.network.depth - 1
        features = self.features(layer)
        sets = list(self._sets(layer, features.shape[1] // 2, draws))
        if self.labels is None:
            fits = [(kept, best_readout(features[:, kept], Data(features[:, kept], self.codes))) for kept in sets]
            kept, best = min(fits, key=lambda fit: float(np.square(fit[1].outputs(features[:, fit[0]]) - self.codes).sum()))
            return Subnetwork(layer, kept, (best.weight,), (best.bias,), "read-out")
        for kept in sets:
            found = separator(features[:, kept], self.labels, self.classes)
            if found is not None:
                final = found.readout.scaled(scale(self.classes, self.target, found.margin))
                return Subnetwork(layer, kept, (final.weight,), (final.bias,), "separating read-out")
        best = best_readout(features[:, sets[0]], Data(features[:, sets[0]], self.labels, self.classes))
        return Subnetwork(layer, sets[0], (best.weight,), (best.bias,), "read-out")

    def shallow(self, draws: int) -> tuple[Memoriser, tuple[int, ...], bool]:
        """The memoriser of half of layer L-2 in half of layer L-1, its kept set, and whether it is in general position."""
        layer = self.network.depth - 2
        features = self.features(layer)
        tried = []
        for number, kept in enumerate(self._sets(layer, features.shape[1] // 2, draws)):
            made, grouping = shallow_memoriser(features[:, kept], self.codes, draws=10, name=self.name)
            tried.append((_drawn(made, number), kept, grouping.general))
            if grouping.general and made.residual <= SOLVED:
                return tried[-1]
        return max(tried, key=lambda t: (t[2], -t[0].residual))

    def deep(self, layer: int, widths: Widths, draws: int) -> tuple[Memoriser, tuple[int, ...], bool]:
        """The memoriser of kept units of layer l <= L-3 in the last two, its kept set, and whether they tell targets apart."""
        features = self.features(layer)
        size = features.shape[1] // 2 if layer == 1 else features.shape[1] - 1
        groups = min((widths.left // 2 + 1) // 2, len(features))
        tried = []
        for number, kept in enumerate(self._sets(layer, size, draws)):
            leading = self.network.depth - 3 - layer
            made = deep_memoriser(
                features[:, kept], self.codes, groups, -(-len(features) // groups), leading=leading, name=self.name
            )
            allowed = made.gap > SEPARATED or made.residual <= SOLVED  # equal rows may share a target
            tried.append((_drawn(made, number), kept, allowed))
            if made.residual <= SOLVED:
                return tried[-1]
        return max(tried, key=lambda t: (t[2], -t[0].residual))

    def memorised(self, layer: int, made: Memoriser, kept: tuple[int, ...]) -> Subnetwork:
        """S_l from a memoriser: the numbers themselves, or logits of the class code at half the target loss.

        Raises:
            InputError: the residual is too large.

        """
        small = made.subnetwork(layer, kept)
        if self.labels is None:
            return small
        factor = scale(self.classes, self.target / 2, 1.0)
        weight, bias = decoded(made.weights[-1], made.biases[-1], self.classes, factor)
        return Subnetwork(layer, kept, (*made.weights[:-1], weight), (*made.biases[:-1], bias), made.how)

    def _sets(self, layer: int, size: int, draws: int) -> Iterator[tuple[int, ...]]:
        width = self.network.widths[layer - 1]
        for draw in range(draws):
            order = generator(f"{self.name}/{layer}", draw).permutation(width)
            yield tuple(sorted(order[: max(1, size)].tolist()))


def _drawn(made: Memoriser, number: int) -> Memoriser:
    """The memoriser, which says so if sets of units were drawn before that it could not be built on."""
    return replace(made, how=f"{made.how}, draw {number + 1} of kept units") if number else made


@dataclass(frozen=True, eq=False)
class Attempt:
    """The memorisers of one endpoint by layer with kept sets, whether their points allow them, and the read-out."""

    memorisers: dict[int, tuple[Memoriser, tuple[int, ...], bool]]
    read_out: Subnetwork
    task: Task

    @classmethod
    def of(cls, task: Task, widths: Widths, draws: int) -> Attempt:
        """Memorisers for layers 1..L-2 and the read-out of layer L-1."""
        depth = task.network.depth
        made = {layer: task.deep(layer, widths, draws) for layer in range(1, depth - 2)}
        made[depth - 2] = task.shallow(draws)
        return cls(made, task.read_out(draws), task)

    @property
    def residual(self) -> float:
        """The largest residual of the memorisers."""
        return max(made.residual for made, _, _ in self.memorisers.values())

    def stages(self) -> Stages:
        """S_l for l = 1..L-1.

        Raises:
            InputError: a residual is too large.

        """
        small = {layer: self.task.memorised(layer, made, kept) for layer, (made, kept, _) in self.memorisers.items()}
        return {**small, self.read_out.layer: self.read_out}
