"""Permutation groups of theta: P theta has the function of theta when every axis of a group is permuted at once.

The groups are independent of each other, so an element is one permutation per group, composition and inverse are taken
group by group, and the order of the whole is the product of the orders.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import array_api_compat
import numpy as np
from numpy.typing import NDArray

from toykit.arrays import like
from toykit.errors import InputError, ShapeError
from toykit.parameters import Array, Parameters
from toykit.tolerances import SOLVED

Permutation = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """Where a group acts: unit i is the entries start + i*block .. start + (i+1)*block - 1 of one axis of one array.

    `block` > 1: the units are runs of entries, as channels behind a flatten or attention heads. `start` > 0: the units are a
    later part of the axis, as in a concatenation or a packed query-key-value projection. One group may have several windows
    in one axis.
    """

    tensor: str
    axis: int
    start: int = 0
    block: int = 1


@dataclass(frozen=True)
class Group:
    """All permutations of `size` units; one permutation acts on all axes at once."""

    name: str
    size: int
    axes: tuple[Axis, ...]

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names of the arrays it acts on, each once, in order."""
        return tuple(dict.fromkeys(axis.tensor for axis in self.axes))


@dataclass(frozen=True)
class Frozen:
    """An axis, or a part of it, that no permutation may touch, and why."""

    tensor: str
    axis: int
    reason: str


@dataclass(frozen=True)
class Symmetries:
    """A direct product of permutation groups that leaves the function of a network as it is.

    An element maps names of groups to permutations: new unit i of a group is old unit perm[name][i]; groups that it does
    not name stay as they are. Composition: permute(permute(theta, p), q) = permute(theta, compose(p, q)).

    `rotations` names the groups whose units are only ever mapped linearly, as the features inside an attention head: there any
    orthogonal matrix may stand in place of a permutation.
    """

    groups: tuple[Group, ...]
    frozen: tuple[Frozen, ...] = ()
    notes: tuple[str, ...] = ()
    rotations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [group.name for group in self.groups]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"groups are told apart by their names; got {twice[0]} more than once; rename one")

    def __getitem__(self, name: str) -> Group:
        """The group of that name.

        Raises:
            InputError: there is none.

        """
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups) or "none"
        raise InputError(f"an element names groups of the network; got {name!r}; the groups are {known}")

    @property
    def sizes(self) -> dict[str, int]:
        """The number of units of every group."""
        return {group.name: group.size for group in self.groups}

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names of all arrays that are moved, each once."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group.tensors))

    @property
    def count(self) -> float:
        """log10 of the order of the group, sum_g log10(size_g!)."""
        return math.fsum(math.lgamma(group.size + 1) for group in self.groups) / math.log(10)

    def identity(self) -> dict[str, Permutation]:
        """The element that moves nothing, with every group named."""
        return {group.name: np.arange(group.size, dtype=np.int64) for group in self.groups}

    def random(self, generator: np.random.Generator) -> dict[str, Permutation]:
        """A uniformly drawn element."""
        return {group.name: generator.permutation(group.size).astype(np.int64) for group in self.groups}

    def permutations(self, perm: Mapping[str, Sequence[int] | NDArray[Any]]) -> dict[str, Permutation]:
        """The element with every group named, as integer arrays.

        Raises:
            InputError: a group is unknown, or what it is given is not a permutation of its units.

        """
        found = self.identity()
        for name, given in perm.items():
            order, size = np.asarray(given), self[name].size
            if order.shape != (size,):
                raise InputError(f"group {name} has one entry for each of its {size} units; got shape {order.shape}; fill it up")
            if order.dtype.kind not in "iu" or not np.array_equal(np.sort(order), np.arange(size)):
                shown = np.array2string(order, threshold=8, edgeitems=4)
                raise InputError(f"a permutation of group {name} has each of 0..{size - 1} once; got {shown}; correct it")
            found[name] = order.astype(np.int64)
        return found

    def inverse(self, perm: Mapping[str, Sequence[int] | NDArray[Any]]) -> dict[str, Permutation]:
        """The element that undoes `perm`.

        Raises:
            InputError: as in `permutations`.

        """
        return {name: np.argsort(order).astype(np.int64) for name, order in self.permutations(perm).items()}

    def compose(
        self, first: Mapping[str, Sequence[int] | NDArray[Any]], then: Mapping[str, Sequence[int] | NDArray[Any]]
    ) -> dict[str, Permutation]:
        """The element that acts as `first` followed by `then`: first[name][then[name]] in every group.

        Raises:
            InputError: as in `permutations`.

        """
        outer, inner = self.permutations(first), self.permutations(then)
        return {name: outer[name][inner[name]] for name in outer}

    def permute(self, theta: Mapping[str, Array], perm: Mapping[str, Sequence[int] | NDArray[Any]]) -> Parameters:
        """P theta: every array that `theta` holds with its axes permuted; NumPy and torch; nothing is changed in place.

        `theta` may be parameters, a whole state dict or its buffers alone: arrays that no group names are handed on as they
        are, and arrays that it does not hold are passed over. Running statistics of batch normalisation are moved where they
        are part of `theta`; where they are not, they have to be moved beside it, with the same element.

        Raises:
            InputError: as in `permutations`.
            ShapeError: an array has no such axis, or it is too short.

        """
        moved = self.permutations(perm)
        steps: dict[tuple[str, int], list[tuple[Group, Axis]]] = {}
        for group in self.groups:
            for place in group.axes:
                if place.tensor in theta:
                    steps.setdefault((place.tensor, place.axis), []).append((group, place))
        found = dict(theta)
        for (name, axis), windows in steps.items():
            order = _order(tuple(found[name].shape), axis, windows, moved)
            if not np.array_equal(order, np.arange(len(order))):
                found[name] = _taken(found[name], order, axis)
        return Parameters(found)

    def rotate(self, theta: Mapping[str, Array], matrices: Mapping[str, NDArray[np.float64]]) -> Parameters:
        """theta with new unit i = sum_j R_ij old unit j in some of the groups in `rotations`, R orthogonal of shape (size, size).

        Raises:
            InputError: a group is unknown or cannot be rotated, or R is not orthogonal or has another shape.
            ShapeError: as in `permute`.

        """
        found = dict(theta)
        for name, given in matrices.items():
            group, matrix = self[name], np.asarray(given, dtype=np.float64)
            if name not in self.rotations:
                raise InputError(
                    f"a group is rotated where it is mapped linearly; {name} is not; permute it, or one of {self.rotations}"
                )
            size = group.size
            if matrix.shape != (size, size) or not np.allclose(matrix @ matrix.T, np.eye(size), rtol=0, atol=SOLVED):
                raise InputError(
                    f"a rotation of {name} is an orthogonal ({size}, {size}) matrix; got shape {matrix.shape}; use QR"
                )
            for place in group.axes:
                if place.tensor in found:
                    found[place.tensor] = _mapped(found[place.tensor], group, place, matrix)
        return Parameters(found)


