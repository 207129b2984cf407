"""Data sets: n examples as rows, with class labels or with target vectors; validated once, never changed."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toykit.errors import InputError, NonFiniteError, ShapeError
from toykit.landscape import Floats
from toykit.seeds import generator

Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Data:
    """n examples: `inputs` (n, d) and `targets`, either labels (n,) in 0..classes-1 or vectors (n, k).

    `classes` is K for labels and None for vectors. Inputs handed in as (n, ...), images for example, are kept as rows, and
    `shape` is that of one example. Inputs are float32 where they came in float32, else float64. The arrays are copies that
    cannot be written to.

    >>> Data([[0.0], [1.0], [2.0]], [0, 1, 0], classes=2)
    Data('data', n=3, d=1, classes=2)

    Raises:
        ShapeError: inputs are not (n, ...), or there are not n targets, or vectors are not (n, k).
        NonFiniteError: an entry is NaN or infinite.
        InputError: there are no examples, or a label is none of 0..classes-1.

    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    classes: int | None = None
    name: str = "data"
    shape: tuple[int, ...] = ()

    def __init__(self, inputs: ArrayLike, targets: ArrayLike, classes: int | None = None, name: str = "data") -> None:
        xs = _finite(inputs, "inputs", np.float32 if getattr(inputs, "dtype", None) == np.float32 else np.float64)
        if xs.ndim < 2:
            raise ShapeError(f"inputs have the shape (n, d), one row per example; got {xs.shape}; flatten or reshape them")
        if xs.shape[0] == 0:
            raise InputError(f"a data set has at least one example; got inputs of shape {xs.shape}; was everything filtered out?")
        ys = _finite(targets, "targets") if classes is None else _labels(targets, classes)
        if classes is None and ys.ndim != 2:
            raise ShapeError(f"target vectors have the shape (n, k); got {ys.shape}; add an axis, or say classes=K for labels")
        if len(ys) != len(xs):
            raise ShapeError(f"each example has one target; got {len(ys)} targets for {len(xs)} examples; align them")
        shape = xs.shape[1:]
        xs = xs.reshape(len(xs), math.prod(shape))
        for array in (xs, ys):
            array.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "inputs", xs)
        object.__setattr__(self, "targets", ys)
        object.__setattr__(self, "classes", classes)
        object.__setattr__(self, "name", name)

    def __repr__(self) -> str:
        kind = f"k={self.targets.shape[1]}" if self.classes is None else f"classes={self.classes}"
        return f"Data({self.name!r}, n={self.count}, d={self.width}, {kind})"

    @property
    def count(self) -> int:
        """n, the number of examples."""
        return int(self.inputs.shape[0])

    @property
    def width(self) -> int:
        """d, the number of inputs of an example."""
        return int(self.inputs.shape[1])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the arrays with their shapes and of `classes`; the name does not count."""
        kind = "" if self.inputs.dtype == np.float64 else f"{self.inputs.dtype} "
        found = hashlib.sha256(
            f"{kind}{(self.count, *self.shape)} {self.targets.shape} {self.targets.dtype} {self.classes}".encode()
        )
        found.update(self.inputs.tobytes())
        found.update(self.targets.tobytes())
        return found.hexdigest()


def one_hot(labels: Labels, classes: int) -> Floats:
    """The rows e_y of the identity, shape (n, classes)."""
    rows: Floats = np.eye(classes)[labels]
    return rows


def gaussian_clusters(
    count: int = 90, width: int = 5, classes: int = 3, clusters: int = 9, spread: float = 0.3, number: int = 0
) -> Data:
    """x = c_j + spread * normal around the centres c_j = 2 * normal in R^width; cluster j has the label j mod classes.

    The clusters take turns, so their sizes differ by one at most [connectivity/separable_features].
    """
    draw = generator("gaussian clusters", number)
    centres = 2 * draw.normal(size=(clusters, width))
    cluster = np.arange(count) % clusters
    inputs = centres[cluster] + spread * draw.normal(size=(count, width))
    return Data(inputs, cluster % classes, classes, f"{clusters} Gaussian clusters #{number}")


def checkerboard(count: int = 256, number: int = 0) -> Data:
    """x uniform on [-1, 1]^2 with the target sign(sin(1.5 pi x_1) sin(1.5 pi x_2)), a regression [barrier/mountainside_ridge]."""
    inputs = generator("checkerboard", number).uniform(-1, 1, size=(count, 2))
    targets = np.sign(np.sin(1.5 * math.pi * inputs).prod(axis=1, keepdims=True))
    return Data(inputs, targets, name=f"checkerboard #{number}")


def teacher_student(count: int = 64, width: int = 4, hidden: int = 3, outputs: int = 1, number: int = 0) -> Data:
    """y = V relu(W x + b) / sqrt(hidden) for normal x and a random teacher, so that zero loss is within reach."""
    draw = generator("teacher and student", number)
    inputs = draw.normal(size=(count, width))
    weight, bias, out = draw.normal(size=(hidden, width)), draw.normal(size=hidden), draw.normal(size=(outputs, hidden))
    targets = np.maximum(inputs @ weight.T + bias, 0) @ out.T / math.sqrt(hidden)
    return Data(inputs, targets, name=f"teacher with {hidden} units #{number}")


def _finite(values: ArrayLike, what: str, dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
    given = np.asarray(values)
    if given.dtype.kind in "cUSMmV":
        raise InputError(f"data are real numbers; got {what} of the type {given.dtype}; turn them into numbers")
    array = np.array(given, dtype=dtype, order="C")
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise NonFiniteError(f"data are finite; {bad} of {array.size} {what} are NaN or infinite; drop or repair these examples")
    return array


def _labels(values: ArrayLike, classes: int) -> Labels:
    given = np.asarray(values)
    if given.ndim != 1:
        raise ShapeError(
            f"class labels have the shape (n,); got {given.shape}; use argmax, or leave out classes for target vectors"
        )
    if classes < 1:
        raise InputError(f"there is at least one class; got classes={classes}")
    if given.dtype.kind not in "biuf":
        raise InputError(f"labels are whole numbers from 0 to {classes - 1}; got the type {given.dtype}; number the classes")
    whole = given.astype(np.int64) if np.isfinite(given).all() else np.full(given.shape, -1)
    outside = (whole != given) | (whole < 0) | (whole >= classes)
    if outside.any():
        raise InputError(
            f"labels are whole numbers from 0 to {classes - 1}; got {given[outside][0]} in row {outside.argmax()}; renumber them"
        )
    return whole
