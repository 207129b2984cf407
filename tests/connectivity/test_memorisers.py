"""The two memorisers interpolate: widths and residuals of the theory, exact arithmetic beside float64, refusals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.connectivity.deep_memoriser import deep_memoriser, lined_up, square
from toykit.connectivity.memorisers import Memoriser, class_code, decoded, relu
from toykit.connectivity.shallow_memoriser import groupings, shallow_memoriser
from toykit.errors import InputError, ShapeError
from toykit.losses import CrossEntropy
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED

DEEP = [
    ((16, 1, 4, 4, 0), (7, 8)),
    ((36, 2, 6, 6, 0), (11, 24)),
    ((100, 3, 10, 10, 2), (1, 1, 19, 60)),
    ((225, 3, 15, 15, 0), (29, 90)),
    ((7, 1, 1, 7, 0), (1, 14)),
    ((7, 1, 7, 1, 0), (13, 2)),
]
SHALLOW = [
    ((20, 1, 5), 16, 16),
    ((36, 2, 9), 24, 32),
    ((100, 3, 10), 80, 120),
    ((225, 3, 15), 120, 180),
    ((225, 10, 20), 264, 480),
]


def gaussian(number: int, count: int, width: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    draw = generator("memorised rows", number)
    return draw.normal(size=(count, width)), draw.normal(size=(count, outputs))


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(("sizes", "widths"), DEEP)
def test_deep(sizes: tuple[int, ...], widths: tuple[int, ...], number: int) -> None:
    count, outputs, groups, size, leading = sizes
    made = deep_memoriser(*gaussian(number, count, 5, outputs), groups, size, leading=leading)
    assert made.widths == widths
    assert made.residual <= SOLVED
    if count == 7:
        assert made.residual <= ROUNDING
    assert made.subnetwork(1, tuple(range(5))).shape == (5, widths)


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize(("sizes", "shared", "unshared"), SHALLOW)
def test_shallow(sizes: tuple[int, int, int], shared: int, unshared: int, number: int) -> None:
    count, outputs, width = sizes
    points, targets = gaussian(number, count, width, outputs)
    made, grouping = shallow_memoriser(points, targets)
    assert made.widths == (shared,)
    assert grouping.general
    assert made.residual <= SOLVED
    alone, _ = shallow_memoriser(points, targets, shared=False, draws=20)
    assert alone.widths == (unshared,)


def exact_outputs(made: Memoriser) -> list[list[Fraction]]:
    """The network in rational arithmetic, neuron by neuron, at the stored weights."""
    found = []
    for row in made.points:
        values = [Fraction(x) for x in row]
        for number, (weight, bias) in enumerate(zip(made.weights, made.biases, strict=True), start=1):
            sums = [neuron(w, b, values) for w, b in zip(weight, bias, strict=True)]
            values = sums if number == len(made.weights) else [max(Fraction(0), s) for s in sums]
        found.append(values)
    return found


def neuron(weights: np.ndarray, bias: float, values: list[Fraction]) -> Fraction:
    return sum((Fraction(w) * v for w, v in zip(weights, values, strict=True)), Fraction(bias))


@settings(max_examples=15)
@given(number=st.integers(0, 10_000), count=st.integers(2, 9), outputs=st.integers(1, 2))
def test_the_residual_is_rounding_and_not_an_error_of_the_construction(number: int, count: int, outputs: int) -> None:
    points, targets = gaussian(number, count, 3, outputs)
    groups = 1 + number % count
    for made in (deep_memoriser(points, targets, groups, -(-count // groups)), shallow_memoriser(points, targets, draws=5)[0]):
        exact = np.array([[float(v) for v in row] for row in exact_outputs(made)])
        size = max(1.0, float(np.abs(targets).max()))
        assert np.abs(exact - targets).max() / size <= max(ROUNDING, 10 * made.rounding)
        assert made.residual <= 10 * made.rounding


def test_off_its_group_a_strip_is_exactly_silent() -> None:
    points, targets = gaussian(0, 12, 4, 1)
    made, grouping = shallow_memoriser(points, targets)
    before = points @ made.weights[0].T + made.biases[0]
    for g, members in enumerate(grouping.members):
        four = slice(4 * g, 4 * g + 4)
        others = np.delete(np.arange(12), members)
        active = before[others, four] > 0
        assert (active.all(axis=1) | ~active.any(axis=1)).all()
        assert np.abs(relu(before[others, four]) @ made.weights[1][0, four]).max() <= SOLVED


def test_bends_are_shared_by_the_groups() -> None:
    points, targets = gaussian(1, 12, 2, 1)
    made = deep_memoriser(points, targets, 4, 3)
    order = np.argsort(lined_up(points, "deep memoriser").z)
    first = relu(points @ made.weights[0].T + made.biases[0])
    second = first @ made.weights[1].T + made.biases[1]
    last_of_each_group = order[2::3]
    for j in range(3):
        pair = second[last_of_each_group, 2 * j : 2 * j + 2]
        assert ((pair < 0).sum(axis=1) == 1).all()  # one sign works, the other is silent


def test_equal_points_are_seen_and_refused() -> None:
    points, targets = np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 1.0]]), np.array([[0.0], [-1.0], [1.0]])
    deep = deep_memoriser(points, targets, 2, 2)
    assert deep.gap == 0
    shallow, grouping = shallow_memoriser(points, targets, draws=30)
    assert not grouping.general
    for made in (deep, shallow):
        assert made.residual >= 1.0
        with pytest.raises(InputError, match="a memoriser of a path is right to 1e-08"):
            made.subnetwork(1, (0, 1))


def test_one_group_when_there_are_at_most_q_points() -> None:
    points, targets = gaussian(2, 4, 6, 2)
    made, grouping = shallow_memoriser(points, targets)
    assert made.widths == (6,)
    assert grouping.gap == np.inf
    assert len(groupings(points, 50, "one")) == 1


def test_too_small_is_refused() -> None:
    points, targets = gaussian(3, 7, 2, 1)
    with pytest.raises(InputError, match="hold all N"):
        deep_memoriser(points, targets, 2, 3)
    with pytest.raises(InputError, match="hold all N"):
        deep_memoriser(points, targets, 8, 1)
    with pytest.raises(ShapeError, match="one target row per point"):
        shallow_memoriser(points, targets[:3])


@given(count=st.integers(1, 400))
def test_square_holds_all_points(count: int) -> None:
    groups, size = square(count)
    assert groups * size >= count
    assert groups * (size - 1) < count


@given(classes=st.integers(2, 12), scale=st.floats(1.0, 30.0))
def test_the_class_code_bounds_the_cross_entropy(classes: int, scale: float) -> None:
    labels = np.arange(classes)
    weight, bias = decoded(np.ones((1, 1)), np.zeros(1), classes, scale)
    outputs = class_code(labels) @ weight.T + bias
    loss = CrossEntropy().per_example(outputs, labels)
    bound = np.log1p((classes - 1) * np.exp(-scale))
    assert (outputs.argmax(axis=1) == labels).all()
    assert loss.max() <= bound + ROUNDING * scale * classes**2
    if classes == 2:
        assert loss == pytest.approx(np.full(2, bound), abs=ROUNDING * scale)
