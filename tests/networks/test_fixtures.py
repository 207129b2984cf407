from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from toykit.chord import grid, profile
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.networks import Polynomial, contributions, fixtures, scalar_product
from toykit.networks.scalar_product import minima, minimum
from toykit.tolerances import DIFFERENCE, ROUNDING
from toykit.verdict import Trust


def test_check_sums() -> None:
    assert fixtures.w((20, 4), 0.1).sum() == pytest.approx(3.837902518072, abs=ROUNDING)
    assert fixtures.w((10, 4), 1).sum() == pytest.approx(0.227966328993, abs=ROUNDING)


def test_p2_at_its_corners() -> None:
    pair = fixtures.p2()
    net = pair.landscape
    assert [net.loss(net.point(x=x, y=y)) for x, y in ((0, 0), (2, 0), (0, 1), (2, 1))] == [0, 8, 2, 14]
    assert net.loss((pair.theta_a + pair.theta_b) * 0.5) == 7 / 4


@pytest.mark.parametrize(
    ("fixture", "loss_a", "loss_b"),
    [(fixtures.f10, 9.774881842978, 20.546563691720), (fixtures.d3, 0.846586429324, 0.439218212841)],
)
def test_end_losses(fixture: Callable[[], Pair], loss_a: float, loss_b: float) -> None:
    pair = fixture()
    assert pair.landscape.loss(pair.theta_a) == pytest.approx(loss_a, abs=ROUNDING)
    assert pair.landscape.loss(pair.theta_b) == pytest.approx(loss_b, abs=ROUNDING)


def test_d3_at_the_midpoint() -> None:
    pair = fixtures.d3()
    assert pair.landscape.loss((pair.theta_a + pair.theta_b) * 0.5) == pytest.approx(0.469277087893, abs=ROUNDING)


def test_m4_squared_distance() -> None:
    delta = fixtures.m4().delta
    assert f"{delta.dot(delta):.9f}" == "74.594642433"


def test_t9_mean_over_its_512_corners() -> None:
    """E L - L(mid) = 0.1179494168 for a fair coin per parameter [combinability/second_order_law]."""
    pair = fixtures.t9()
    net, ends = pair.landscape, (pair.theta_a, pair.theta_b)
    flat = [np.concatenate([theta[name].ravel() for name in theta]) for theta in ends]
    losses = []
    for corner in product((0, 1), repeat=9):
        mixed = np.where(corner, flat[1], flat[0])
        losses.append(net.loss(net.point(mixed[:6].reshape(3, 2), mixed[6:].reshape(1, 3))))
    excess = math.fsum(losses) / 512 - net.loss((ends[0] + ends[1]) * 0.5)
    assert f"{excess:.10f}" == "0.1179494168"


def test_f10_is_the_sum_of_its_units() -> None:
    pair = fixtures.f10()
    net = pair.landscape
    phi_a, phi_b = contributions(net, pair.theta_a), contributions(net, pair.theta_b)
    assert phi_a.shape == (10, 20, 2)
    assert phi_a.sum(axis=0) == pytest.approx(net.outputs(pair.theta_a), rel=ROUNDING)
    assert np.einsum("hnk,hnk->", phi_b - phi_a, phi_b - phi_a) / 20 == pytest.approx(16.947883149813, abs=ROUNDING)
    with pytest.raises(InputError, match="got 2 hidden layers"):
        contributions(fixtures.m4().landscape, fixtures.m4().theta_a)


def test_the_fold_has_curvature_four_and_a_barrier() -> None:
    pair, ts = fixtures.fold(), grid(9)
    found = profile(pair, ts)
    assert found.values == pytest.approx((1 - np.abs(1 - 2 * ts)) ** 2 / 2, abs=ROUNDING)
    assert found.gap.max() == 0.5
    assert {round(pair.landscape.jet(pair.theta_a, pair.theta_b, t).curvature, 9) for t in (0.1, 0.4, 0.6, 0.9)} == {4.0}
    slopes = [pair.landscape.jet(pair.theta_a, pair.theta_b, 0.5 + h).slope for h in (-1e-9, 1e-9)]
    assert slopes[1] - slopes[0] == pytest.approx(-4, rel=DIFFERENCE)
    assert not pair.landscape.traits.smooth


def test_the_evader_hides_from_grids() -> None:
    pair = fixtures.grid_evader()
    assert pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0, 35 / 64, 1])).tolist() == [0, 500000, 0]
    assert [round(profile(pair, grid(points)).gap.max()) for points in (11, 21, 51)] == [0, 320000, 156800]


@pytest.mark.parametrize(
    ("u", "same", "barrier"),
    [
        (0.25, True, 0.00203605),
        (0.5, True, 0.03686707),
        (1.0, True, 0.95371563),
        (0.0, False, 0.5),
        (0.5, False, 0.80840739),
        (1.0, False, 2.83481348),
    ],
)
def test_the_hyperbola_costs_sinh_or_cosh_to_the_fourth(u: float, same: bool, barrier: float) -> None:
    pair = minima(0.3 + u, 0.3 - u, same_branch=same)
    assert isinstance(pair.landscape, Polynomial)
    found = pair.landscape.barrier(pair.theta_a, pair.theta_b)
    formula = (math.sinh(u) if same else math.cosh(u)) ** 4 / 2
    assert found.trust is Trust.EXACT
    assert found.value == pytest.approx(formula, rel=ROUNDING)
    assert f"{found.value:.8f}" == f"{barrier:.8f}"


def test_minima_are_minima_and_the_loss_is_the_one_on_the_board() -> None:
    net = scalar_product()
    for s, branch in product((-0.7, 0.0, 1.1), (1, -1)):
        theta = minimum(s, branch)
        assert net.loss(theta) == pytest.approx(0, abs=ROUNDING)
        assert net.gradient(theta).norm() == pytest.approx(0, abs=ROUNDING)
    assert scalar_product(3).loss(net.point(w_1=2, w_2=4)) == 25 / 2


def test_other_targets_break_the_formula() -> None:
    """Ends that are no minima: (1, 1) to (-1, -1) for y = 0 has g(1/2) = -1/2 [barrier/scalar_product_net]."""
    net = scalar_product(0)
    assert profile(Pair(net, net.point(w_1=1, w_2=1), net.point(w_1=-1, w_2=-1)), grid(3)).gap.tolist() == [0, -0.5, 0]
