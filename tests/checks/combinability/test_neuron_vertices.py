"""The check of mixed neurons: ground truths of F10, the Gram matrix against its naive twin, both libraries, necessity, hunts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import neuron_vertices as subject
from toykit.combining.draws import mixing
from toykit.combining.whole_neurons import whole_neurons
from toykit.data import gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.fixtures import d3, f10, p2
from toykit.networks.mlp import MLP
from toykit.networks.two_layer import contributions
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64, printed
from toykit.verdict import Trust, Verdict

SLUG = subject.SLUG


def wide(loss: SquaredLoss | CrossEntropy, number: int = 0) -> Pair:
    data = gaussian_clusters(number=number) if isinstance(loss, CrossEntropy) else teacher_student(outputs=3, width=5)
    net = MLP((5, 20, 3), "tanh", loss, data)
    stream = generator("whole neurons wide", number)
    return Pair(net, net.draw(stream), net.draw(stream), f"tanh 5-20-3, {loss.name}")


@pytest.mark.parametrize(
    ("p", "ensemble", "mean", "variance"),
    [
        (0.5, 7.363214170148, 11.600184957601, 26.294309384874),
        (0.2, 6.938812710518, 9.650474014488, 12.732261815258),
    ],
)
def test_f10(p: float, ensemble: float, mean: float, variance: float) -> None:
    result = subject.check(f10(), spec=f"bernoulli({p})")
    assert result.verdict is Verdict.HOLDS
    assert result.trust is Trust.EXACT
    assert result.letters["L_p"] == pytest.approx(ensemble, abs=printed(12))
    assert result.letters["units_2"] == pytest.approx(16.947883149813, abs=printed(12))
    assert result.letters["apart_2"] == pytest.approx(31.190034388804, abs=printed(12))
    for comparison, value in zip(result.comparisons, (mean, mean, variance), strict=False):
        assert comparison.measured.value == pytest.approx(value, abs=printed(11))
        assert comparison.bound.value == pytest.approx(value, abs=printed(11))
    assert result.extra["midpoint"] == pytest.approx(1.861, abs=printed(3))


def test_the_range_over_the_vertices_of_f10() -> None:
    mixed = mixing(f10(), granularity="neuron")
    losses = [mixed.pair.landscape.loss(mixed.point(values)) for values, _ in mixed.nodes()]
    assert len(losses) == 1024
    assert (min(losses), max(losses)) == pytest.approx((3.083560256, 27.494951884), abs=printed(9))


@pytest.mark.parametrize("make", [f10, lambda: wide(SquaredLoss())])
def test_the_gram_matrix_is_that_of_the_contributions(make: object) -> None:
    pair = make()  # type: ignore[operator]
    net, found = pair.landscape, whole_neurons(pair, 0.3)
    delta = contributions(net, pair.theta_b) - contributions(net, pair.theta_a)
    residual = 0.7 * net.outputs(pair.theta_a) + 0.3 * net.outputs(pair.theta_b) - net.targets
    naive = np.einsum("ink,jnk->ij", delta, delta) / delta.shape[1]
    assert found.gram == pytest.approx(naive, abs=ROUNDING * found.sizes)
    assert found.slopes == pytest.approx(
        np.einsum("nk,ink->i", residual, delta) / delta.shape[1], abs=10 * ROUNDING * found.sizes
    )


@pytest.mark.parametrize("loss", [SquaredLoss(), SquaredLoss(1.0), CrossEntropy()])
def test_many_neurons_are_drawn(loss: SquaredLoss | CrossEntropy) -> None:
    result = subject.check(wide(loss))
    assert result.verdict is Verdict.HOLDS
    assert result.extra["vertices"] == "100 random vertices"
    if isinstance(loss, SquaredLoss):
        assert result.comparisons[-1].name == "loss of the worst vertex visited"
        assert result.comparisons[-1].measured.value == pytest.approx(result.comparisons[-1].bound.value, rel=TORCH64)


def test_a_wrong_mean_or_variance_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = subject.evaluate
    for wrong in ("mean", "variance"):
        monkeypatch.setattr(
            subject, "evaluate", lambda slug, name, letters, w=wrong: (1.001 if name == w else 1) * honest(slug, name, letters)
        )
        assert subject.check(f10()).verdict is Verdict.VIOLATED


def test_the_output_bias_sits_at_its_mean() -> None:
    pair = wide(SquaredLoss())
    far = pair.theta_b.replace({"layers.2.bias": pair.theta_b["layers.2.bias"] + 5.0})
    assert subject.check(replace(pair, theta_b=far), spec="bernoulli(0.2)").verdict is Verdict.HOLDS


def test_two_hidden_layers_and_formulas_are_inapplicable() -> None:
    for pair, reason in ((d3(), "2 hidden layers"), (p2(), "not a network with layers")):
        result = subject.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert reason in result.reason
    with pytest.raises(InputError, match="2 hidden layers"):
        whole_neurons(d3())


def test_extremal() -> None:
    _, orthogonal, mistaken = (subject.check(pair) for pair in subject.extremal())
    line = (orthogonal.letters["L_a"] + orthogonal.letters["L_b"]) / 2
    assert orthogonal.comparisons[0].measured.value == pytest.approx(line, rel=ROUNDING)
    assert mistaken.comparisons[1].ratio == pytest.approx(1, rel=ROUNDING)


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["INDEPENDENT", "SQUARED"]


def test_hunt() -> None:
    found = hunt(SLUG, 60, seed=3)
    assert found.verdicts == {"HOLDS": 60}
    assert found.ratios["mean loss of vertices"] > 0.99
    assert found.ratios["mean distance from the ensemble loss"] > 0.99


@pytest.mark.parametrize("loss", [SquaredLoss(1.0), CrossEntropy()])
def test_torch_gives_the_same_numbers(loss: SquaredLoss | CrossEntropy) -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = wide(loss)
    there = from_toy(here.landscape)
    left = subject.check(here)
    right = subject.check(Pair(there, *(translated(t, here.landscape, there) for t in (here.theta_a, here.theta_b)), here.name))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(left.comparisons[:3], right.comparisons[:3], strict=True):  # which vertex is worst is left to rounding
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
