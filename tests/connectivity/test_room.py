"""Room accounting: presets, published segment counts, and agreement with what the algorithms need."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.connectivity.descend import descend
from toykit.connectivity.join import connect
from toykit.connectivity.room import Shape, accounting, fractions, halves, room, segments
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers
from toykit.errors import InputError
from toykit.parameters import Parameters


def network(widths: tuple[int, ...]) -> tuple[Layers, Parameters]:
    sizes = (2, *widths, 2)
    arrays, weights, biases = {}, [], []
    for number, (n, m) in enumerate(pairwise(sizes), start=1):
        weights.append(f"{number}.weight")
        biases.append(f"{number}.bias")
        arrays[weights[-1]], arrays[biases[-1]] = np.ones((m, n)), np.ones(m)
    return Layers(sizes, tuple(weights), tuple(biases)), Parameters(arrays)


def stages(shapes: dict[int, Shape]) -> dict[int, Subnetwork]:
    found = {}
    for layer, (kept, new) in shapes.items():
        inputs = 2 if layer == 0 else kept
        sizes = (inputs, *new, 2)
        weights = tuple(np.ones((m, n)) for n, m in pairwise(sizes))
        found[layer] = Subnetwork(layer, tuple(range(inputs)), weights, tuple(np.zeros(len(w)) for w in weights))
    return found


@given(st.lists(st.integers(2, 9), min_size=1, max_size=4))
def test_halves_always_fit(widths: list[int]) -> None:
    assert room(tuple(widths), halves(tuple(widths)), halves(tuple(widths))) == []


def test_quarters_need_the_raw_input() -> None:
    widths = (8, 8, 8)
    quarters = fractions(widths, 4)
    assert room(widths, quarters, quarters, entry=0) == []
    failing = room(widths, quarters, quarters, entry=1)
    assert [(r.name, r.layer, r.need, r.width) for r in failing] == [("R3", 1, 12, 8)]


@pytest.mark.parametrize(
    ("depth", "entry", "counts"), [(4, 1, (15, 17)), (4, 0, (19, 21)), (6, 1, (23, 25)), (6, 0, (27, 29)), (3, 1, (11, 13))]
)
def test_segment_counts(depth: int, entry: int, counts: tuple[int, int]) -> None:
    assert (segments(depth, entry, clean=False), segments(depth, entry)) == counts
    widths = (8,) * (depth - 1)
    shapes = fractions(widths, 4) if entry == 0 else halves(widths)
    layers, theta = network(widths)
    chosen = {layer: shape for layer, shape in shapes.items() if layer >= entry}
    for clean, count in zip((False, True), counts, strict=True):
        path = connect(layers, theta, theta * 2, stages(chosen), stages(chosen), entry=entry, clean=clean)
        assert len(path.segments) == count


@given(st.data())
def test_violated_room_is_what_stops_the_algorithms(data: st.DataObject) -> None:
    widths = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)))
    size = st.integers(1, 4)
    shapes = []
    for _ in range(2):
        kept = [data.draw(st.integers(1, width)) for width in widths]
        shapes.append({
            layer: Shape(kept[layer - 1], tuple(data.draw(size) for _ in widths[layer:])) for layer in range(1, len(widths) + 1)
        })
    layers, theta = network(widths)
    needed = room(widths, *shapes)

    def build() -> None:
        connect(layers, theta, theta, stages(shapes[0]), stages(shapes[1]))

    if needed:
        with pytest.raises(InputError):
            build()
    else:
        build()


def test_missing_stages_are_named() -> None:
    with pytest.raises(InputError, match="endpoint b needs at stage 1"):
        accounting((4, 4), halves((4, 4)), {2: Shape(2, ())})


def test_no_free_slot_is_one_sentence() -> None:
    layers, theta = network((2, 2))
    with pytest.raises(InputError, match="layer 2 has 0 free of 2 and 1 are needed"):
        descend(layers, theta, stages({2: Shape(2, ()), 1: Shape(1, (1,))}))


def test_fresh_networks_of_consecutive_stages_lie_side_by_side() -> None:
    """Nothing but (R2) at the last stage that has fresh hidden units fails: 4 + 2 units of 5 in layer 3."""
    stages = {1: Shape(2, (2, 2)), 2: Shape(2, (4,)), 3: Shape(1, ())}
    assert [(r.name, r.endpoint, r.layer, r.stage, r.need) for r in room((8, 8, 5), stages, stages)] == [
        ("R2", "a", 3, 2, 6),
        ("R2", "b", 3, 2, 6),
    ]
