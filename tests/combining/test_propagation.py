"""Outputs of random combinations without drawing: exact enumeration where it is exact, Monte Carlo elsewhere, bad input."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability.relu_moment_propagation import ACCURACY, ACCURACY_DEEP
from toykit.combining import propagation
from toykit.combining.draws import mixing
from toykit.combining.prediction import READINGS, drawn_outputs, predict, read
from toykit.combining.propagation import Dense, Moments, OutputMoments, element_layer, propagate
from toykit.data import gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.matching import weight_matching
from toykit.networks.fixtures import d3, f10, p2
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64, printed, sampled

EXACT = 1000 * ROUNDING


def network(widths: tuple[int, ...], activation: str = "relu", bias: bool = True, number: int = 0) -> Pair:
    net = MLP(widths, activation, SquaredLoss(1.0), teacher_student(count=6, width=widths[0], outputs=widths[-1]), bias=bias)
    stream = generator("propagated", number)
    return Pair(net, net.draw(stream), net.draw(stream), "-".join(map(str, widths)))


def enumerated(pair: Pair, law: str, granularity: str) -> tuple[Floats, Floats]:
    """Mean (n, k) and covariance (n, k, k) of the outputs over every lambda."""
    mixed = mixing(pair, law, granularity)
    rows = [(weight, pair.landscape.outputs(mixed.point(values))) for values, weight in mixed.nodes()]
    mean = sum(weight * z for weight, z in rows)
    return mean, sum(weight * np.einsum("ni,nj->nij", z - mean, z - mean) for weight, z in rows)


@pytest.mark.parametrize("law", ["bernoulli(0.3)", "uniform"])
def test_linear_networks_are_exact(law: str) -> None:
    pair = network((1, 2, 2, 1), "identity", bias=False)
    mean, covariance = enumerated(pair, law, "element")
    found = propagate(mixing(pair, law))
    assert found.mean == pytest.approx(mean, abs=EXACT)
    assert found.covariance == pytest.approx(covariance, abs=EXACT)


@pytest.mark.parametrize("law", ["bernoulli(0.3)", "radial(1.5)"])
def test_rows_of_one_hidden_layer_are_exact(law: str) -> None:
    pair = network((3, 6, 3))
    mean, covariance = enumerated(pair, law, "row")
    found = propagate(mixing(pair, law, "row"))
    assert found.mean == pytest.approx(mean, abs=EXACT)
    assert found.covariance == pytest.approx(covariance, abs=EXACT)


def test_rows_of_a_deep_linear_network_are_exact() -> None:
    pair = network((2, 3, 3, 2), "identity")
    mean, covariance = enumerated(pair, "bernoulli(0.4)", "row")
    found = propagate(mixing(pair, "bernoulli(0.4)", "row"))
    assert found.mean == pytest.approx(mean, abs=EXACT)
    assert found.covariance == pytest.approx(covariance, abs=EXACT)


def test_a_layer_above_exact_features_is_exact() -> None:
    """With the exact moments of the hidden units, from 2^3 patterns of each, the outputs of a ReLU network are exact."""
    pair = network((2, 2, 1), number=3)
    mixed = mixing(pair, "bernoulli(0.5)")
    mean, covariance = enumerated(pair, "bernoulli(0.5)", "element")
    x, (a, b) = pair.landscape.inputs, (pair.theta_a, pair.theta_b)
    patterns = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    features = []
    for k in range(2):
        first, second = (np.append(t["layers.1.weight"][k], t["layers.1.bias"][k]) for t in (a, b))
        weights = first + patterns * (second - first)
        features.append(np.maximum(np.column_stack([x, np.ones(len(x))]) @ weights.T, 0))
    below = Moments(np.stack([f.mean(1) for f in features], 1), np.stack([f.var(1) for f in features], 1))
    middle, change = (Dense(t["layers.2.weight"], t["layers.2.bias"]) for t in (mixed.centre, mixed.delta))
    found, _ = element_layer(0.25, below, middle, change, True)
    assert found.mean == pytest.approx(mean, abs=EXACT)
    assert found.covariance == pytest.approx(covariance, abs=EXACT)


def test_f10() -> None:
    """Exact unit moments give E L = 10.452..., the Gaussian ones 10.384..."""
    found = propagate(mixing(f10()))
    assert found.mean[0] == pytest.approx((1.05175652, 0.19910478), abs=printed(8))
    assert predict(mixing(f10())).loss == pytest.approx(10.384242780407, abs=printed(11))
    net, (a, b) = f10().landscape, (f10().theta_a, f10().theta_b)
    augmented = np.column_stack([net.inputs, np.ones(20)])
    patterns = np.array(list(itertools.product((0.0, 1.0), repeat=5)))
    ends = [np.column_stack([t["layers.1.weight"], t["layers.1.bias"]]) for t in (a, b)]
    hidden = np.maximum(np.einsum("nj,pkj->pnk", augmented, ends[0] + patterns[:, None] * (ends[1] - ends[0])), 0)
    mixed = mixing(f10())
    layers = [Dense(t["layers.2.weight"], np.zeros(2)) for t in (mixed.centre, mixed.delta)]
    exact, _ = element_layer(0.25, Moments(hidden.mean(0), hidden.var(0)), *layers, True)
    assert exact.mean[0] == pytest.approx((1.06378002, 0.19321633), abs=printed(8))
    moments = OutputMoments(exact.mean, exact.covariance, 0.0)
    assert read(net, moments).loss == pytest.approx(10.452004114930, abs=printed(11))
    traces = [np.einsum("nii->n", covariance).mean() for covariance in (found.covariance, exact.covariance)]
    assert traces[0] / traces[1] == pytest.approx(0.99497, abs=printed(5))


def test_monte_carlo() -> None:
    """Three hidden layers of 24 units, 2,000 draws: the full covariance is close, and closer than variances alone."""
    data = gaussian_clusters(count=20, width=20)
    net = MLP((20, 24, 24, 24, 3), "relu", CrossEntropy(), data)
    stream = generator("Monte Carlo")
    first, other = net.draw(stream), net.draw(stream)
    pair = Pair(net, first, 0.8 * first + 0.6 * other)
    mixed, draws = mixing(pair, "uniform"), 2000
    outputs = np.array([net.outputs(mixed.centre + mixed.step(xi)) for xi in mixed.deviations(draws)])
    variance = outputs.var(axis=0).sum(axis=1).mean()
    full, diagonal = (predict(mixed, variant) for variant in ("full", "diagonal"))
    assert full.variance == pytest.approx(variance, rel=sampled(draws))
    assert abs(full.variance - variance) < abs(diagonal.variance - variance) / 2
    accuracy = (outputs.argmax(axis=2) == net.targets).mean()
    assert full.error is not None
    assert 1 - full.error == pytest.approx(accuracy, abs=sampled(draws) / 2)
    losses = np.mean([net.loss_of_outputs(z) for z in outputs])
    assert full.loss == pytest.approx(losses, rel=sampled(draws))


@pytest.mark.parametrize("granularity", ["element", "row"])
@pytest.mark.parametrize("variant", ["full", "diagonal"])
def test_without_variance_it_is_the_forward_pass(granularity: str, variant: str) -> None:
    for activation in ("relu", "tanh"):
        mixed = mixing(network((3, 4, 4, 2), activation), "constant(0.3)", granularity)
        found = propagate(mixed, variant)  # type: ignore[arg-type]
        assert found.mean == pytest.approx(mixed.pair.landscape.outputs(mixed.centre), abs=EXACT)
        assert np.abs(found.covariance).max() == pytest.approx(0, abs=EXACT)


def test_covariances_are_positive_and_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = mixing(network((5, 12, 12, 12, 4)))
    whole = propagate(mixed)
    assert np.linalg.eigvalsh(whole.covariance).min() > 0
    monkeypatch.setattr(propagation, "ROOM", 2 * 12**2)
    parts = propagate(mixed)
    assert parts.covariance == pytest.approx(whole.covariance, rel=EXACT)
    assert parts.mean == pytest.approx(whole.mean, rel=EXACT)


def test_readings_have_the_moments_of_the_outputs() -> None:
    moments = propagate(mixing(network((5, 12, 3))))
    drawn = np.array(drawn_outputs(moments, 4000))
    assert drawn.mean(axis=0) == pytest.approx(moments.mean, abs=EXACT)  # antithetic
    away = drawn - moments.mean
    covariance = np.einsum("sni,snj->nij", away, away) / len(away)
    assert np.abs(covariance - moments.covariance).max() < 2 * sampled(4000) * moments.covariance.max()
    assert READINGS % 2 == 0


def test_other_lambdas_and_landscapes_are_refused() -> None:
    with pytest.raises(InputError, match=r"got bernoulli\(0\.5\) per layer; draw a sample instead"):
        propagate(mixing(f10(), granularity="layer"))
    with pytest.raises(InputError, match="rows need a law of two values"):
        propagate(mixing(f10(), "uniform", "row"))
    with pytest.raises(InputError, match="moments pass through dense layers"):
        propagate(mixing(p2()))
    with pytest.raises(InputError, match="a covariance is one of full, diagonal"):
        propagate(mixing(f10()), "none")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="read against targets"):
        read(p2().landscape, propagate(mixing(f10())))


def test_a_covariance_that_would_not_fit_is_refused_before_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propagation, "LARGEST", 10**2)
    with pytest.raises(InputError, match="the covariance of 12 units needs 0 GiB per example"):
        propagate(mixing(network((3, 12, 12, 2))))
    propagate(mixing(network((3, 12, 2))))
    propagate(mixing(network((3, 12, 12, 2))), "diagonal")


@pytest.mark.parametrize(("widths", "points"), [((64,), ACCURACY), ((48, 48), ACCURACY_DEEP)])
def test_accuracy_on_trained_digits(widths: tuple[int, ...], points: float) -> None:
    """Test accuracy in the mean over 60 draws, per element and per row."""
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    from toykit.bridge import LayeredTorch, Recipe, digits, independent_pair
    from toykit.bridge.landscapes.criterion import cross_entropy

    recipe = Recipe(widths=widths, epochs=8, learning_rate=2e-3)
    trained = independent_pair(recipe, digits("train"))
    test = LayeredTorch(recipe.module(digits("test")), cross_entropy(), digits("test"))
    pair = replace(trained, landscape=test, theta_b=weight_matching(trained).theta)
    for law, granularity in (("uniform", "element"), ("bernoulli(0.5)", "element"), ("bernoulli(0.5)", "row")):
        mixed = mixing(pair, law, granularity)
        measured = np.mean([test.error(mixed.centre + mixed.step(xi)) or 0.0 for xi in mixed.deviations(60)])
        assert predict(mixed).error == pytest.approx(measured, abs=points)


@pytest.mark.parametrize("granularity", ["element", "row"])
def test_torch_gives_the_same_numbers(granularity: str) -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    net = MLP((5, 8, 8, 3), "relu", CrossEntropy(), gaussian_clusters(count=20))
    stream = generator("moments in torch")
    here = Pair(net, net.draw(stream), net.draw(stream))
    there = from_toy(net)
    ends = [translated(theta, net, there) for theta in (here.theta_a, here.theta_b)]
    pair = replace(here, landscape=there, theta_a=ends[0], theta_b=ends[1])
    left, right = (predict(mixing(one, granularity=granularity)) for one in (here, pair))
    assert right.loss == pytest.approx(left.loss, rel=TORCH64)
    assert right.error == pytest.approx(left.error, abs=TORCH64)
    assert right.variance == pytest.approx(left.variance, rel=TORCH64)
    assert math.isclose(left.share, right.share, rel_tol=TORCH64, abs_tol=TORCH64)


def test_the_deep_linear_recursion_is_met() -> None:
    assert predict(mixing(d3(), "uniform")).loss == pytest.approx(0.499918525612, abs=printed(12))
