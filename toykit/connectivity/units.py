"""Units, rows and columns: where the incoming and outgoing weights of a hidden unit lie, and a draft to write them in.

A unit j of layer p is row j of W_p (shape (n_p, n_{p-1})) with its bias; what it sends to layer p+1 are the columns
`cols(p+1, [j])` of W_{p+1}. Every move of a path uses only these two, so each is written once for all backends, and for
convolutions: their units are channels, and kernel axes ride along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from toykit.arrays import copied, like
from toykit.errors import InputError, ShapeError
from toykit.landscape import Feedforward, Floats, Landscape, Layered
from toykit.parameters import Array, Parameters
from toykit.symmetry import Axis, Group, Symmetries

Units = NDArray[np.int64]


def units(indices: Iterable[int]) -> Units:
    """Indices as an integer array, in the order given."""
    return np.array(list(indices), dtype=np.int64)


def refusal(landscape: Landscape) -> str:
    """Why units of a landscape cannot be moved one by one: what it says itself, else that it shows no layers."""
    name, own = type(landscape).__name__, getattr(landscape, "why_no_layers", None)
    return f"{name} is not a feed-forward network of dense layers or convolutions" + ("" if own is None else f": {own()}")


def blocks(sources: Units, spread: int) -> Units:
    """The columns j*s, .., j*s + s - 1 of each unit j, in the order given."""
    return (spread * sources[:, None] + np.arange(spread)).ravel()


@dataclass(frozen=True)
class Layers:
    """The weight layers 1..L of an architecture: sizes n_0..n_L and the names of W_l and b_l.

    `spreads` are the columns of W_l per unit of layer l-1 where there are several (after maps are flattened), `kernels` the
    shapes of the kernels of the layers that are convolutions.
    """

    sizes: tuple[int, ...]
    weights: tuple[str, ...]
    biases: tuple[str | None, ...]
    spreads: Mapping[int, int] = field(default_factory=dict)
    kernels: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, landscape: Landscape, theta: Parameters) -> Layers:
        """The layers of a feed-forward landscape.

        Raises:
            InputError: the landscape is not a plain feed-forward network of dense layers or convolutions.

        """
        if not isinstance(landscape, Feedforward):
            raise InputError(
                "a path of kept and rebuilt units needs a feed-forward network of dense layers or convolutions (residual sums, "
                f"tied weights and normalisation mix the units); got {refusal(landscape)}; use a Layered landscape"
            )
        numbers = range(1, landscape.depth + 1)
        weights = tuple(landscape.weight_name(layer) for layer in numbers)
        biases = tuple(landscape.bias_name(layer) for layer in numbers)
        inputs = int(theta[weights[0]].shape[1])
        sizes = (inputs, *(int(theta[name].shape[0]) for name in weights))
        if isinstance(landscape, Layered):
            return cls(sizes, weights, biases)
        spreads = {layer: landscape.spread(layer) for layer in numbers if landscape.spread(layer) > 1}
        shapes = {layer: tuple(map(int, theta[name].shape[2:])) for layer, name in enumerate(weights, start=1)}
        return cls(sizes, weights, biases, spreads, {layer: kernel for layer, kernel in shapes.items() if kernel})

    @property
    def depth(self) -> int:
        """L, the number of weight layers."""
        return len(self.weights)

    @property
    def hidden(self) -> range:
        """The hidden layers 1..L-1."""
        return range(1, self.depth)

    @property
    def biased(self) -> bool:
        """Whether every layer has a bias."""
        return all(name is not None for name in self.biases)

    def __str__(self) -> str:
        dense = self.depth - len(self.kernels)
        above = f"{len(self.kernels)} convolutions and " if self.kernels else ""
        return f"{above}{dense} dense layers of sizes {self.sizes}"

    @property
    def symmetries(self) -> Symmetries:
        """One permutation per hidden layer l: rows of W_l and b_l, columns or blocks of columns of W_{l+1}."""
        found = []
        for layer in self.hidden:
            incoming = (name for name in (self.weights[layer - 1], self.biases[layer - 1]) if name is not None)
            outgoing = Axis(self.weights[layer], 1, block=self.spreads.get(layer + 1, 1))
            axes = (*(Axis(name, 0) for name in incoming), outgoing)
            found.append(Group(f"layer {layer}", self.sizes[layer], axes))
        return Symmetries(tuple(found))

    def entrance(self, layer: int) -> int:
        """The last layer p >= l that is reached from layer l through convolutions only: layer p+1 is dense."""
        return next(p for p in range(layer, self.depth) if p + 1 not in self.kernels)

    def cols(self, layer: int, sources: Units) -> Units:
        """Which columns of W_p belong to the units I of layer p-1: I itself, a block of a*b for each where maps are flattened."""
        if sources.size and not 0 <= int(sources.min()) <= int(sources.max()) < self.sizes[layer - 1]:
            raise InputError(f"layer {layer - 1} has units 0..{self.sizes[layer - 1] - 1}; got {sources.tolist()}")
        return blocks(sources, self.spreads.get(layer, 1))

    def others(self, layer: int, taken: Iterable[int]) -> Units:
        """The units of a layer outside `taken`, in increasing order."""
        return np.setdiff1d(np.arange(self.sizes[layer]), units(taken)).astype(np.int64)


class Draft:
    """Writable copies of the weights and biases of one point; the point itself is never changed."""

    def __init__(self, layers: Layers, theta: Parameters) -> None:
        self.layers = layers
        self._theta = theta
        self._own = {name: copied(theta[name]) for name in (*layers.weights, *layers.biases) if name is not None}

    def weight(self, layer: int) -> Array:
        """W_l, shape (n_l, s n_{l-1}, ...), writable."""
        return self._own[self.layers.weights[layer - 1]]

    def bias(self, layer: int) -> Array | None:
        """b_l, shape (n_l,), writable; None where the layer has none."""
        name = self.layers.biases[layer - 1]
        return None if name is None else self._own[name]

    def freeze(self) -> Parameters:
        """The point as it stands now; later writing does not reach it."""
        return self._theta.replace({name: copied(array) for name, array in self._own.items()})

    def write_rows(self, layer: int, rows: Units, columns: Units, weight: Floats, bias: Floats) -> None:
        """W_l[rows] = 0 except W_l[rows x columns] = weight, and b_l[rows] = bias: the whole incoming side of the rows.

        Raises:
            InputError: a bias is asked for where the layer has none.
            ShapeError: the weights do not have one row per row and one column per column.

        """
        target = self.weight(layer)
        if weight.shape != (rows.size, columns.size, *target.shape[2:]):
            raise ShapeError(
                f"new rows of layer {layer} have the shape {(rows.size, columns.size, *target.shape[2:])}; got {weight.shape}; "
                "were the columns of flattened maps counted?"
            )
        target[rows] = 0
        target[rows[:, None], columns[None, :]] = like(weight, target)
        self._write_bias(layer, rows, bias)

    def copy_rows(self, layer: int, rows: Units, source: Parameters, sources: Units | None = None) -> None:
        """W_l[rows], b_l[rows] = those of `source` at `sources` (by default the same rows)."""
        wanted = rows if sources is None else sources
        self.weight(layer)[rows] = source[self.layers.weights[layer - 1]][wanted]
        name, bias = self.layers.biases[layer - 1], self.bias(layer)
        if name is not None and bias is not None:
            bias[rows] = source[name][wanted]

    def clear(self, layer: int, freed: Units) -> None:
        """Zero the incoming row, bias and outgoing columns of hidden units of a layer."""
        self.weight(layer)[freed] = 0
        bias = self.bias(layer)
        if bias is not None:
            bias[freed] = 0
        self.weight(layer + 1)[:, self.layers.cols(layer + 1, freed)] = 0

    def shift_columns(self, layer: int, sources: Units, targets: Units) -> None:
        """W_l[:, targets] += W_l[:, sources]; W_l[:, sources] = 0: what the sources sent is sent by the targets."""
        weight = self.weight(layer)
        weight[:, targets] = weight[:, targets] + weight[:, sources]
        weight[:, sources] = 0

    def _write_bias(self, layer: int, rows: Units, values: Floats) -> None:
        bias = self.bias(layer)
        if bias is not None:
            bias[rows] = like(values, bias)
        elif np.any(values != 0):
            raise InputError(
                f"a sub-network uses the biases that the architecture has; layer {layer} has none and got {values.tolist()}"
            )


def first_free(layers: Layers, layer: int, taken: Sequence[int] | Units, count: int) -> Units:
    """The first `count` units of a layer outside `taken`.

    Raises:
        InputError: there are fewer; `room` lists which inequality fails.

    """
    free = layers.others(layer, taken)
    if free.size < count:
        raise InputError(
            f"fresh units go into free slots; layer {layer} has {free.size} free of {layers.sizes[layer]} and {count} are "
            "needed; keep fewer units or widen the layer"
        )
    return free[:count]