def _order(
    shape: tuple[int, ...], axis: int, windows: Sequence[tuple[Group, Axis]], moved: Mapping[str, Permutation]
) -> Permutation:
    """The order of all entries of one axis: the windows one after the other, which commute."""
    order = np.arange(shape[axis] if axis < len(shape) else 0, dtype=np.int64)
    for group, place in windows:
        stop = _stop(shape, group, place)
        order[place.start : stop] = order[place.start : stop].reshape(group.size, place.block)[moved[group.name]].ravel()
    return order


def _stop(shape: tuple[int, ...], group: Group, place: Axis) -> int:
    stop = place.start + group.size * place.block
    if place.axis >= len(shape) or stop > shape[place.axis]:
        raise ShapeError(
            f"group {group.name} moves the entries up to {stop} of axis {place.axis} of {place.tensor}; got the shape {shape}; "
            "was theta made for another network?"
        )
    return stop


def _mapped(array: Array, group: Group, place: Axis, matrix: NDArray[np.float64]) -> Array:
    shape = tuple(array.shape)
    stop, whole = _stop(shape, group, place), np.eye(shape[place.axis])
    whole[place.start : stop, place.start : stop] = np.kron(matrix, np.eye(place.block))
    namespace = array_api_compat.array_namespace(array)
    turned = namespace.tensordot(like(whole, array), array, axes=([1], [place.axis]))
    return namespace.moveaxis(turned, 0, place.axis)


def _taken(array: Array, order: Permutation, axis: int) -> Array:
    namespace = array_api_compat.array_namespace(array)
    return namespace.take(array, namespace.asarray(order, device=array_api_compat.device(array)), axis=axis)
