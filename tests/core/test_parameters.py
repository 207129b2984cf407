from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from toykit.errors import NonFiniteError, ShapeError
from toykit.parameters import Parameters, chord_point
from toykit.testing import parameters, same_shape
from toykit.tolerances import ROUNDING

POSITIONS = st.floats(0, 1)


def entries(theta: Parameters) -> list[float]:
    return [float(x) for array in theta.values() for x in array.ravel()]


def exactly(theta: Parameters) -> list[Fraction]:
    return [Fraction(x) for x in entries(theta)]


@given(same_shape(3, dyadic=True), st.integers(-8, 8))
def test_parameters_are_a_vector_space(points: tuple[Parameters, ...], k: int) -> None:
    a, b, c = points
    assert entries(a + b) == entries(b + a)
    assert entries((a + b) + c) == entries(a + (b + c))
    assert entries(k * (a + b)) == entries(k * a + k * b)
    assert entries(a - b) == entries(a + (-b))


@given(same_shape(2, dyadic=True))
def test_dot_is_the_sum_over_all_arrays(points: tuple[Parameters, ...]) -> None:
    a, b = points
    assert Fraction(a.dot(b)) == sum((x * y for x, y in zip(exactly(a), exactly(b), strict=True)), Fraction(0))
    assert a.dot(b) == b.dot(a)


@given(same_shape(2))
def test_the_triangle_inequality(points: tuple[Parameters, ...]) -> None:
    a, b = points
    assume(a.norm() + b.norm() > ROUNDING)  # the squares of much smaller entries leave the range of float64
    assert (a + b).norm() <= (a.norm() + b.norm()) * (1 + ROUNDING)


@given(parameters())
def test_count_and_layers_cover_every_array(theta: Parameters) -> None:
    assert theta.count == len(entries(theta))
    assert [name for names in theta.layers.values() for name in names] == list(theta)
    assert all(name.startswith(layer + ".") for layer, names in theta.layers.items() for name in names)


def test_a_name_without_a_dot_is_its_own_layer() -> None:
    theta = Parameters({"w_1": np.ones(1), "w_2": np.ones(1)})
    assert theta.layers == {"w_1": ("w_1",), "w_2": ("w_2",)}


@given(parameters())
def test_the_layers_sum_to_the_whole(theta: Parameters) -> None:
    parts = [theta.only(names) for names in theta.layers.values()]
    assert entries(sum(parts[1:], start=parts[0])) == entries(theta)
    for left, right in itertools.combinations(parts, 2):
        assert left.dot(right) == 0


@given(same_shape(2), POSITIONS)
def test_the_chord_ends_exactly_at_its_endpoints(points: tuple[Parameters, ...], t: float) -> None:
    a, b = points
    assert entries(chord_point(a, b, 0.0)) == entries(a)
    assert entries(chord_point(a, b, 1.0)) == entries(b)
    middle = chord_point(a, b, t)
    for x, y, z in zip(entries(a), entries(b), entries(middle), strict=True):
        slack = ROUNDING * max(abs(x), abs(y))
        assert min(x, y) - slack <= z <= max(x, y) + slack


@given(same_shape(2))
def test_nothing_is_changed_in_place(points: tuple[Parameters, ...]) -> None:
    a, b = points
    before = entries(a), entries(b)
    _ = a + b, a - b, 3 * a, -a, a * b, chord_point(a, b, 0.5), a.only([next(iter(a))]), a.replace({})
    assert (entries(a), entries(b)) == before


@given(parameters())
def test_replace_exchanges_one_array(theta: Parameters) -> None:
    name = next(iter(theta))
    changed = theta.replace({name: theta[name] + 1})
    assert list(changed) == list(theta)
    assert (changed[name] == theta[name] + 1).all()
    assert all((changed[other] == theta[other]).all() for other in theta if other != name)


def test_replace_keeps_names_and_shapes() -> None:
    theta = Parameters({"1.weight": np.ones((2, 3))})
    with pytest.raises(ShapeError, match=r"replace keeps names and shapes; got 1\.weight \(3, 2\)"):
        theta.replace({"1.weight": np.ones((3, 2))})
    with pytest.raises(ShapeError, match=r"got 2\.weight"):
        theta.replace({"2.weight": np.ones((2, 3))})


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"w": np.ones(10)}, r"w \(12,\) and \(10,\)"),
        ({"v": np.ones(12)}, r"w \(12,\) and absent"),
        ({"w": np.ones(12), "v": np.ones(1)}, r"v absent and \(1,\)"),
    ],
)
@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__mul__", "dot"])
def test_points_of_two_shapes_do_not_mix(other: dict[str, np.ndarray], says: str, operation: str) -> None:
    theta = Parameters({"w": np.ones(12)})
    with pytest.raises(ShapeError, match="a chord joins points of one shape; got " + says):
        getattr(theta, operation)(Parameters(other))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_entries_are_named_and_counted(bad: float) -> None:
    theta = Parameters({"1.weight": np.zeros(4), "2.weight": np.array([1.0, bad, bad])})
    with pytest.raises(NonFiniteError, match=r"theta_a has 2 non-finite entries in 2\.weight"):
        theta.require_finite("theta_a")


@given(parameters())
def test_finite_entries_pass(theta: Parameters) -> None:
    theta.require_finite("theta")
