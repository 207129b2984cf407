"""How the entries of an axis are made up: leaves that may be permuted as wholes, their products and their sums.

An axis of n entries starts as one leaf: all n! orders are allowed. An operator that views it as (a, b) splits the leaf into a
product, rows of b entries: now only orders of the a rows and, the same in every row, of the b places. A concatenation makes a
sum. Two axes that must move together are tied: their leaves are split until both are made up alike, then joined (unification,
with union-find below). Where no common refinement exists, all of it is frozen: fewer symmetries, never a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Part:
    """A run of `size` entries. A leaf, or a product or sum of two parts; several parts may be joined into one."""

    __slots__ = ("joined", "parts", "product", "reason", "size")

    def __init__(self, size: int, reason: str | None = None) -> None:
        self.size = size
        self.reason = reason  # why it is frozen; None where it is free; of a leaf only
        self.joined: Part | None = None
        self.parts: tuple[Part, Part] | None = None
        self.product = False


class Window(NamedTuple):
    """Where a leaf lies in an axis: its unit i is the entries start + i*block .. start + (i+1)*block - 1."""

    leaf: Part
    start: int
    block: int


def found(part: Part) -> Part:
    """What the part has been joined with, itself at first."""
    while part.joined is not None:
        if part.joined.joined is not None:
            part.joined = part.joined.joined  # halves the way for the next one
        part = part.joined
    return part


def product(parts: Sequence[Part]) -> Part:
    """The axis whose entries are numbered row by row over all parts, as a reshape merges axes."""
    return _nested([part for part in parts if part.size != 1], is_product=True)


def chain(parts: Sequence[Part]) -> Part:
    """The axis made of the parts one after the other, as a concatenation makes it."""
    return _nested([part for part in parts if part.size != 0], is_product=False)


def freeze(part: Part, reason: str) -> None:
    """Forbid every permutation of the part; the first reason is kept."""
    part = found(part)
    if part.parts is not None:
        for inner in part.parts:
            freeze(inner, reason)
    elif part.reason is None:
        part.reason = reason


def tie(left: Part, right: Part, where: str) -> None:
    """From now on both parts are permuted alike; frozen where they cannot be, with `where` in the reason."""
    a, b = found(left), found(right)
    if a.size != b.size:
        raise ValueError(f"tied axes have one length; got {a.size} and {b.size} in {where}")
    if a is b or a.size == 1:
        return
    if a.parts is None or b.parts is None:
        leaf, other = (a, b) if a.parts is None else (b, a)
        leaf.joined = other
        if leaf.reason is not None:
            freeze(other, leaf.reason)
        return
    if not a.product or not b.product:
        whole, cut = (b, a) if not a.product else (a, b)
        first, second = _parts(cut)
        halves = _cut(whole, first.size)
    else:
        (first, second), (other, _) = _parts(a), _parts(b)
        if first.size > other.size:
            a, b = b, a
            first, second = _parts(a)
        halves = _rows(b, first.size)
    if halves is None:
        reason = f"{where} divides the {a.size} entries in two ways that do not fit together"
        freeze(a, reason)
        freeze(b, reason)
        return
    tie(first, halves[0], where)
    tie(second, halves[1], where)


def windows(part: Part, start: int = 0, block: int = 1) -> Iterator[Window]:
    """Every place of every leaf in an axis, in order; a frozen leaf is told once, however often it is repeated."""
    part = found(part)
    if part.parts is None:
        yield Window(part, start, block)
        return
    first, second = part.parts
    if not part.product:
        yield from windows(first, start, block)
        yield from windows(second, start + first.size * block, block)
        return
    yield from windows(first, start, block * second.size)
    inner = list(windows(second, start, block))
    for row in range(first.size):
        for leaf, place, size in inner:
            if row == 0 or leaf.reason is None:
                yield Window(leaf, place + row * second.size * block, size)


def leaves(part: Part) -> Iterator[Part]:
    """Every leaf once per mention."""
    part = found(part)
    if part.parts is None:
        yield part
    else:
        for inner in part.parts:
            yield from leaves(inner)


def _nested(parts: Sequence[Part], *, is_product: bool) -> Part:
    if not parts:
        return Part(1)
    if len(parts) == 1:
        return parts[0]
    return _joint(parts[0], _nested(parts[1:], is_product=is_product), is_product=is_product)


def _joint(first: Part, second: Part, *, is_product: bool) -> Part:
    whole = Part(first.size * second.size if is_product else first.size + second.size)
    whole.parts, whole.product = (first, second), is_product
    return whole


def _parts(part: Part) -> tuple[Part, Part]:
    if part.parts is None:
        raise ValueError("a leaf has no parts")
    return part.parts


def _split(leaf: Part, first: int, second: int, *, is_product: bool) -> tuple[Part, Part]:
    leaf.parts, leaf.product = (Part(first, leaf.reason), Part(second, leaf.reason)), is_product
    leaf.reason = None
    return leaf.parts


def _cut(part: Part, at: int) -> tuple[Part, Part] | None:
    """The part as a sum whose first term has `at` entries."""
    part = found(part)
    if part.parts is None:
        return _split(part, at, part.size - at, is_product=False)
    first, second = part.parts
    if part.product:
        halves = _cut(first, at // second.size) if at % second.size == 0 else None
        return None if halves is None else (product([halves[0], second]), product([halves[1], second]))
    if first.size == at:
        return first, second
    if first.size > at:
        halves = _cut(first, at)
        return None if halves is None else (halves[0], chain([halves[1], second]))
    halves = _cut(second, at - first.size)
    return None if halves is None else (chain([first, halves[0]]), halves[1])


def _rows(part: Part, count: int) -> tuple[Part, Part] | None:
    """The part as a product of `count` rows."""
    part = found(part)
    if part.size % count:
        return None
    if count in {1, part.size}:
        return (Part(1), part) if count == 1 else (part, Part(1))
    width = part.size // count
    if part.parts is None:
        return _split(part, count, width, is_product=True)
    first, second = part.parts
    if not part.product:
        if first.size % width:
            return None
        above, below = _rows(first, first.size // width), _rows(second, second.size // width)
        if above is None or below is None:
            return None
        tie(above[1], below[1], "a concatenation")
        return chain([above[0], below[0]]), above[1]
    if first.size % count == 0:
        halves = _rows(first, count)
        return None if halves is None else (halves[0], product([halves[1], second]))
    if count % first.size == 0:
        halves = _rows(second, count // first.size)
        return None if halves is None else (product([first, halves[0]]), halves[1])
    return None
