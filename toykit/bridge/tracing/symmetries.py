"""The permutation symmetries of any module, found from its traced graph, and the check that they are symmetries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import nn

from toykit.bridge.tracing.axis_rules import AXIS_RULES
from toykit.bridge.tracing.example import Example
from toykit.bridge.tracing.flow import Axes, Flow
from toykit.bridge.tracing.graph import Node, Traced
from toykit.bridge.tracing.self_check import self_check
from toykit.bridge.tracing.shape_rules import SHAPE_RULES
from toykit.bridge.tracing.traced import trace
from toykit.bridge.tracing.unpacked import unpacked
from toykit.symmetry.groups import Axis, Frozen, Group, Symmetries
from toykit.symmetry.layouts import Part, Window, leaves, windows
from toykit.tolerances import TORCH32, TORCH64

RULES = AXIS_RULES | SHAPE_RULES


def symmetries(module: nn.Module, example_inputs: Example, *, seed: int = 0, check: bool = True) -> Symmetries:
    """The permutations of the units of a module that leave its outputs as they are, whatever its parameters.

    Axes of the inputs and outputs are frozen, and the axes that an operator without a rule touches; `notes` names it. With
    `check`, random elements are tried on random parameters in float64, and a group that changes the outputs is frozen.

    Raises:
        InputError: the module cannot be traced.

    """
    traced = trace(module, example_inputs)
    result = propagated(traced)
    # a cast to single precision inside the module leaves its rounding in the outputs
    tolerance = TORCH32 if any(node.op == "cast" for node in traced.nodes) else TORCH64
    if not check or self_check(module, example_inputs, result, seed) <= tolerance:
        return result
    kept, refused, notes = [], list(result.frozen), list(result.notes)
    for group in result.groups:
        change = self_check(module, example_inputs, replace(result, groups=(group,), rotations=()), seed)
        if change <= tolerance:
            kept.append(group)
            continue
        notes.append(f"{group.name} failed the self-check and is frozen: the outputs changed by {change:.1e}")
        refused += [Frozen(place.tensor, place.axis, "it failed the self-check") for place in group.axes]
    return Symmetries(tuple(kept), tuple(dict.fromkeys(refused)), tuple(notes))


def propagated(traced: Traced) -> Symmetries:
    """The symmetries that the rules find on a graph, unchecked."""
    flow = followed(traced)
    bent = {id(leaf) for part in flow.bent for leaf in leaves(part)}
    places = _places(flow)
    groups = tuple(Group(name, leaf.size, axes) for name, leaf, axes in _named(places))
    linear = tuple(name for name, leaf, _ in _named(places) if id(leaf) not in bent)
    return Symmetries(groups, tuple(_frozen(flow)), tuple(flow.notes), linear)


def followed(traced: Traced) -> Flow:
    """The layout of every axis of every value, after all rules have been applied."""
    flow = Flow(unpacked(traced))
    for node in flow.traced.nodes:
        given = flow.operands(node)
        flow.values[node.name] = _followed(flow, node, given)
        if node.op in AXIS_RULES:
            flow.reached.extend(part for axes in given.values() for part in axes)
    for name in traced.outputs:
        flow.fix(flow.values[name], "it meets the outputs of the network")
    reached = {id(leaf) for part in flow.reached for leaf in leaves(part)}
    for axes in flow.state.values():
        unused = (leaf for part in axes for leaf in leaves(part) if id(leaf) not in reached)
        flow.fix(unused, "inputs of this size do not reach it")
    return flow


def _followed(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    rule = RULES.get(node.op)
    try:
        axes = None if rule is None else rule(flow, node, given)
    except (LookupError, ValueError):  # a form of the operator that its rule was not written for
        axes = None
    if axes is None or tuple(part.size for part in axes) != node.shape:
        return flow.unknown(node)
    return axes


def _windows(flow: Flow, name: str) -> Iterator[tuple[int, Window]]:
    for axis, part in enumerate(flow.state[name]):
        yield from ((axis, window) for window in windows(part) if window.leaf.size > 1)


def _places(flow: Flow) -> list[tuple[Part, tuple[Axis, ...]]]:
    """Every free leaf with all windows of it, in the order of execution, arrays of several names under each of them."""
    places: dict[int, tuple[Part, list[Axis]]] = {}
    for name in flow.order:
        for axis, (leaf, start, block) in _windows(flow, name):
            if leaf.reason is None:
                _, axes = places.setdefault(id(leaf), (leaf, []))
                axes.extend(Axis(alias, axis, start, block) for alias in (name, *flow.traced.tied.get(name, ())))
    return [(leaf, tuple(axes)) for leaf, axes in places.values()]


def _named(places: Sequence[tuple[Part, tuple[Axis, ...]]]) -> Iterator[tuple[str, Part, tuple[Axis, ...]]]:
    """A group is called after the layer that makes its units, with what they are where the layer makes several kinds."""
    taken: set[str] = set()
    for leaf, axes in places:
        first = axes[0]
        name = first.tensor.rpartition(".")[0] or first.tensor
        if first.block > 1:
            name += "/blocks"
        elif sum(place.tensor == first.tensor and place.axis == first.axis for place in axes) > 1:
            name += "/inside"
        number = 2
        unique = name
        while unique in taken:
            unique, number = f"{name}#{number}", number + 1
        taken.add(unique)
        yield unique, leaf, axes


def _frozen(flow: Flow) -> Iterator[Frozen]:
    for name in flow.state:
        told = dict.fromkeys((axis, window.leaf.reason) for axis, window in _windows(flow, name))
        for axis, reason in told:
            if reason is not None:
                yield from (Frozen(alias, axis, reason) for alias in (name, *flow.traced.tied.get(name, ())))
