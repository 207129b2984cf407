"""Labelled subspaces: counts, dimensions, components, and the same intersections from the full joint systems."""

from __future__ import annotations

from itertools import combinations
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.activations import ACTIVATIONS
from toykit.checks.connectivity.extra_neuron import counted
from toykit.connectivity.certificate import typed
from toykit.connectivity.labellings import Labelling, Units, dimension, labellings
from toykit.connectivity.permuted import freed, permuted, permuting
from toykit.connectivity.toys import random_nets
from toykit.connectivity.units import Layers
from toykit.errors import InputError
from toykit.networks import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SEPARATED

COPIES = {(1, 4): 1, (2, 3): 6, (2, 4): 14, (2, 5): 30, (3, 3): 6, (3, 4): 36, (3, 5): 150, (4, 4): 24, (4, 5): 240}
ALL = {
    (1, 2): 3,
    (1, 3): 10,
    (1, 4): 37,
    (2, 2): 2,
    (2, 3): 12,
    (2, 4): 62,
    (2, 5): 320,
    (3, 3): 6,
    (3, 4): 60,
    (3, 5): 450,
    (3, 6): 3120,
    (4, 4): 24,
    (4, 5): 360,
}


def random_units(r: int, d: int = 2, k: int = 1, number: int = 0) -> Units:
    draw = generator("units to embed", number)
    return Units(draw.normal(size=(r, d)), draw.normal(size=(r, k)))


@pytest.mark.parametrize(("sizes", "count"), COPIES.items(), ids=str)
def test_copies_only(sizes: tuple[int, int], count: int) -> None:
    assert counted("copies", *sizes) == count
    assert sum(max(label) < sizes[0] for label in labellings(*sizes)) == count


@pytest.mark.parametrize(("sizes", "count"), ALL.items(), ids=str)
def test_all_labellings(sizes: tuple[int, int], count: int) -> None:
    found = list(labellings(*sizes))
    assert counted("labellings", *sizes) == count == len(found) == len(set(found))


@pytest.mark.parametrize(("sizes", "count"), [((1, 2), 1), ((2, 3), 1), ((3, 4), 1), ((2, 4), 1), ((2, 2), 2), ((3, 3), 6)])
def test_components(sizes: tuple[int, int], count: int) -> None:
    meeting = random_units(sizes[0]).meetings(sizes[1])
    assert meeting.components == count
    assert meeting.different == len(meeting.found)
    if sizes[0] == sizes[1]:
        assert set(meeting.dimensions) == {0}
        assert len(meeting.found) == factorial(sizes[0])


def test_dimensions() -> None:
    for r in (1, 2, 3):
        assert set(random_units(r).meetings(r + 1).dimensions) == {1, 2}
    wide = random_units(2).meetings(4).dimensions
    assert (min(wide), max(wide)) == (2, 4)


@given(r=st.integers(1, 3), extra=st.integers(0, 2), d=st.integers(1, 4), k=st.integers(1, 3))
@settings(max_examples=20)
def test_the_dimension_formula(r: int, extra: int, d: int, k: int) -> None:
    units = random_units(r, d, k)
    for label in labellings(r, r + extra):
        assert units.meet(label) == dimension(label, r, d, k)


def joint(units: Units, labels: tuple[Labelling, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Naive twin: every equation on (w_1, .., w_m, a_1, .., a_m) written out."""
    (r, d), k, m = units.incoming.shape, units.outgoing.shape[1], len(labels[0])
    rows, right = [], []

    def equation(entries: dict[int, float], value: float) -> None:
        row = np.zeros(m * (d + k))
        for place, factor in entries.items():
            row[place] = factor
        rows.append(row)
        right.append(value)

    for label in labels:
        for c in set(label):
            members = [j for j in range(m) if label[j] == c]
            for x in range(k):
                equation({m * d + j * k + x: 1.0 for j in members}, units.outgoing[c, x] if c < r else 0.0)
            for j in members:
                for x in range(d):
                    if c < r:
                        equation({j * d + x: 1.0}, units.incoming[c, x])
                    elif j != members[0]:
                        equation({j * d + x: 1.0, members[0] * d + x: -1.0}, 0.0)
    return np.array(rows), np.array(right)


@pytest.mark.parametrize("sizes", [(1, 2), (1, 3), (2, 2), (2, 3), (3, 3)])
def test_intersections_from_the_full_systems(sizes: tuple[int, int]) -> None:
    units = random_units(sizes[0], 2, 2, 1)
    found = list(labellings(*sizes))
    for pair in combinations(found, 2):
        left, right = joint(units, pair)
        solution, _, rank, _ = np.linalg.lstsq(left, right, rcond=None)
        meets = np.abs(left @ solution - right).max() < SEPARATED
        assert units.meet(*pair) == (left.shape[1] - rank if meets else None)


@settings(max_examples=25)
@given(number=st.integers(0, 999), name=st.sampled_from(["relu", "tanh", "leaky_relu"]))
def test_the_function_is_the_same_on_every_subspace(number: int, name: str) -> None:
    units, draw = random_units(2, 3, 2, number), generator("points of subspaces", number)
    x, sigma = draw.normal(size=(9, 3)), ACTIVATIONS[name].value
    truth = sigma(x @ units.incoming.T) @ units.outgoing
    for label in labellings(2, 4):
        point = units.sampled(label, draw)
        size = max(1.0, float(np.abs(point.incoming).max() * np.abs(point.outgoing).max()))
        assert np.abs(sigma(x @ point.incoming.T) @ point.outgoing - truth).max() <= ROUNDING * size * 10


def test_equal_units_let_subspaces_coincide() -> None:
    meeting = Units(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([[3.0], [3.0]])).meetings(3)
    assert len(meeting.found) == 12
    assert meeting.different < 12


def test_more_functions_than_units_are_refused() -> None:
    with pytest.raises(InputError, match="m >= r units"):
        labellings(3, 2)


@settings(max_examples=20)
@given(number=st.integers(0, 200))
def test_a_permuted_copy_is_reached_number_by_number(number: int) -> None:
    pair = random_nets(number)
    network = pair.landscape
    assert isinstance(network, MLP)
    layers = Layers.of(network, pair.theta_a)
    start, slots = freed(layers, pair.theta_a)
    draw = generator("cycles", number)
    cycles = {}
    for p in layers.hidden:
        everything = draw.permutation(layers.sizes[p])[: int(draw.integers(2, layers.sizes[p] + 1))].tolist()
        cycles[p] = tuple(everything)  # with or without the slot
    path, target = typed(network, permuting(layers, start, slots, cycles)), permuted(layers, start, cycles)
    assert (path.waypoints[-1] - target).norm() == 0
    assert "?" not in path.kinds  # a move of equal numbers is of any type
    assert network.loss(target) == pytest.approx(network.loss(start), rel=ROUNDING)
    longest = max(len(c) + (1 if slots[p] not in c else -1) for p, c in cycles.items())
    assert len(path.segments) == 2 * longest + 1


def test_a_transposition_takes_six_segments_and_one_to_tidy() -> None:
    pair = random_nets(1)
    layers = Layers.of(pair.landscape, pair.theta_a)
    start, slots = freed(layers, pair.theta_a)
    others = {p: tuple(layers.others(p, [slots[p]])[:2].tolist()) for p in layers.hidden}
    assert len(permuting(layers, start, slots, others).segments) == 7


def test_surjections_by_inclusion_and_exclusion() -> None:
    for r in range(1, 5):
        for m in range(r, 7):
            assert counted("copies", r, m) == sum((-1) ** i * comb(r, i) * (r - i) ** m for i in range(r + 1))
