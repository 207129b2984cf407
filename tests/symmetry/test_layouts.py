from __future__ import annotations

from itertools import product as pairs

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from toykit.seeds import generator
from toykit.symmetry.layouts import Part, chain, freeze, leaves, product, tie, windows

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@st.composite
def terms(draw: st.DrawFn, size: int, depth: int = 3) -> Part:
    """A part of that size: a leaf, or a product or sum of smaller ones."""
    factors = [n for n in range(2, size) if size % n == 0]
    kinds = ["leaf"] + ["sum"] * (size > 1) + ["product"] * bool(factors)
    kind = draw(st.sampled_from(kinds)) if depth else "leaf"
    if kind == "product":
        first = draw(st.sampled_from(factors))
        return product([draw(terms(first, depth - 1)), draw(terms(size // first, depth - 1))])
    if kind == "sum":
        first = draw(st.integers(1, size - 1))
        return chain([draw(terms(first, depth - 1)), draw(terms(size - first, depth - 1))])
    return Part(size, draw(st.sampled_from([None, None, None, "frozen by the test"])))


def moved(part: Part, perms: dict[int, NDArray[np.int64]]) -> NDArray[np.int64]:
    """Naive twin of `windows`: the order of the entries when every leaf is permuted, straight from the definition."""
    while part.joined is not None:
        part = part.joined
    if part.parts is None:
        return perms[id(part)]
    first, second = (moved(inner, perms) for inner in part.parts)
    if not part.product:
        return np.concatenate([first, len(first) + second])
    return (first[:, None] * len(second) + second[None, :]).ravel()


def elements(*parts: Part, number: int = 0) -> dict[int, NDArray[np.int64]]:
    draw, found = generator("leaf orders", number), {}
    for leaf in (leaf for part in parts for leaf in leaves(part)):
        still = np.arange(leaf.size)
        found.setdefault(id(leaf), still if leaf.reason else draw.permutation(leaf.size))
    return found


@given(st.data(), st.integers(1, 24))
def test_tied_parts_move_alike(data: st.DataObject, size: int) -> None:
    a, b = data.draw(terms(size)), data.draw(terms(size))
    tie(a, b, "the test")
    for number in range(3):
        perms = elements(a, b, number=number)
        assert np.array_equal(moved(a, perms), moved(b, perms))


@given(st.data(), st.integers(1, 24))
def test_ties_hold_when_more_are_tied_later(data: st.DataObject, size: int) -> None:
    a, b, c, d = (data.draw(terms(size)) for _ in range(4))
    for left, right in ((a, b), (c, d), (b, c)):
        tie(left, right, "the test")
    perms = elements(a, b, c, d)
    assert all(np.array_equal(moved(a, perms), moved(other, perms)) for other in (b, c, d))


@given(st.data(), st.integers(1, 24))
def test_windows_are_where_the_leaves_lie(data: st.DataObject, size: int) -> None:
    part = data.draw(terms(size))
    perms = elements(part)
    order = np.arange(size)
    for leaf, start, block in windows(part):
        stop = start + leaf.size * block
        order[start:stop] = order[start:stop].reshape(leaf.size, block)[perms[id(leaf)]].ravel()
    assert np.array_equal(order, moved(part, perms))


def free(part: Part) -> list[int]:
    return [leaf.size for leaf in leaves(part) if leaf.reason is None and leaf.size > 1]


@given(SHAPES, SHAPES)
def test_nothing_is_frozen_where_one_cut_refines_the_other(first: list[int], second: list[int]) -> None:
    coarse = product([Part(int(np.prod(first))), Part(int(np.prod(second)))])
    fine = product([Part(size) for size in (*first, *second)])
    tie(coarse, fine, "a reshape")
    assert free(coarse) == free(fine) == [size for size in (*first, *second) if size > 1]


def test_a_concatenation_meets_its_chunks() -> None:
    whole, (a, b, c) = Part(12), (Part(2), Part(4), Part(6))
    tie(whole, chain([a, b, c]), "cat")
    tie(whole, chain([Part(6), Part(6)]), "chunk")
    assert free(whole) == [2, 4, 6]


def test_channels_of_a_concatenation_behind_a_flatten() -> None:
    channels, flat = chain([Part(2), Part(3)]), Part(20)
    tie(flat, product([channels, Part(4, "moved by a window")]), "flatten")
    assert free(flat) == [2, 3]
    assert [(leaf.size, start, block) for leaf, start, block in windows(flat) if leaf.reason is None] == [(2, 0, 4), (3, 8, 4)]


@pytest.mark.parametrize(("left", "right"), list(pairs([(2, 3)], [(3, 2)])))
def test_cuts_that_do_not_nest_are_frozen(left: tuple[int, int], right: tuple[int, int]) -> None:
    a, b = (product([Part(size) for size in sizes]) for sizes in (left, right))
    tie(a, b, "view in block.3")
    assert free(a) == free(b) == []
    assert {leaf.reason for leaf in leaves(a)} == {"view in block.3 divides the 6 entries in two ways that do not fit together"}


def test_a_frozen_axis_freezes_what_is_tied_to_it_before_and_after() -> None:
    a, b, c = Part(6), Part(6), Part(6)
    tie(a, b, "the test")
    freeze(a, "first")
    tie(c, b, "the test")
    tie(c, product([Part(2), Part(3)]), "the test")
    freeze(b, "second")
    assert [leaf.reason for leaf in leaves(b)] == ["first", "first"]


def test_lengths_that_differ_are_an_error_of_the_rule() -> None:
    with pytest.raises(ValueError, match="got 2 and 3 in add"):
        tie(Part(2), Part(3), "add")
