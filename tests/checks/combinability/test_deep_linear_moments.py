"""The check of deep linear networks: ground truths of D3, the recursion by enumeration, biases, both libraries, necessity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import deep_linear_moments as subject
from toykit.combining.draws import mixing
from toykit.combining.linear_moments import GRANULARITIES, second_moment
from toykit.data import teacher_student
from toykit.errors import InputError
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.fixtures import d3, f10, p2
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


def wide(widths: tuple[int, ...] = (4, 6, 5, 2)) -> Pair:
    net = MLP(widths, "identity", SquaredLoss(), teacher_student(outputs=widths[-1], width=widths[0]))
    stream = generator("deep linear wide")
    return Pair(net, net.draw(stream), net.draw(stream), "deep linear with biases")


@pytest.mark.parametrize(
    ("p", "at_mean", "means"),
    [
        (0.5, 0.469277087893, (0.806921965228, 0.837820509390, 0.808819740793, 0.723099765545)),
        (0.25, 0.543315813412, (0.926267838515, 0.888946571246, 0.959557554195, 0.864847375724)),
    ],
)
def test_d3(p: float, at_mean: float, means: tuple[float, ...]) -> None:
    net = d3().landscape
    assert (net.loss(d3().theta_a), net.loss(d3().theta_b)) == pytest.approx((0.846586429324, 0.439218212841), abs=printed(12))
    for granularity, value in zip(("element", "row", "col", "layer"), means, strict=True):
        result = subject.check(d3(), spec=f"bernoulli({p})", granularity=granularity)
        assert result.verdict is Verdict.HOLDS
        assert result.measured.value == pytest.approx(value, abs=printed(12))
        assert result.bound.value == pytest.approx(value, abs=printed(12))
        assert result.extra["loss at the mean"] == pytest.approx(at_mean, abs=printed(12))


def test_d3_is_a_cubic_in_the_variance() -> None:
    variances = np.array([0.03, 0.09, 0.16, 0.23, 0.3])
    means = [subject.check(d3(), spec=f"radial({r!r})").bound.value for r in (2 * np.sqrt(variances)).tolist()]
    cubic = np.polynomial.Polynomial.fit(variances, means, 3).convert()
    assert cubic.coef == pytest.approx([0.46927709, 0.11804903, 2.02860710, 11.60605932], abs=printed(8))
    assert cubic(variances) == pytest.approx(means, rel=100 * ROUNDING)
    uniform = subject.check(d3(), spec="uniform").bound.value
    assert uniform == pytest.approx(0.499918525612, abs=printed(12))
    assert (uniform - cubic.coef[0]) / (cubic(0.25) - cubic.coef[0]) == pytest.approx(0.0908, abs=printed(4))


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("law", ["bernoulli(0.3)", "gauss(0.4)"])
def test_the_second_moment_by_enumeration(granularity: str, law: str) -> None:
    pair = wide((1, 1, 2, 1)) if granularity == "element" else wide((2, 2, 1))
    net, mixed = pair.landscape, mixing(pair, law, granularity)
    outputs = [(weight, net.outputs(mixed.point(values))) for values, weight in mixed.nodes()]
    naive = sum(weight * z.T @ z / len(z) for weight, z in outputs)
    assert second_moment(net, mixed) == pytest.approx(naive, rel=100 * ROUNDING)
    assert sum(weight * z for weight, z in outputs) == pytest.approx(net.outputs(mixed.centre), abs=100 * ROUNDING)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_many_blocks_are_drawn(granularity: str) -> None:
    assert subject.check(wide(), granularity=granularity).verdict is Verdict.HOLDS


def test_a_wrong_noise_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "second_moment", lambda net, mixed: second_moment(net, mixing(d3(), "uniform", "row")))
    assert subject.check(d3(), spec="uniform", granularity="col").verdict is Verdict.VIOLATED


def test_layers_tied_together_are_refused() -> None:
    with pytest.raises(InputError, match="the recursion takes"):
        second_moment(f10().landscape, mixing(f10(), granularity="neuron"))


def test_other_networks_are_inapplicable() -> None:
    assert subject.check(p2()).reason.startswith("LINEAR")
    assert subject.check(f10(), granularity="layer").reason == "LINEAR: the activation is relu"
    single = wide((4, 2))
    assert subject.check(single, granularity="tensor").verdict is Verdict.HOLDS


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["ACROSS", "LINEAR", "SQUARED"]
    tied = subject.check(next(pair for _, pair in subject.necessity()))
    assert (tied.comparisons[1].measured.value, tied.comparisons[1].bound.value) == (2, 1)


def test_hunt() -> None:
    assert hunt(SLUG, 60, seed=3).verdicts == {"HOLDS": 60}


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = wide()
    there = from_toy(here.landscape)
    left = subject.check(here, granularity="tensor")
    ends = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b)]
    right = subject.check(replace(here, landscape=there, theta_a=ends[0], theta_b=ends[1]), granularity="tensor")
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
