"""One free unit per hidden layer is a buffer through which the units of a layer change places at constant output.

A cycle of k units takes k + 1 relocations of two segments each: the first unit moves into the free slot, each other one
into the slot that its predecessor left, and the first one comes back [connectivity/extra_neuron].
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

import numpy as np

from toykit.arrays import copied
from toykit.connectivity.join import relocate
from toykit.connectivity.segments import Stack
from toykit.connectivity.units import Draft, Layers, Units, units
from toykit.parameters import Array, Parameters
from toykit.paths import Path, Segment

Cycles = Mapping[int, tuple[int, ...]]
"""Per hidden layer (c_0, c_1, ..): unit c_0 goes to place c_1, c_1 to c_2, the last one to c_0."""


def freed(layers: Layers, theta: Parameters, *, cut: bool = True) -> tuple[Parameters, dict[int, int]]:
    """The network without the unit of each hidden layer that sends least, and these units; `cut` = False leaves all as it is."""
    stack = Stack.of(layers, theta)
    slots = {p: int(np.square(stack.weights[p]).sum(axis=0).argmin()) for p in layers.hidden}
    draft = Draft(layers, theta)
    if cut:
        for p, slot in slots.items():
            draft.weight(p + 1)[:, layers.cols(p + 1, units([slot]))] = 0
    return draft.freeze(), slots


def permuted(layers: Layers, theta: Parameters, cycles: Cycles) -> Parameters:
    """The same function with the units of each layer in their new places: rows, biases and outgoing columns."""
    draft = Draft(layers, theta)
    for p, cycle in cycles.items():
        old, new = units(cycle), units((*cycle[1:], cycle[0]))
        weight, bias, above = draft.weight(p), draft.bias(p), draft.weight(p + 1)
        _placed(weight, old, new)
        if bias is not None:
            _placed(bias, old, new)
        _placed(above.T, layers.cols(p + 1, old), layers.cols(p + 1, new))
    return draft.freeze()


def permuting(layers: Layers, theta: Parameters, slots: Mapping[int, int], cycles: Cycles) -> Path:
    """The path from a network to its permuted copy through the slots, all layers at once, and a last segment that tidies up.

    A cycle may contain the slot itself.
    """
    plans = {p: _plan(cycle, slots[p]) for p, cycle in cycles.items()}
    waypoints, segments = [theta], list[Segment]()
    for simultaneous in zip_longest(*([(p, *move) for move in moves] for p, (moves, _) in plans.items())):
        moves = {p: (units([source]), units([place])) for p, source, place in filter(None, simultaneous)}
        moved = relocate(layers, waypoints[-1], moves)
        waypoints += moved.waypoints[1:]
        segments += moved.segments
    end, target = Draft(layers, waypoints[-1]), permuted(layers, theta, cycles)
    for p, (_, left) in plans.items():  # what is free at the end holds a copy that nothing reads
        end.copy_rows(p, units([left]), target)
    return Path((*waypoints, end.freeze()), (*segments, Segment("C", "tidy")))


def _plan(cycle: tuple[int, ...], slot: int) -> tuple[list[tuple[int, int]], int]:
    """(unit, place) one after the other, and the place that is free at the end.

    The last of the cycle waits in the slot until its place is free, or stays there if the slot belongs to the cycle.
    """
    inside = slot in cycle
    if inside:
        turn = cycle.index(slot) + 1
        cycle = (*cycle[turn:], *cycle[: turn - 1])
    moves = [(cycle[-1], slot), *((cycle[i], cycle[i + 1]) for i in reversed(range(len(cycle) - 1)))]
    return (moves, cycle[0]) if inside else ([*moves, (slot, cycle[0])], slot)


def _placed(array: Array, old: Units, new: Units) -> None:
    array[new] = copied(array)[old]
