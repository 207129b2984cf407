"""The type tests of a segment: integer and bitwise comparisons, no tolerance, no sampling.

Each test is a proof that along the whole straight segment the outputs are affine in t (O) or constant on every input
(C, T) [connectivity/waypoint_certificate].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toykit.arrays import to_numpy
from toykit.connectivity.units import Layers, Units
from toykit.errors import InputError
from toykit.parameters import Parameters
from toykit.paths import Relocation

Numbers = NDArray[np.floating]


@dataclass(frozen=True)
class Stack:
    """The layers of one point as NumPy arrays: `weights[l-1]` = W_l, `biases[l-1]` = b_l (zeros where there is none)."""

    weights: tuple[Numbers, ...]
    biases: tuple[Numbers, ...]

    @classmethod
    def of(cls, layers: Layers, theta: Parameters) -> Stack:
        """The stack of a point."""
        weights = tuple(to_numpy(theta[name]) for name in layers.weights)
        biases = tuple(
            np.zeros(len(w), dtype=w.dtype) if name is None else to_numpy(theta[name])
            for w, name in zip(weights, layers.biases, strict=True)
        )
        return cls(weights, biases)

    def same(self, other: Stack, layer: int) -> bool:
        """W_l and b_l are equal, number by number."""
        return np.array_equal(self.weights[layer - 1], other.weights[layer - 1]) and np.array_equal(
            self.biases[layer - 1], other.biases[layer - 1]
        )

    def moved(self, other: Stack, layer: int) -> NDArray[np.bool_]:
        """Which units of a layer have another incoming row or bias in `other`, shape (n_l,)."""
        rows = _rows(self.weights[layer - 1] != other.weights[layer - 1])
        return np.asarray(rows | (self.biases[layer - 1] != other.biases[layer - 1]))


def only_output_layer(layers: Layers, before: Stack, after: Stack) -> bool:
    """Type O: all (W_p, b_p) with p < L are equal at both ends."""
    return all(before.same(after, p) for p in layers.hidden)


def influence(layers: Layers, before: Stack, after: Stack) -> bool:
    """Type C: no unit that can change along the segment is read by the output layer, which itself does not move.

    C_1 are the units whose row moves; C_p those whose row moves or that read C_{p-1} at either end.
    """
    if not before.same(after, layers.depth):
        return False
    changing = np.zeros(layers.sizes[0], dtype=bool)
    for p in range(1, layers.depth):
        changing = before.moved(after, p) | _reads(layers, before, p, changing) | _reads(layers, after, p, changing)
    return not _reads(layers, before, layers.depth, changing).any()


def folding(layers: Layers, before: Stack, after: Stack, moves: Relocation) -> bool:
    """Type T: once every source hands its outgoing columns to its slot, the two ends are the same network.

    Fold both ends (columns of the sources added into those of the slots, then zero); it must leave the rows and biases
    of each pair equal at each end, and the folded ends equal to each other.
    """
    for layer, pair in moves.items():
        units = np.concatenate(pair)
        if layer not in layers.hidden or not ((units >= 0) & (units < layers.sizes[layer])).all():
            raise InputError(
                f"units that move are in the hidden layers 1..{layers.depth - 1} of widths {layers.sizes[1:-1]}, "
                f"numbered from 0; got {units.tolist()} in layer {layer}; mend the path"
            )
    left, right = _folded(layers, before, moves), _folded(layers, after, moves)
    pairs = all(_twins(end, p, *pair) for end in (left, right) for p, pair in moves.items())
    return pairs and all(left.same(right, p) for p in range(1, layers.depth + 1))


def kind_of(layers: Layers, before: Parameters, after: Parameters, moves: Relocation) -> str:
    """The type that the tests find: O, C, T (with the given pairs), or ? if none applies."""
    left, right = Stack.of(layers, before), Stack.of(layers, after)
    if influence(layers, left, right):
        return "C"
    if only_output_layer(layers, left, right):
        return "O"
    return "T" if moves and folding(layers, left, right, moves) else "?"


def _reads(layers: Layers, stack: Stack, layer: int, changing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    columns = layers.cols(layer, np.flatnonzero(changing))
    return _rows(stack.weights[layer - 1][:, columns] != 0)


def _rows(entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows have a true entry, kernel axes included."""
    return np.asarray(entries.any(axis=tuple(range(1, entries.ndim))))


def _folded(layers: Layers, stack: Stack, moves: Relocation) -> Stack:
    weights = [weight.copy() for weight in stack.weights]
    for p, (sources, slots) in moves.items():
        give, take = layers.cols(p + 1, sources), layers.cols(p + 1, slots)
        weights[p][:, take] += weights[p][:, give]
        weights[p][:, give] = 0
    return Stack(tuple(weights), stack.biases)


def _twins(stack: Stack, layer: int, sources: Units, slots: Units) -> bool:
    weight, bias = stack.weights[layer - 1], stack.biases[layer - 1]
    return np.array_equal(weight[sources], weight[slots]) and np.array_equal(bias[sources], bias[slots])
