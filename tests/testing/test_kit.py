"""The public kit: what it draws satisfies what it promises, its assertions can fail, and claims are hunted with it."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import toykit.testing
from theory.catalogue import claim
from toykit.barriers import barriers, certified_barrier
from toykit.chord import grid, profile
from toykit.combining import law
from toykit.errors import InputError
from toykit.hunt import check_module
from toykit.landscape import Landscape, Pair
from toykit.networks.fixtures import m4
from toykit.symmetry import Axis, Group, Symmetries
from toykit.testing import (
    assert_encloses,
    assert_holds,
    assert_same_function,
    elements,
    lambdas,
    laws,
    pairs_assuming,
    pairs_for,
)
from toykit.testing.assumed import NAMED
from toykit.tolerances import ROUNDING
from toykit.verdict import Number

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@pytest.mark.parametrize("name", NAMED)
def test_named_assumptions_can_be_met_and_are(name: str) -> None:
    drawn = find(
        pairs_assuming(name), lambda pair: True, settings=settings(max_examples=500, database=None, phases=[Phase.generate])
    )
    assert NAMED[name](drawn.landscape)


def test_an_unknown_assumption_is_one_sentence() -> None:
    with pytest.raises(InputError, match="got 'SMOOTHISH'"):
        pairs_assuming("C11", "SMOOTHISH")


@FEW
@given(pairs_assuming("C11", "CONVEX"))
def test_assumptions_are_those_that_the_checks_decide(pair: Pair) -> None:
    assert pair.landscape.traits.smooth
    assert pair.landscape.traits.convex_in_outputs
    result = check_module("barrier/curvature_bound").check(pair)
    assert_holds(result)


@pytest.mark.parametrize("slug", ["barrier/ridge_bound", "connectivity/waypoint_certificate", "combinability/second_order_law"])
def test_claims_hold_on_pairs_made_for_them(slug: str) -> None:
    @FEW
    @given(pairs_for(slug))
    def hunted(pair: Pair) -> None:
        assert_holds(check_module(slug).check(pair))

    assert claim(slug).slug == slug
    hunted()


@given(pairs_assuming("CONVEX", "HIDDEN"))
def test_the_last_layer_alone_makes_no_barrier(pair):  # type: ignore[no-untyped-def]
    last = pair.landscape.weight_name(pair.landscape.depth)
    theta_b = pair.theta_a + pair.delta.only([last])
    found = barriers(profile(Pair(pair.landscape, pair.theta_a, theta_b), grid(25)))
    assert found.barrier.value <= 1e-9 * max(1.0, pair.landscape.loss(theta_b))


def test_the_documented_example_is_the_one_above() -> None:
    written = inspect.getsource(test_the_last_layer_alone_makes_no_barrier).replace("  # type: ignore[no-untyped-def]", "")
    shown = [line.strip() for line in (toykit.testing.__doc__ or "").splitlines()]
    assert all(line.strip() in shown for line in written.splitlines())


@FEW
@given(pairs_assuming("SQ", "PL", "HIDDEN"))
def test_a_certified_barrier_encloses_what_a_grid_finds(pair: Pair) -> None:
    found = certified_barrier(pair, seconds=1.0).number
    highest = barriers(profile(pair, grid(51))).barrier.value
    size = max(1.0, float(np.abs(profile(pair, grid(51)).values).max()))
    assert found.hi >= highest - ROUNDING * size
    assert_encloses(found, min(found.hi, max(found.lo, highest)), slack=ROUNDING * size)


@given(laws())
def test_laws_are_read_back(spec: str) -> None:
    assert law(spec).variance >= 0


@given(lambdas(5), lambdas(5, vertices=True))
def test_lambdas_lie_in_the_cube(inside: np.ndarray, corner: np.ndarray) -> None:
    assert inside.shape == corner.shape == (5,)
    assert ((inside >= 0) & (inside <= 1)).all()
    assert set(corner) <= {0.0, 1.0}


@given(st.data())
def test_elements_are_elements(data: st.DataObject) -> None:
    groups = Symmetries((Group("g", 4, (Axis("w", 0),)), Group("h", 2, (Axis("w", 1),))))
    drawn = data.draw(elements(groups))
    assert {name: sorted(order) for name, order in drawn.items()} == {"g": [0, 1, 2, 3], "h": [0, 1]}
    assert set(groups.permutations(drawn)) == {"g", "h"}


@given(pairs_assuming("HIDDEN"))
@settings(max_examples=20, deadline=None)
def test_the_same_point_has_the_same_function_and_another_mostly_not(pair: Pair) -> None:
    landscape: Landscape = pair.landscape
    assert_same_function(landscape, pair.theta_a, pair.theta_a)


def test_assertions_fail_where_they_should() -> None:
    pair = m4()
    with pytest.raises(AssertionError, match="outputs differ by"):
        assert_same_function(pair.landscape, pair.theta_a, 2 * pair.theta_a + pair.theta_b)
    with pytest.raises(AssertionError, match="does not contain"):
        assert_encloses(Number.certified(0.0, 1.0), 2.0)
    _, broken = next(iter(check_module("barrier/ridge_bound").necessity()))
    with pytest.raises(AssertionError, match="INAPPLICABLE"):
        assert_holds(check_module("barrier/ridge_bound").check(broken))
    assert_holds(check_module("barrier/ridge_bound").check(broken), applies=False)


@given(pairs_assuming("HIDDEN"), pairs_assuming("ONE-HIDDEN"))
def test_hidden_layers_are_there_where_they_are_assumed(pair: Pair, shallow: Pair) -> None:
    assert pair.landscape.widths
    assert len(shallow.landscape.widths) == 1
