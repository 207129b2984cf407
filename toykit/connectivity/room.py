"""Room accounting: the integer inequalities (R1), (R2), (R3) that let a path be built. No tolerance, no sampling.

With k_p kept units of layer p and m^l_p fresh units at layer p in the sub-network of stage l, for each endpoint:
(R1) k_p + m^{p-1}_p <= n_p; (R2) m^l_p + m^{l-1}_p <= n_p; and for both together (R3) |A^a_p| + |A^b_p| <= n_p, where
A_p is what is active at the end of a descent to stage `entry` (0 or 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from toykit.errors import InputError
from toykit.verdict import Outcome


class Shape(NamedTuple):
    """What stage l needs: `kept` = k_l units of layer l, `new` = (m_{l+1}, .., m_{L-1})."""

    kept: int
    new: tuple[int, ...]


@dataclass(frozen=True)
class Room:
    """One inequality need <= width, with its name, layer, stage and endpoint."""

    name: str
    endpoint: str
    layer: int
    stage: int
    need: int
    width: int

    @property
    def slack(self) -> int:
        """Units left over; negative if the inequality is violated."""
        return self.width - self.need

    def __str__(self) -> str:
        where = f"layer {self.layer}, stage {self.stage}, endpoint {self.endpoint}"
        return f"({self.name}) at {where}: needs {self.need} units of {self.width}"


def accounting(widths: tuple[int, ...], a: Mapping[int, Shape], b: Mapping[int, Shape], entry: int = 1) -> list[Room]:
    """All inequalities of a path with these sub-networks, stage l -> Shape, l = entry..L-1.

    Raises:
        InputError: a stage is missing or its sub-network has the wrong number of layers.

    """
    depth = len(widths) + 1
    for endpoint, shapes in (("a", a), ("b", b)):
        _require_stages(endpoint, shapes, depth, entry)
    found = [room for e, shapes in (("a", a), ("b", b)) for room in _descent(widths, e, shapes, entry)]
    for p in range(1, depth):
        need = _active(a, p, entry) + _active(b, p, entry)
        found.append(Room("R3", "a and b", p, entry, need, widths[p - 1]))
    return found


def room(widths: tuple[int, ...], a: Mapping[int, Shape], b: Mapping[int, Shape], entry: int = 1) -> list[Room]:
    """The inequalities that are violated, with their numbers; empty if the path fits.

    >>> stage = {1: Shape(2, (3,)), 2: Shape(3, ())}
    >>> [str(r) for r in room((4, 5), stage, stage)]
    ['(R1) at layer 2, stage 1, endpoint a: needs 6 units of 5', '(R1) at layer 2, stage 1, endpoint b: needs 6 units of 5', \
'(R3) at layer 2, stage 1, endpoint a and b: needs 6 units of 5']
    """
    return [inequality for inequality in accounting(widths, a, b, entry) if inequality.slack < 0]


def spare(rooms: Sequence[Room]) -> int:
    """Units left over in the tightest inequality; negative if one fails."""
    return min(room.slack for room in rooms)


def suffices(rooms: Sequence[Room]) -> Outcome:
    """Whether the widths suffice, with the inequalities that fail."""
    if spare(rooms) >= 0:
        return Outcome(True, f"all {len(rooms)} inequalities hold, at least {spare(rooms)} units to spare")
    return Outcome(False, "; ".join(str(room) for room in rooms if room.slack < 0))


def halves(widths: tuple[int, ...]) -> dict[int, Shape]:
    """The preset k_p = m_p = floor(n_p / 2), which always fits with entry 1."""
    half = tuple(width // 2 for width in widths)
    return {layer: Shape(half[layer - 1], half[layer:]) for layer in range(1, len(widths) + 1)}


def fractions(widths: tuple[int, ...], part: int) -> dict[int, Shape]:
    """The preset m_p = floor(n_p / part), k_p = n_p - m_p, which needs entry 0, a sub-network on the input, for part > 2."""
    new = tuple(width // part for width in widths)
    stages = {layer: Shape(widths[layer - 1] - new[layer - 1], new[layer:]) for layer in range(1, len(widths) + 1)}
    return {0: Shape(0, new), **stages}


def segments(depth: int, entry: int = 1, *, clean: bool = True, disjoint: bool = False) -> int:
    """The number of segments: 4(L - entry) + 5 with clean, + 3 without, and two fewer if the active sets are disjoint."""
    return 4 * (depth - entry) + 3 + 2 * clean - 2 * disjoint


def _descent(widths: tuple[int, ...], endpoint: str, shapes: Mapping[int, Shape], entry: int) -> list[Room]:
    depth = len(widths) + 1
    kept = [
        Room("R1", endpoint, p, p - 1, shapes[p].kept + _new(shapes, p - 1, p), widths[p - 1]) for p in range(entry + 1, depth)
    ]
    new = [
        Room("R2", endpoint, p, stage, _new(shapes, stage, p) + _new(shapes, stage - 1, p), widths[p - 1])
        for stage in range(entry + 1, depth - 1)
        for p in range(stage + 1, depth)
    ]
    return kept + new


def _new(shapes: Mapping[int, Shape], stage: int, layer: int) -> int:
    return shapes[stage].new[layer - stage - 1]


def _active(shapes: Mapping[int, Shape], layer: int, entry: int) -> int:
    return shapes[entry].kept if layer == entry else _new(shapes, entry, layer)


def _require_stages(endpoint: str, shapes: Mapping[int, Shape], depth: int, entry: int) -> None:
    if entry not in {0, 1}:
        raise InputError(f"a descent ends at stage 0 or 1; got {entry}")
    for stage in range(entry, depth):
        new = shapes[stage].new if stage in shapes else None
        if new is None or len(new) != depth - 1 - stage:
            raise InputError(
                f"endpoint {endpoint} needs at stage {stage} a sub-network with {depth - 1 - stage} hidden layers; got {new}"
            )
