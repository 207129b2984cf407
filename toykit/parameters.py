"""Parameters: named arrays that behave as one vector, `theta_a + t * (theta_b - theta_a)`.

The arrays are NumPy arrays or torch tensors; only operators that both know are used, so the same object carries a
toy and a CUDA network. Nothing is ever changed in place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from toykit.errors import NonFiniteError, ShapeError

Array = Any  # a NumPy array or a torch tensor: the two share the operators used here


class Parameters(Mapping[str, Array]):
    """A point theta of parameter space as an ordered mapping from names to arrays.

    The layer of a name is everything before its last dot: `layers.1.weight` and `layers.1.bias` form one block.

    >>> import numpy as np
    >>> theta = Parameters({"1.weight": np.array([[3.0]]), "2.weight": np.array([[4.0]])})
    >>> theta.norm(), (2 * theta - theta).norm()
    (5.0, 5.0)
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"Parameters({inside})"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every array."""
        return {name: tuple(array.shape) for name, array in self._arrays.items()}

    @property
    def count(self) -> int:
        """p, the number of scalars."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @property
    def layers(self) -> dict[str, tuple[str, ...]]:
        """The names of each layer's arrays, in order."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self._arrays:
            layer = name.rpartition(".")[0] or name
            found[layer] = (*found.get(layer, ()), name)
        return found

    def map(self, function: Callable[[Array], Array]) -> Parameters:
        """The parameters with `function` applied to every array."""
        return Parameters({name: function(array) for name, array in self._arrays.items()})

    def only(self, names: Iterable[str]) -> Parameters:
        """The same vector with every array outside `names` set to zero: the part of a chord in some layers."""
        kept = set(names)
        return Parameters({name: array if name in kept else array * 0 for name, array in self._arrays.items()})

    def replace(self, arrays: Mapping[str, Array]) -> Parameters:
        """The parameters with some arrays exchanged for others of the same shape.

        Raises:
            ShapeError: a name is unknown or a shape differs.

        """
        for name, array in arrays.items():
            if name not in self._arrays or tuple(array.shape) != self.shapes[name]:
                raise ShapeError(f"replace keeps names and shapes; got {name} {tuple(array.shape)} for {self.shapes}")
        return Parameters({**self._arrays, **arrays})

    def dot(self, other: Parameters) -> float:
        """<theta, theta'>, summed over all arrays."""
        self._same_shape(other)
        return math.fsum(float((array * other[name]).sum()) for name, array in self._arrays.items())

    def norm(self) -> float:
        """|theta|, Euclidean over all arrays."""
        return math.sqrt(self.dot(self))

    def __add__(self, other: Parameters) -> Parameters:
        self._same_shape(other)
        return Parameters({name: array + other[name] for name, array in self._arrays.items()})

    def __sub__(self, other: Parameters) -> Parameters:
        self._same_shape(other)
        return Parameters({name: array - other[name] for name, array in self._arrays.items()})

    def __mul__(self, factor: float | Parameters) -> Parameters:
        """Scaling, or the element-wise product with parameters of the same shape."""
        if isinstance(factor, Parameters):
            self._same_shape(factor)
            return Parameters({name: array * factor[name] for name, array in self._arrays.items()})
        return self.map(lambda array: array * factor)

    __rmul__ = __mul__

    def __neg__(self) -> Parameters:
        return self.map(lambda array: -array)

    def require_finite(self, what: str) -> None:
        """Refuse NaN and infinity.

        Raises:
            NonFiniteError: names the array and counts the entries.

        """
        for name, array in self._arrays.items():
            bad = int((~(abs(array) < math.inf)).sum())  # true of NaN too, and no arithmetic that would warn
            if bad:
                raise NonFiniteError(
                    f"parameters must be finite; {what} has {bad} non-finite entries in {name}; was the training diverging?"
                )

    def _same_shape(self, other: Parameters) -> None:
        if self.shapes != other.shapes:
            raise ShapeError(
                f"a chord joins points of one shape; got {_difference(self.shapes, other.shapes)}; were the widths equal?"
            )


def _difference(left: Mapping[str, tuple[int, ...]], right: Mapping[str, tuple[int, ...]]) -> str:
    for name in [*left, *right]:
        if left.get(name) != right.get(name):
            return f"{name} {left.get(name, 'absent')} and {right.get(name, 'absent')}"
    return "the same arrays in another order"


def chord_point(theta_a: Parameters, theta_b: Parameters, t: float) -> Parameters:
    """theta_t = (1-t) theta_a + t theta_b, exactly theta_a at t=0 and theta_b at t=1."""
    return theta_a * (1 - t) + theta_b * t
