"""REPAIR on toys and in torch: targets met, a naive twin, rescaling, closed form, bad input; the variance left per layer."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from toykit.combining.collapse import collapse, parent_variance
from toykit.combining.draws import mixing
from toykit.combining.renormalisation import predicted_moments, renormalise, target_moments, unit_moments
from toykit.data import teacher_student
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.fixtures import d3, f10, m4, p2
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64, printed, sampled

LOOSE = printed(6)


def deep(widths: tuple[int, ...] = (5, 20, 20, 20, 3)) -> Pair:
    net = MLP(widths, "relu", SquaredLoss(), teacher_student(count=40, width=widths[0], outputs=widths[-1]))
    stream = generator("renormalised")
    return Pair(net, net.draw(stream), net.draw(stream), "deep ReLU")


@pytest.mark.parametrize("law", ["constant(0.5)", "constant(0.2)", "bernoulli(0.5)"])
def test_every_unit_meets_its_target_and_a_second_time_changes_nothing(law: str) -> None:
    mixed = mixing(deep(), law)
    point = mixed.centre if law.startswith("constant") else mixed.centre + mixed.step(next(mixed.deviations(1)))
    once = renormalise(mixed, point)
    assert once.layers == (1, 2, 3)
    assert once.skipped == 0
    for layer in once.layers:
        now, wanted = unit_moments(mixed.pair.landscape, once.theta, layer), target_moments(mixed, layer)
        assert now.mean == pytest.approx(wanted.mean, abs=LOOSE)
        assert now.deviation == pytest.approx(wanted.deviation, abs=LOOSE)
    twice = renormalise(mixed, once.theta)
    assert (twice.theta - once.theta).norm() < LOOSE


def test_one_layer_by_hand() -> None:
    pair = f10()
    net, x = pair.landscape, pair.landscape.inputs
    w_a, w_b = pair.theta_a["layers.1.weight"], pair.theta_b["layers.1.weight"]
    b_a, b_b = pair.theta_a["layers.1.bias"], pair.theta_b["layers.1.bias"]
    z_a, z_b = x @ w_a.T + b_a, x @ w_b.T + b_b
    z = (z_a + z_b) / 2
    wanted = (z - z.mean(0)) / z.std(0) * (z_a.std(0) + z_b.std(0)) / 2 + (z_a.mean(0) + z_b.mean(0)) / 2
    found = renormalise(mixing(pair, "constant(0.5)"))
    assert net.preactivations(found.theta, 1) == pytest.approx(wanted, abs=ROUNDING * 100)
    assert found.theta["layers.2.weight"] is not pair.theta_a["layers.2.weight"]
    assert net.loss(pair.theta_a) == pytest.approx(9.774881842978, abs=printed(11))  # the ends are as they were


@pytest.mark.parametrize("method", ["rescale", "gain"])
def test_without_a_shift_only_the_deviation_is_set(method: str) -> None:
    mixed = mixing(deep(), "bernoulli(0.5)")
    net, point = mixed.pair.landscape, mixed.centre + mixed.step(next(mixed.deviations(1)))
    found = renormalise(mixed, point, method=method).theta  # type: ignore[arg-type]
    before, after, wanted = (unit_moments(net, point, 1), unit_moments(net, found, 1), target_moments(mixed, 1))
    assert after.deviation == pytest.approx(wanted.deviation, abs=LOOSE)
    kept = before.mean if method == "rescale" else before.mean * after.deviation / before.deviation
    assert after.mean == pytest.approx(kept, abs=LOOSE)


def test_in_layer_one_the_closed_form_is_repair() -> None:
    mixed = mixing(deep(), "constant(0.3)")
    data, closed = (renormalise(mixed, source=source, layers=(1,)).theta for source in ("data", "closed form"))
    assert (data - closed).norm() < LOOSE


def test_in_deeper_layers_the_closed_form_corrects_too_little() -> None:
    mixed = mixing(deep(), "constant(0.5)")
    net = mixed.pair.landscape
    data, closed = (renormalise(mixed, source=source).theta for source in ("data", "closed form"))
    left = [float((unit_moments(net, theta, 3).deviation ** 2).sum()) for theta in (mixed.centre, closed, data)]
    assert left == sorted(left)


@pytest.mark.parametrize("granularity", ["element", "row", "col", "tensor", "layer", "global"])
def test_predicted_variance_in_layer_one_is_the_mean_over_lambda(granularity: str) -> None:
    net = MLP((3, 1, 1), "relu", SquaredLoss(), teacher_student(count=8, width=3, outputs=1))
    stream = generator("predicted variance")
    mixed = mixing(Pair(net, net.draw(stream), net.draw(stream)), "bernoulli(0.3)", granularity)
    measured = sum(weight * unit_moments(net, mixed.point(values), 1).deviation ** 2 for values, weight in mixed.nodes())
    assert predicted_moments(mixed, 1).deviation ** 2 == pytest.approx(measured, rel=100 * ROUNDING)


def test_a_unit_that_does_not_vary_is_left_alone() -> None:
    pair = deep((5, 4, 3))
    net, weight = pair.landscape, pair.theta_a["layers.1.weight"]
    opposite = np.vstack([-weight[:1], weight[1:]])
    found = renormalise(mixing(replace(pair, theta_b=pair.theta_a.replace({"layers.1.weight": opposite})), "constant(0.5)"))
    assert found.skipped == 1
    assert unit_moments(net, found.theta, 1).deviation[0] == pytest.approx(0, abs=ROUNDING)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="needs a bias; layer 1 has none; use method='gain'"):
        renormalise(mixing(d3(), "constant(0.5)"))
    with pytest.raises(InputError, match=r"toykit\.bridge\.reset_statistics"):
        renormalise(mixing(p2(), "constant(0.5)"))
    with pytest.raises(InputError, match="a method of renormalisation is one of repair, rescale, gain"):
        renormalise(mixing(f10()), method="reset")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"layers of this network are 1\.\.2; got 3"):
        renormalise(mixing(f10()), layers=(3,))


def test_collapse_of_random_networks_follows_the_product() -> None:
    """Entries of correlation 0.4: the product of cosines, and what wide random networks really keep of their variance."""
    net = MLP((20, 300, 300, 3), "relu", SquaredLoss(), teacher_student(count=60, width=20, outputs=3), bias=False)
    stream = generator("correlated weights")
    first, other = net.draw(stream), net.draw(stream)
    pair = Pair(net, first, 0.4 * first + math.sqrt(1 - 0.4**2) * other)
    rows = collapse(mixing(pair, "constant(0.5)"), method="gain")
    assert [row.product for row in rows[:2]] == pytest.approx([0.7, 0.49], rel=sampled(300 * 20))
    assert rows[0].measured == pytest.approx(rows[0].from_ends, rel=ROUNDING * 100)
    assert rows[0].measured == pytest.approx(0.7, rel=sampled(300))
    assert rows[1].measured < rows[1].from_ends  # collapse accumulates, which the statistics of the ends do not see
    assert rows[0].renormalised == pytest.approx(1, abs=printed(1))
    vertices = collapse(mixing(pair), 3)
    assert [row.product for row in vertices] == pytest.approx([1, 1, 1], abs=printed(2))
    assert vertices[0].measured == pytest.approx(vertices[0].from_ends, rel=printed(2))


def test_torch_gives_the_same_network() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = m4()
    there = from_toy(here.landscape)
    ends = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b)]
    pair = replace(here, landscape=there, theta_a=ends[0], theta_b=ends[1])
    for method, source in (("repair", "data"), ("rescale", "closed form")):
        left = renormalise(mixing(here), method=method, source=source).theta
        right = renormalise(mixing(pair), method=method, source=source).theta
        assert there.loss(right) == pytest.approx(here.landscape.loss(left), rel=TORCH64)
        assert type(right["0.weight"]).__name__ == "Tensor"
    assert collapse(mixing(pair))[0].measured == pytest.approx(collapse(mixing(here))[0].measured, rel=TORCH64)


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_the_prediction_takes_each_end_by_its_share(layer: int) -> None:
    """A naive twin at p = 0.3, where the ends do not count alike: units one by one, with loops over their inputs."""
    mixed = mixing(deep((3, 4, 5, 4, 2)), "bernoulli(0.3)")
    net, ends = mixed.pair.landscape, (mixed.pair.theta_a, mixed.pair.theta_b)
    shares = (0.7, 0.3)
    change = mixed.delta[net.weight_name(layer)]
    found = predicted_moments(mixed, layer)
    parents = 0.0
    for unit in range(len(change)):
        columns = [net.preactivations(theta, layer)[:, unit] for theta in ends]
        signal = (shares[0] * columns[0] + shares[1] * columns[1]).var()
        noise = 0.0
        for j, step in enumerate(change[unit]):
            below = sum(share * net.features(theta, layer - 1)[:, j].var() for share, theta in zip(shares, ends, strict=True))
            noise += 0.3 * 0.7 * step**2 * below
        assert found.deviation[unit] ** 2 == pytest.approx(signal + noise, rel=TORCH64)
        parents += sum(share * column.var() for share, column in zip(shares, columns, strict=True))
    assert parent_variance(mixed, layer) == pytest.approx(parents, rel=TORCH64)


def test_whole_neurons_are_rows_of_the_first_layer_and_columns_of_the_second() -> None:
    mixed = mixing(deep((2, 4, 2)), "bernoulli(0.3)", "neuron")
    net = mixed.pair.landscape
    by_vertex = sum(weight * net.preactivations(mixed.point(values), 1).var(axis=0) for values, weight in mixed.nodes())
    assert predicted_moments(mixed, 1).deviation ** 2 == pytest.approx(by_vertex, rel=TORCH64)
    columns = mixing(mixed.pair, "bernoulli(0.3)", "col")
    assert (predicted_moments(mixed, 2).deviation == predicted_moments(columns, 2).deviation).all()
    rows = mixing(mixed.pair, "bernoulli(0.3)", "row")
    assert (predicted_moments(mixed, 2).deviation != predicted_moments(rows, 2).deviation).any()
