"""Units, rows and columns: where the incoming and outgoing weights of a hidden unit lie, and a draft to write them in.

A unit j of layer p is row j of W_p (shape (n_p, n_{p-1})) with its bias; what it sends to layer p+1 are the columns
`cols(p+1, [j])` of W_{p+1}. Every move of a path uses only these two, so each is written once for all backends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toykit.arrays import copied, like
from toykit.errors import InputError
from toykit.landscape import Floats, Landscape, Layered
from toykit.parameters import Array, Parameters

Units = NDArray[np.int64]


def units(indices: Iterable[int]) -> Units:
    """Indices as an integer array, in the order given."""
    return np.array(list(indices), dtype=np.int64)


@dataclass(frozen=True)
class Layers:
    """The weight layers 1..L of an architecture: sizes n_0..n_L and the names of W_l and b_l."""

    sizes: tuple[int, ...]
    weights: tuple[str, ...]
    biases: tuple[str | None, ...]

    @classmethod
    def of(cls, landscape: Landscape, theta: Parameters) -> Layers:
        """The layers of a layered landscape.

        Raises:
            InputError: the landscape is not a plain feed-forward network of dense layers.

        """
        if not isinstance(landscape, Layered):
            raise InputError(
                "a path of kept and rebuilt units needs a feed-forward network of dense layers (residual sums, tied weights and "
                f"normalisation mix the units); got {type(landscape).__name__}; use a Layered landscape"
            )
        numbers = range(1, landscape.depth + 1)
        weights = tuple(landscape.weight_name(layer) for layer in numbers)
        biases = tuple(landscape.bias_name(layer) for layer in numbers)
        inputs = int(theta[weights[0]].shape[1])
        return cls((inputs, *(int(theta[name].shape[0]) for name in weights)), weights, biases)

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

    def cols(self, layer: int, sources: Units) -> Units:
        """Which columns of W_p belong to the units I of layer p-1; for dense layers I itself."""
        if sources.size and not 0 <= int(sources.min()) <= int(sources.max()) < self.sizes[layer - 1]:
            raise InputError(f"layer {layer - 1} has units 0..{self.sizes[layer - 1] - 1}; got {sources.tolist()}")
        return sources

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
        """W_l, shape (n_l, n_{l-1}), writable."""
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

        """
        target = self.weight(layer)
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
