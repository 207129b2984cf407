"""Several points of parameter space as one array per name, so that a landscape can take them in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

from toykit.errors import ShapeError
from toykit.parameters import Array, Parameters


class Points(Sequence[Parameters]):
    """theta_1 .. theta_g with arrays of shape (g, ...); one point is a view into them.

    >>> import numpy as np
    >>> points = Points({"w": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])})
    >>> len(points), points[1]["w"].tolist(), len(points[1:])
    (3, [3.0, 4.0], 2)

    Raises:
        ShapeError: the arrays hold different numbers of points.

    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = dict(arrays)
        counts = {name: len(array) for name, array in self.arrays.items()}
        if len(set(counts.values())) != 1:
            raise ShapeError(f"every array has one entry per point; got {counts}; stack the same points under every name")
        self._count = next(iter(counts.values()))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Parameters: ...

    @overload
    def __getitem__(self, index: slice) -> Points: ...

    def __getitem__(self, index: int | slice) -> Parameters | Points:
        chosen = {name: array[index] for name, array in self.arrays.items()}
        return Points(chosen) if isinstance(index, slice) else Parameters(chosen)
