"""The functional part: its exact values on two products, the sign of the rest, what kinks and non-convexity do."""

from __future__ import annotations

import numpy as np
import pytest

from toykit import tolerances
from toykit.checks.barrier.functional_hessian import check, necessity
from toykit.curvature.functional import functional_nodes
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import p2, t9
from toykit.verdict import Verdict

SLUG = "barrier/functional_hessian"


def product(w_1: float, w_2: float) -> Pair:
    """z = w_1 w_2 with y = 1 and the loss (z - y)^2/2, from (1, 1)."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]], name="one product"))
    return Pair(net, net.point([[1.0]], [[1.0]]), net.point([[w_1]], [[w_2]]), "product")


@pytest.mark.parametrize(
    ("pair", "factor", "bound", "barrier"),
    [(product(-1.0, -1.0), -32.0, 5 / 6, 1 / 2), (product(2.0, 0.5), -0.5, 5 / 384, 1 / 128)],
    ids=["opposite branches", "one branch"],
)
def test_two_products(pair: Pair, factor: float, bound: float, barrier: float) -> None:
    found = functional_nodes(pair)
    np.testing.assert_allclose(found.functional, factor * found.ts * (1 - found.ts), atol=tolerances.ROUNDING)
    given = found.bound()
    assert given.lo <= bound <= given.hi
    headline = check(pair).comparisons[0]
    assert headline.measured.value == pytest.approx(barrier, rel=tolerances.ROUNDING)
    assert headline.holds


def test_more_positions_come_closer_to_the_integral() -> None:
    errors = [abs(functional_nodes(product(-1.0, -1.0), points).bound().value - 5 / 6) for points in (9, 17, 33)]
    assert errors[2] < errors[1] / 3 < errors[0] / 9, "the rule is of second order"


def test_the_gauss_newton_part_of_the_product() -> None:
    pair = product(-1.0, -1.0)
    found = functional_nodes(pair, points=9)
    total = np.array([pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)).curvature for t in found.ts])
    np.testing.assert_allclose(total - found.functional, 16 * (1 - 2 * found.ts) ** 2, atol=100 * tolerances.ROUNDING)


def test_a_network_that_is_linear_in_its_parameters_has_no_functional_part() -> None:
    net = deep_linear((2, 1), Data([[1.0, 2.0], [0.0, 1.0]], [[1.0], [0.0]], name="one layer"))
    result = check(Pair(net, net.point([[1.0, 0.0]]), net.point([[-3.0, 2.0]]), "one layer"))
    assert result.bound is not None
    assert (result.bound.hi, result.verdict) == (0.0, Verdict.HOLDS)


def test_without_an_assumption_the_bound_is_0_and_the_barrier_is_not() -> None:
    found = {name: check(pair) for name, pair in necessity()}
    assert {name: result.verdict for name, result in found.items()} == dict.fromkeys(("CONVEX", "C11"), Verdict.INAPPLICABLE)
    assert found["CONVEX"].measured.value >= 0.4816
    assert found["C11"].measured.value == pytest.approx(0.5, rel=tolerances.ROUNDING)
    for result in found.values():
        assert result.bound.hi == 0.0


def test_a_formula_has_no_outputs_and_a_tanh_network_holds() -> None:
    assert check(p2()).verdict is Verdict.INAPPLICABLE
    assert check(t9()).verdict is Verdict.HOLDS


def test_the_hunt_holds() -> None:
    found = hunt(SLUG, 60)
    assert found.verdict is Verdict.HOLDS
    assert found.ratios["barrier"] > 0.9


def test_numpy_and_torch_agree() -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge.landscapes.landscape import TorchLandscape
    from toykit.bridge.models import mlp

    pair = t9()
    net = pair.landscape
    module = mlp((2, 3, 1), "tanh", bias=False, dtype=torch.float64)
    names = dict(zip([name for name, _ in module.named_parameters()], pair.theta_a, strict=True))
    ends = [{new: torch.tensor(theta[old]) for new, old in names.items()} for theta in (pair.theta_a, pair.theta_b)]
    landscape = TorchLandscape(module, net.criterion, net.data)
    there = functional_nodes(Pair(landscape, *(landscape.parameters(end) for end in ends)), points=5)
    here = functional_nodes(pair, points=5)
    np.testing.assert_allclose(there.functional, here.functional, rtol=tolerances.TORCH64)
    np.testing.assert_allclose(there.raising, here.raising, rtol=tolerances.TORCH64)
    assert there.largest == pytest.approx(here.largest, rel=tolerances.TORCH64)
