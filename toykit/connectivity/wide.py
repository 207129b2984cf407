"""A first layer of more units than examples: its rows are exchanged for fresh ones, one unit at a time, at constant output.

While F = [sigma(X W_1^T + 1 b_1^T), 1] has a kernel vector c, F W_2^T does not see W_2 move along it; moved until column j is
0, row j of W_1 is free [connectivity/wide_layer].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toykit.connectivity.units import Draft, Layers
from toykit.landscape import Floats
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.paths import Path, Segment
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

PIVOT = 1e-9
"""Smallest |c_j| of a unit kernel vector that is divided by."""

REACH = 3.0
"""Largest |pre-activation| of a fresh unit: beyond it tanh is flat."""


@dataclass(frozen=True)
class Fresh:
    """A first layer (What, bhat), its features [F-hat, 1], and their rank and smallest of N singular values."""

    weight: Floats
    bias: Floats
    features: Floats
    rank: int
    sigma: float


@dataclass(frozen=True)
class Exchange:
    """The waypoints from a point to the same outputs over the fresh first layer, and the smallest pivot that was used."""

    waypoints: tuple[Parameters, ...]
    labels: tuple[str, ...]
    order: tuple[int, ...]
    pivot: float

    @property
    def end(self) -> Parameters:
        """The point whose first layer is the fresh one."""
        return self.waypoints[-1]

    @property
    def path(self) -> Path:
        """The exchange as a path whose segments have no declared type."""
        return Path(self.waypoints, tuple(Segment("?", label) for label in self.labels))


def distinct(net: MLP) -> int:
    """N: the number of different rows of X."""
    return len(np.unique(net.inputs, axis=0))


def features(net: MLP, theta: Parameters) -> Floats:
    """[F_1, 1], shape (N, n_1 + 1); without the ones where layer 2 has no bias."""
    found = net.features(theta, 1)
    return np.column_stack([found, np.ones(len(found))]) if net.bias_name(2) else found


def fresh(net: MLP, name: str, draws: int = 20) -> list[Fresh]:
    """`draws` random first layers, the largest of the N-th singular values of [F-hat, 1] first.

    Directions are normal; with a bias each unit turns at the projection of a point between two examples, so that no unit is
    idle on all of them. Pre-activations are scaled into [-3, 3].
    """
    return sorted((_drawn(net, name, number) for number in range(draws)), key=lambda one: -one.sigma)


def exchanged(net: MLP, ends: Sequence[Parameters], name: str, tries: int = 6) -> tuple[Fresh, list[Exchange]]:
    """The exchanges of both ends for the same fresh layer: of the `tries` best the first whose pivots suffice.

    Columns of ReLU features may depend on each other where most units are idle, which another layer need not have.
    """
    for new in fresh(net, name)[:tries]:
        found = [exchange(net, theta, new) for theta in ends]
        if min(one.pivot for one in found) >= PIVOT:
            break
    return new, found


def exchange(net: MLP, theta: Parameters, new: Fresh) -> Exchange:
    """2 n_1 segments of constant output: for each unit, W_2 moves until nothing reads it, then its row becomes the fresh one.

    The unit of the largest |c_j| comes next. A pivot below `PIVOT` ends the exchange early; the caller asks for `pivot`.
    """
    draft = Draft(Layers.of(net, theta), theta)
    todo, order = set(range(net.widths[0])), list[int]()
    way, labels, smallest = [theta], list[str](), np.inf
    while todo:
        kernel = _kernel(features(net, way[-1]))
        units = np.array(sorted(todo))
        j = int(units[np.argmax(np.diag(kernel)[units])])
        length = float(np.sqrt(max(kernel[j, j], 0.0)))  # P e_j has the length |P e_j| and the entry |P e_j|^2 at j
        smallest = min(smallest, length)
        if length < PIVOT:
            break
        ratio = kernel[j] / kernel[j, j]  # c / c_j
        _silence(draft, j, ratio)
        way.append(draft.freeze())
        draft.weight(1)[j] = new.weight[j]
        bias = draft.bias(1)
        if bias is not None:
            bias[j] = new.bias[j]
        way.append(draft.freeze())
        labels += [f"silence {j}", f"renew {j}"]
        todo.remove(j)
        order.append(j)
    return Exchange(tuple(way), tuple(labels), tuple(order), float(smallest))


def two_layer_path(a: Exchange, b: Exchange) -> Path:
    """Exchange, straight move of the output layer over the same features, exchange backwards: 4 n_1 + 1 segments."""
    return a.path.then(Path((a.end, b.end), (Segment("?", "turn"),))).then(b.path.reversed())


def _silence(draft: Draft, unit: int, ratio: Floats) -> None:
    """W_2 -= W_2[:, j] (c / c_j)^T, which leaves column j zero, and b_2 alike."""
    weight, bias = draft.weight(2), draft.bias(2)
    column = weight[:, unit].copy()
    weight -= np.outer(column, ratio[: weight.shape[1]])
    weight[:, unit] = 0.0  # what the subtraction leaves is rounding, and a unit is free only at zero
    if bias is not None:
        bias -= column * ratio[-1]


def _kernel(seen: Floats) -> Floats:
    """The projector on the kernel of F, shape (n_1 + 1, n_1 + 1)."""
    _, values, right = np.linalg.svd(seen, full_matrices=False)
    rows = right[values > ROUNDING * values[0]] if values[0] > 0 else right[:0]
    found: Floats = np.eye(seen.shape[1]) - rows.T @ rows
    return found


def _drawn(net: MLP, name: str, number: int) -> Fresh:
    draw, inputs = generator(name, number), net.inputs
    width, rows = net.widths[0], np.unique(net.inputs, axis=0)
    weight = draw.normal(size=(width, inputs.shape[1]))
    bias = np.zeros(width)
    if net.bias_name(1):
        first, second = rows[draw.integers(len(rows), size=(2, width))]
        share = draw.uniform(size=(width, 1))
        bias = -np.einsum("hd,hd->h", weight, share * first + (1 - share) * second)
    largest = np.abs(inputs @ weight.T + bias).max(axis=0)
    size = REACH / np.where(largest > 0, largest, 1.0)
    weight, bias = weight * size[:, None], bias * size
    found = net.activation.value(inputs @ weight.T + bias)
    seen = np.column_stack([found, np.ones(len(inputs))]) if net.bias_name(2) else found
    values = np.linalg.svd(seen, compute_uv=False)
    count = len(rows)
    sigma = float(values[count - 1]) if count <= len(values) else 0.0
    return Fresh(weight, bias, seen, int((values > ROUNDING * values[0]).sum()), sigma)
