"""Weight matching: the permutation of theta_b that maximises <theta_a, P theta_b>, for dense layers and for any symmetries."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching.matching import Matching, finished, layered, layers64
from toykit.matching.rebasin import identity, permutations
from toykit.matching.search import Agreement, Descent, Permutation
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry import Axis, Group, Symmetries

RESTARTS = 8
STATISTICS = ("running_mean", "running_var")
"""Ends of the names of batch statistics: they are permuted with their units, but they are no weights that could agree."""

FEW = 0.6
"""The part of the units of a layer below which a product is corrected and not taken anew; gathering rows costs the rest."""


class Alignment(Agreement[int]):
    """<theta_a, P theta_b> for dense layers, with the products that no permutation changes kept.

    C_l = W^a_l W^b_l[:, perm_{l-1}]^T + b^a_l (b^b_l)^T + (W^a_{l+1})^T W^b_{l+1}[perm_{l+1}], shape (n_l, n_l): what unit i
    of a gains from unit j of b. Everything in float64.
    """

    def __init__(self, net: Layered, theta_a: Parameters, theta_b: Parameters) -> None:
        self.net, self.depth = net, net.depth
        self._a, self._b = layers64(net, theta_a), layers64(net, theta_b)
        # rows are gathered much faster than columns, so W_l^b is kept transposed too
        self._across = [np.ascontiguousarray(layer.weight.T) for layer in self._b]
        self._kept = {layer: self._constant(layer) for layer in range(1, self.depth)}
        self._sides: dict[tuple[int, int], tuple[Permutation, Floats]] = {}

    def gains(self, key: int, perm: Mapping[int, Permutation]) -> Floats:
        """C_l with the other layers permuted as `perm` says; never to be written into."""
        found = self._kept[key]
        if key > 1:
            found = found + self._side(key, key - 1, perm[key - 1], self._a[key - 1].weight, self._across[key - 1])
        if key < self.depth - 1:
            found = found + self._side(key, key + 1, perm[key + 1], self._a[key].weight.T, self._b[key].weight)
        return found

    def _side(self, key: int, other: int, perm: Permutation, ours: Floats, theirs: Floats) -> Floats:
        """ours @ theirs[perm], by the units alone that have moved since it was last asked for, where these are few.

        Late in a descent a tenth of them move and the product takes a tenth of the time. Rounding adds up over some ten
        updates, until a new start moves many.
        """
        if (key, other) in self._sides:
            old, kept = self._sides[key, other]
            moved = np.flatnonzero(old != perm)
            if len(moved) < FEW * len(perm):
                kept = kept + ours[:, moved] @ (theirs[perm[moved]] - theirs[old[moved]]) if len(moved) else kept
                self._sides[key, other] = perm.copy(), kept
                return kept
        self._sides[key, other] = perm.copy(), ours @ theirs[perm]
        return self._sides[key, other][1]

    def objective(self, perm: Mapping[int, Permutation]) -> float:
        """<theta_a, P theta_b> over all arrays, the output bias included."""
        total = 0.0
        for layer, (ours, theirs) in enumerate(zip(self._a, self._b, strict=True), start=1):
            weight, bias = theirs
            if layer in perm:
                weight, bias = weight[perm[layer]], bias[perm[layer]]
            if layer - 1 in perm:
                weight = weight[:, perm[layer - 1]]
            total += float((ours.weight * weight).sum() + ours.bias @ bias)
        return total

    def neighbours(self, key: int) -> Iterable[int]:
        """The layers below and above."""
        return {key - 1, key + 1} & set(range(1, self.depth))

    def _constant(self, layer: int) -> Floats:
        ours, theirs = self._a[layer - 1], self._b[layer - 1]
        found = np.outer(ours.bias, theirs.bias)
        if layer == 1:
            found += ours.weight @ theirs.weight.T
        if layer == self.depth - 1:
            found += self._a[layer].weight.T @ self._b[layer].weight
        return found


class GroupAlignment(Agreement[str]):
    """<theta_a, P theta_b> for any product of permutation groups, over the weights that they move, in float64.

    The gain of unit i of a from unit j of b is sum over the axes of the group of <A[unit i], B[unit j]>, the slices of each
    array with its other axes permuted as they are at present. Products that no other group changes are kept.
    """

    def __init__(self, symmetries: Symmetries, theta_a: Mapping[str, Any], theta_b: Mapping[str, Any]) -> None:
        self.symmetries = symmetries
        names = [name for name in symmetries.tensors if name in theta_a and not name.endswith(STATISTICS)]
        self._a, self._b = (
            Parameters({name: to_numpy(theta[name]).astype(np.float64) for name in names}) for theta in (theta_a, theta_b)
        )
        self._others = {
            (group.name, axis): {other.name for other in symmetries.groups if _meets(other, group, axis)}
            for group in symmetries.groups
            for axis in group.axes
            if axis.tensor in self._a
        }
        self._kept = {
            group.name: sum(
                (self._gain(group, axis, self._b) for axis in self._axes(group) if not self._others[group.name, axis]),
                np.zeros((group.size, group.size)),
            )
            for group in symmetries.groups
        }

    def gains(self, key: str, perm: Mapping[str, Permutation]) -> Floats:
        """What unit i of a gains from unit j of b, shape (size, size)."""
        group, found = self.symmetries[key], self._kept[key]
        for axis in self._axes(group):
            others = self._others[key, axis]
            if others:
                moved = _by_others(group, axis, [self.symmetries[name] for name in others], perm, self._b[axis.tensor])
                found = found + self._gain(group, axis, {axis.tensor: moved})
        return found

    def objective(self, perm: Mapping[str, Permutation]) -> float:
        """<theta_a, P theta_b> over the arrays that are moved."""
        return self._a.dot(self.symmetries.permute(self._b, dict(perm)))

    def neighbours(self, key: str) -> Iterable[str]:
        """The groups that meet this one in an array; itself where it moves two axes of one array."""
        return {name for (of, _), names in self._others.items() if of == key for name in names}

    def _axes(self, group: Group) -> list[Axis]:
        return [axis for axis in group.axes if axis.tensor in self._a]

    def _gain(self, group: Group, axis: Axis, theirs: Mapping[str, Floats]) -> Floats:
        return _units(group, axis, self._a[axis.tensor]) @ _units(group, axis, theirs[axis.tensor]).T


def _meets(other: Group, group: Group, axis: Axis) -> bool:
    """Whether `other` moves entries of one array with `group`: on another axis, or as the outer or inner part of this one."""
    return any(
        place.tensor == axis.tensor and (place.axis != axis.axis or _nested(other, place, group, axis)) for place in other.axes
    )


def _nested(other: Group, place: Axis, group: Group, axis: Axis) -> bool:
    """Whether two windows of one axis overlap, as heads and the features inside a head do; those of one group never do."""
    ends = place.start + other.size * place.block, axis.start + group.size * axis.block
    return other is not group and place.start < ends[1] and axis.start < ends[0]


def _by_others(group: Group, axis: Axis, others: Sequence[Group], perm: Mapping[str, Permutation], array: Floats) -> Floats:
    """One array permuted by everything but `group` on this axis."""
    there = []
    for other in others:
        axes = (place for place in other.axes if place.tensor == axis.tensor and (other is not group or place.axis != axis.axis))
        there.append(Group(other.name, other.size, tuple(axes)))
    element = {other.name: perm[other.name] for other in others}
    return np.asarray(Symmetries(tuple(there)).permute({axis.tensor: array}, element)[axis.tensor])


def _units(group: Group, axis: Axis, array: Floats) -> Floats:
    """The slices of an array that belong to the units, one row each, shape (size, block * everything else)."""
    window = np.moveaxis(array, axis.axis, 0)[axis.start : axis.start + group.size * axis.block]
    return np.ascontiguousarray(window).reshape(group.size, -1)


def weight_matching(
    pair: Pair,
    *,
    symmetries: Symmetries | None = None,
    restarts: int = RESTARTS,
    seed: int = 0,
    start: Mapping[Any, Sequence[int] | NDArray[np.int64]] | None = None,
) -> Matching:
    """The best of `restarts` coordinate descents for max <theta_a, P theta_b>; fewer where the best was met three times.

    The hidden layers of a layered network are permuted, with one permutation per layer number; any other network needs its
    `symmetries`, and has one permutation per group name. The first descent starts from the order as it is, or from `start`.
    A single permutation needs a single assignment, which is exact [ainsworth2022, Section 3.2].

    Raises:
        InputError: there is nothing to permute, `start` is not a permutation, or there is less than one restart.

    """
    if restarts < 1:
        raise InputError(f"a search is made at least once; got restarts={restarts}; use {RESTARTS}")
    began = time.process_time()
    stream = generator("weight matching", seed)
    found: Sequence[Descent[Any]]
    if symmetries is None:
        net = layered(pair)
        first = identity(net) | permutations(net, start or {})
        found = Alignment(net, pair.theta_a, pair.theta_b).search(first, restarts, stream)
    elif symmetries.groups:
        element = symmetries.permutations(start or {})
        found = GroupAlignment(symmetries, pair.theta_a, pair.theta_b).search(element, restarts, stream)
    else:
        raise InputError(f"matching permutes units; no axis of {pair.name} may be permuted; see the reasons in its symmetries")
    seconds = time.process_time() - began
    objectives, steps = tuple(d.objective for d in found), tuple(d.steps for d in found)
    return finished(pair, "weight", found[int(np.argmax(objectives))].perm, objectives, seconds, steps, symmetries=symmetries)
