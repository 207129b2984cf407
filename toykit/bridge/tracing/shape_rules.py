"""Operators that rearrange: reshapes, permuted axes, concatenations, slices, padding, broadcasting, and constants."""

from __future__ import annotations

from collections.abc import Sequence

from toykit.bridge.tracing.axis_rules import Rule
from toykit.bridge.tracing.flow import Axes, Flow, called
from toykit.bridge.tracing.graph import Node
from toykit.symmetry.layouts import Part, chain, product


def reshape(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Runs of axes with equal products are tied: each side is a product of its axes."""
    found = [Part(size) for size in node.shape]
    for before, after in runs(given["input"], found):
        flow.tie(node, product(before), product(after))
    return tuple(found)


def runs(before: Sequence[Part], after: Sequence[Part]) -> list[tuple[list[Part], list[Part]]]:
    """The shortest runs of axes of equal length that two shapes of one array divide into; axes of length 1 are left out."""
    left, right = [part for part in before if part.size != 1], [part for part in after if part.size != 1]
    found: list[tuple[list[Part], list[Part]]] = []
    while left:
        one, other = [left.pop(0)], [right.pop(0)]
        sizes = [one[0].size, other[0].size]
        while sizes[0] != sizes[1]:
            if sizes[0] < sizes[1]:
                one.append(left.pop(0))
                sizes[0] *= one[-1].size
            else:
                other.append(right.pop(0))
                sizes[1] *= other[-1].size
        found.append((one, other))
    return found


def permute(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Axes in another order."""
    return tuple(given["input"][axis] for axis in node.options["dims"])


def expand(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Equal copies along an axis of length 1: any order of the copies is the same array."""
    x = given["input"]
    padded = (*(Part(1) for _ in range(len(node.shape) - len(x))), *x)
    found = tuple(part if part.size == size else Part(size) for part, size in zip(padded, node.shape, strict=True))
    flow.bend(*(part for part, own in zip(found, padded, strict=True) if part is not own))
    return found


def repeat(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Whole copies of an axis one after the other."""
    x = given["input"]
    padded = (*(Part(1) for _ in range(len(node.shape) - len(x))), *x)
    copies = [Part(size // part.size) for part, size in zip(padded, node.shape, strict=True)]
    flow.bend(*copies)
    return tuple(product([many, part]) for many, part in zip(copies, padded, strict=True))


def repeat_interleave(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes | None:
    """Every entry of an axis as often, one copy behind the other."""
    x, dim = given["input"], node.options.get("dim")
    if set(given) != {"input"} or dim is None:
        return None
    copies = Part(node.shape[dim] // x[dim].size)
    flow.bend(copies)
    return (*x[:dim], product([x[dim], copies]), *x[dim + 1 :])


def concatenation(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """One axis is a sum, the others are tied."""
    dim, operands = int(node.options["dim"]), _ordered(given)
    rest = flow.broadcast(node, [(*axes[:dim], *axes[dim + 1 :]) for axes in operands])
    return (*rest[:dim], chain([axes[dim] for axes in operands]), *rest[dim:])


def stack(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """A new axis with an entry for each operand, all of them tied."""
    dim, operands = int(node.options["dim"]), _ordered(given)
    rest = flow.broadcast(node, operands)
    return (*rest[:dim], flow.frozen(len(operands), f"{called(node)} gives every entry its place"), *rest[dim:])


def slicing(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """A run of entries: the axis is a sum of three parts."""
    x, dim, start = given["input"], int(node.options["dim"]), int(node.options["start"])
    size = node.shape[dim]
    if node.options["step"] != 1:
        reason = f"{called(node)} takes every {node.options['step']}th entry"
        flow.fix((x[dim],), reason)
        return (*x[:dim], flow.frozen(size, reason), *x[dim + 1 :])
    return (*x[:dim], _part(flow, node, x[dim], start, size), *x[dim + 1 :])


def select(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """One entry of an axis."""
    x, dim = given["input"], int(node.options["dim"])
    flow.fix((x[dim],), f"{called(node)} takes one entry of it")
    return (*x[:dim], *x[dim + 1 :])


def index(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes | None:
    """Entries chosen by one array of numbers."""
    chosen = [role for role in given if role.startswith("indices.")]
    if len(chosen) != 1:
        return None
    x, dim = given["input"], int(chosen[0].partition(".")[2])
    flow.fix((x[dim],), f"{called(node)} chooses entries of it")
    return (*x[:dim], *given[chosen[0]], *x[dim + 1 :])


def index_select(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Entries of one axis chosen by numbers."""
    x, dim = given["input"], int(node.options["dim"])
    flow.fix((x[dim],), f"{called(node)} chooses entries of it")
    return (*x[:dim], *given["index"], *x[dim + 1 :])


def slice_scatter(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """A run of entries of an axis replaced by those of another array."""
    x, src, dim = given["input"], given["src"], int(node.options["dim"])
    start = slice(node.options.get("start"), None).indices(x[dim].size)[0]
    if node.options.get("step", 1) != 1:
        flow.fix((x[dim], src[dim]), f"{called(node)} writes into single entries")
    else:
        flow.tie(node, _part(flow, node, x[dim], start, src[dim].size), src[dim])
    flow.broadcast(node, [(*axes[:dim], *axes[dim + 1 :]) for axes in (x, src)])
    return x


def select_scatter(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """One entry of an axis replaced by another array."""
    x, dim = given["input"], int(node.options["dim"])
    flow.fix((x[dim],), f"{called(node)} writes into one entry of it")
    flow.broadcast(node, ((*x[:dim], *x[dim + 1 :]), given["src"]))
    return x


def padding(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Constants before and behind the entries of an axis, which may change places among themselves."""
    x, pad, found = given["input"], node.options["pad"], list(given["input"])
    for place in range(len(pad) // 2):
        axis, around = len(x) - 1 - place, pad[2 * place : 2 * place + 2]
        if min(around) < 0 or node.options.get("mode", "constant") != "constant":
            reason = f"{called(node)} takes entries of it by their place"
            flow.fix((x[axis],), reason)
            found[axis] = flow.frozen(node.shape[axis], reason)
        elif max(around) > 0:
            found[axis] = chain([Part(around[0]), x[axis], Part(around[1])])
    if node.options.get("value"):
        flow.bend(*found)
    return tuple(found)


def ordered(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Sums along an axis, reversals, triangles: the order of some axes is part of what is computed."""
    x = given["input"]
    axes = node.options.get("dim", node.options.get("dims"))
    places = (-2, -1) if node.op in {"tril", "triu"} else (axes,) if isinstance(axes, int) else tuple(axes or range(len(x)))
    flow.fix((x[axis] for axis in places), f"{called(node)} depends on its order")
    flow.bend(*x)
    return x


def uniform(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """An array of one number."""
    found = tuple(map(Part, node.shape))
    flow.bend(*found)
    return found


def constant(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """An array that no state dict holds: it cannot be permuted along."""
    return tuple(flow.frozen(size, f"a constant of the forward pass ({node.name})") for size in node.shape)


def inputs(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """The inputs of the network."""
    return tuple(flow.frozen(size, "it meets the inputs of the network") for size in node.shape)


def pixel_shuffle(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Every run of r^2 channels becomes a square of r x r pixels of one channel."""
    x, place = given["input"], len(given["input"]) - 3
    reason = f"{called(node)} gives every entry its place"
    channel = Part(node.shape[place])
    square = flow.frozen(x[place].size // channel.size, reason)
    flow.tie(node, x[place], product([channel, square]))
    flow.fix(x[place + 1 :], reason)
    return (*x[:place], channel, *(flow.frozen(size, reason) for size in node.shape[place + 1 :]))


def item(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """A further output of an operator with several, all of which are frozen with it."""
    return tuple(flow.frozen(size, f"{called(flow.traced[node.inputs[0]])} has no rule") for size in node.shape)


def _part(flow: Flow, node: Node, axis: Part, start: int, size: int) -> Part:
    """The entries from `start` on, `size` of them."""
    inner = Part(size)
    flow.tie(node, axis, chain([Part(start), inner, Part(axis.size - start - size)]))
    return inner


def _ordered(given: dict[str, Axes]) -> list[Axes]:
    return [given[role] for role in sorted(given, key=lambda role: int(role.partition(".")[2]))]


SHAPE_RULES: dict[str, Rule] = {
    **dict.fromkeys(("cumsum", "cumprod", "flip", "roll", "tril", "triu", "logcumsumexp"), ordered),
    **dict.fromkeys(("zeros", "ones", "full", "scalar_tensor", "new_zeros", "new_ones", "new_full"), uniform),
    **dict.fromkeys(("constant", "arange", "linspace", "eye"), constant),
    "reshape": reshape,
    "permute": permute,
    "expand": expand,
    "repeat": repeat,
    "repeat_interleave": repeat_interleave,
    "cat": concatenation,
    "stack": stack,
    "slice": slicing,
    "select": select,
    "index": index,
    "index_select": index_select,
    "slice_scatter": slice_scatter,
    "select_scatter": select_scatter,
    "pad": padding,
    "pixel_shuffle": pixel_shuffle,
    "input": inputs,
    "item": item,
}
