"""Partitions of the parameters into blocks, one lambda per block.

| granularity | one block is |
|-------------|--------------|
| `element`   | one scalar |
| `row`       | one unit: W_l[i,:] with b_l[i]; of a convolution one output channel with its bias |
| `col`       | W_l[:,j]; the bias of the layer is one more block |
| `tensor`    | one array: W_l and b_l separately |
| `layer`     | W_l with b_l |
| `neuron`    | one hidden unit of a net with one hidden layer: W_1[k,:], b_1[k], W_2[:,k]; the output bias stays at its mean |
| `global`    | everything: the segment |

Layers are those of `Parameters.layers`; the gain and bias of a normalisation that is a layer of its own form their own
rows. A partition is stored as one shape per array, so a draw needs one number per block until it is spread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat
import numpy as np

from toykit.arrays import like as alike
from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.parameters import Array, Parameters

GRANULARITIES = ("element", "row", "col", "tensor", "layer", "neuron", "global")


@dataclass(frozen=True)
class Slot:
    """Where the lambdas of one array lie among all: `shape` broadcasts to the array; `start` None: lambda is its mean."""

    start: int | None
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many blocks the array takes part in."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Blocks:
    """A partition of parameters of given shapes into `count` blocks."""

    granularity: str
    count: int
    slots: Mapping[str, Slot]

    def spread(self, values: Floats, like: Parameters, fixed: float = 0.0) -> Parameters:
        """One value per block, shape (count,), as parameters of the kind, precision and device of `like`.

        Coordinates outside every block get `fixed`. Values of shape (g, count) give arrays of shape (g, ...).
        """
        return Parameters({name: self._spread(values, self.slots[name], array, fixed) for name, array in like.items()})

    def inner(self, left: Parameters, right: Parameters) -> Floats:
        """<left_b, right_b> of every block, shape (count,)."""
        total = np.zeros(self.count)
        for name, array in left.items():
            slot = self.slots[name]
            if slot.start is None:
                continue
            products = array * right[name]
            axes = tuple(i for i, (block, size) in enumerate(zip(slot.shape, array.shape, strict=True)) if block < size)
            if axes:
                products = compat.array_namespace(array).sum(products, axis=axes, keepdims=True)
            total[slot.start : slot.start + slot.size] += to_numpy(products).reshape(-1)
        return total

    @staticmethod
    def _spread(values: Floats, slot: Slot, array: Array, fixed: float) -> Array:
        leading = values.shape[:-1]
        if slot.start is None:
            chosen = np.full((*leading, *slot.shape), fixed)
        else:
            chosen = values[..., slot.start : slot.start + slot.size].reshape((*leading, *slot.shape))
        return compat.array_namespace(array).broadcast_to(alike(chosen, array), (*leading, *array.shape))


def blocks(granularity: str, theta: Parameters) -> Blocks:
    """The partition of that name for parameters shaped like theta.

    >>> theta = Parameters({"1.weight": np.ones((3, 2)), "1.bias": np.ones(3), "2.weight": np.ones((1, 3))})
    >>> {name: blocks(name, theta).count for name in GRANULARITIES}
    {'element': 12, 'row': 4, 'col': 6, 'tensor': 3, 'layer': 2, 'neuron': 3, 'global': 1}

    Raises:
        InputError: the granularity is unknown, or `neuron` is asked of a net without exactly one hidden layer.

    """
    shapes = theta.shapes
    if granularity == "neuron":
        return _neuron(theta)
    keys: dict[tuple[Any, ...], Slot] = {}
    slots: dict[str, Slot] = {}
    count = 0
    for layer, names in theta.layers.items():
        for name in names:
            key, shape = _place(granularity, layer, name, shapes[name])
            if key not in keys:
                keys[key] = Slot(count, shape)
                count += keys[key].size
            slots[name] = Slot(keys[key].start, shape)
    return Blocks(granularity, count, {name: slots[name] for name in shapes})


def _place(granularity: str, layer: str, name: str, shape: tuple[int, ...]) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """A key that arrays with common lambdas share, and the shape of the array's lambdas."""
    ones = (1,) * len(shape)
    match granularity:
        case "element":
            return (name,), shape
        case "row":
            rows = shape[0] if shape else 1
            return (layer, rows), (rows, *ones[1:]) if shape else ()
        case "col":
            return (name,), (1, shape[1], *ones[2:]) if len(shape) > 1 else ones
        case "tensor":
            return (name,), ones
        case "layer":
            return (layer,), ones
        case "global":
            return (), ones
    raise InputError(f"a granularity is one of {', '.join(GRANULARITIES)}; got {granularity!r}")


def _neuron(theta: Parameters) -> Blocks:
    shapes = theta.shapes
    matrices = [name for name, shape in shapes.items() if len(shape) == 2]
    if len(matrices) != 2 or shapes[matrices[0]][0] != shapes[matrices[1]][1]:
        raise InputError(
            f"granularity 'neuron' needs one hidden layer, two matrices (h, d) and (k, h); got {shapes}; use 'row' instead"
        )
    first, second = matrices
    h = shapes[first][0]
    slots: dict[str, Slot] = {}
    hidden = next(names for names in theta.layers.values() if first in names)
    for name, shape in shapes.items():
        if name == second:
            slots[name] = Slot(0, (1, h))
        elif name in hidden and shape[:1] == (h,):
            slots[name] = Slot(0, (h, *(1,) * (len(shape) - 1)))
        else:
            slots[name] = Slot(None, (1,) * len(shape))
    return Blocks("neuron", h, slots)
