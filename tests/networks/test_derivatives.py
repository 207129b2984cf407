from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.symbols import t as position
from toykit.data import Data
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks import MLP, Formula, Spline, scalar_product
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.tolerances import DIFFERENCE, ROUNDING


def richardson(function: Callable[[float], float], t: float, step: float = 2.0**-9) -> tuple[float, float]:
    """First and second central differences with the error of order step^2 removed."""

    def central(h: float) -> np.ndarray:
        above, here, below = function(t + h), function(t), function(t - h)
        return np.array([(above - below) / (2 * h), (above - 2 * here + below) / h**2])

    first, second = (4 * central(step / 2) - central(step)) / 3
    return first, second


def agree(pair: Pair, t: float) -> None:
    jet = pair.landscape.jet(pair.theta_a, pair.theta_b, t)
    first, second = richardson(lambda s: pair.landscape.loss(chord_point(pair.theta_a, pair.theta_b, s)), t)
    assert jet.value == pytest.approx(pair.landscape.loss(chord_point(pair.theta_a, pair.theta_b, t)), rel=ROUNDING)
    assert jet.slope == pytest.approx(first, rel=DIFFERENCE, abs=DIFFERENCE)
    assert jet.curvature == pytest.approx(second, rel=DIFFERENCE, abs=DIFFERENCE * (1 + abs(jet.slope) + jet.value))


@given(number=st.integers(0, 100), t=st.floats(0, 1), cross_entropy=st.booleans())
@pytest.mark.parametrize("activation", ["identity", "tanh", "softplus", "gelu"])
def test_jets_are_the_differences_of_the_loss(
    drawn: Callable[..., Pair], activation: str, number: int, t: float, cross_entropy: bool
) -> None:
    agree(drawn(activation, "cross-entropy" if cross_entropy else "squared", number), t)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
def test_jets_of_kinked_networks_are_those_of_the_piece(drawn: Callable[..., Pair], activation: str, loss: str) -> None:
    pair = drawn(activation, loss)
    net, kept = pair.landscape, 0
    for t in np.linspace(0.01, 0.99, 41):
        around = [chord_point(pair.theta_a, pair.theta_b, s) for s in (t - 0.002, t + 0.002)]
        gates = [[net.preactivations(theta, layer) > 0 for layer in (1, 2)] for theta in around]
        if all((left == right).all() for left, right in zip(*gates, strict=True)):
            agree(pair, float(t))
            kept += 1
    assert kept > 5


def test_jets_are_exact_on_a_formula_that_is_the_same_network() -> None:
    """A 1-2-1 tanh network without biases on two examples, once as a network and once as a formula."""
    a, b, c, d = sp.symbols("a b c d", real=True)
    xs, ys = (sp.Rational(3, 4), sp.Rational(-5, 4)), (1, 2)
    f = [c * sp.tanh(a * x) + d * sp.tanh(b * x) for x in xs]
    formula = Formula(sum((z - y) ** 2 for z, y in zip(f, ys, strict=True)) / 4, (a, b, c, d), "tanh 1-2-1")
    net = MLP((1, 2, 1), "tanh", SquaredLoss(), Data([[float(x)] for x in xs], [[float(y)] for y in ys]), bias=False)
    draw = generator("formula twin")
    left, right = draw.normal(size=(2, 4))
    ends = [(net.point(v[:2, None], v[None, 2:]), formula.point(a=v[0], b=v[1], c=v[2], d=v[3])) for v in (left, right)]
    exact = formula.exact_profile(ends[0][1], ends[1][1])
    for t in (0.0, 0.3, 1.0):
        truth = [float(sp.diff(exact, position, order).subs(position, sp.Rational(t)).evalf(30)) for order in range(3)]
        assert net.jet(ends[0][0], ends[1][0], t) == pytest.approx(tuple(truth), rel=ROUNDING)
        assert formula.jet(ends[0][1], ends[1][1], t) == pytest.approx(tuple(truth), rel=ROUNDING)


def test_the_gradient_is_the_forward_slope_of_each_coordinate(pair: Pair) -> None:
    net, theta = pair.landscape, pair.theta_a
    gradient, nothing = net.gradient(theta), theta * 0
    for name, array in theta.items():
        for index in np.ndindex(array.shape):
            unit = np.zeros(array.shape)
            unit[index] = 1.0
            slope = net.jet(theta, theta + nothing.replace({name: unit}), 0.0).slope
            assert gradient[name][index] == pytest.approx(slope, rel=ROUNDING, abs=ROUNDING)


def test_slope_and_curvature_are_those_of_gradient_and_hessian_form(pair: Pair) -> None:
    for t in (0.0, 0.4, 1.0):
        theta, jet = chord_point(pair.theta_a, pair.theta_b, t), pair.landscape.jet(pair.theta_a, pair.theta_b, t)
        assert pair.landscape.gradient(theta).dot(pair.delta) == pytest.approx(jet.slope, rel=ROUNDING, abs=ROUNDING)
        assert pair.landscape.curvature(theta, pair.delta) == pytest.approx(jet.curvature, rel=ROUNDING)
        assert pair.landscape.curvature(theta, pair.delta * 3) == pytest.approx(9 * jet.curvature, rel=ROUNDING)


def test_euler_for_the_homogeneous_relu_network(drawn: Callable[..., Pair]) -> None:
    """f(c theta) = c^3 f(theta) gives <grad f, theta> = 3 f, so <grad L, theta> = 3 mean <z - y, z>."""
    pair = drawn("relu", "squared", bias=False)
    net, theta = pair.landscape, pair.theta_a
    z = net.outputs(theta)
    euler = 3 * float(((z - net.targets) * z).sum(axis=1).mean())
    assert net.gradient(theta).dot(theta) == pytest.approx(euler, rel=ROUNDING)


@pytest.mark.parametrize("t", [0.0, 0.25, 0.7, 1.0])
def test_pointwise_landscapes_give_the_differences_of_their_loss(t: float) -> None:
    product = scalar_product()
    agree(Pair(product, product.point(w_1=1, w_2=2), product.point(w_1=-0.5, w_2=3)), t)
    spline = Spline([0, 1], [(1, -3, 0, 5, 2)])
    agree(spline.pair(), t)
    agree(Pair(spline, spline.point(theta=0.75), spline.point(theta=0.25)), t)


def test_a_chord_of_length_zero_has_no_slope_and_no_curvature(pair: Pair) -> None:
    jet = pair.landscape.jet(pair.theta_a, Parameters(dict(pair.theta_a)), 0.5)
    assert (jet.slope, jet.curvature) == (0.0, 0.0)
