"""The check of moment propagation: exact cases, allowances, the proved bound, necessity, hunts, both libraries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from toykit.checks.combinability import relu_moment_propagation as subject
from toykit.combining.propagation import OutputMoments, propagate
from toykit.data import gaussian_clusters
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.fixtures import d3, f10, p2
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import TORCH64, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


def classifier() -> Pair:
    net = MLP((20, 24, 24, 3), "relu", CrossEntropy(), gaussian_clusters(count=30, width=20))
    stream = generator("moments of a classifier")
    return Pair(net, net.draw(stream), net.draw(stream), "classifier")


def test_f10() -> None:
    result = subject.check(f10())
    assert result.verdict is Verdict.HOLDS
    assert result.bound.value == pytest.approx(10.384242780407, abs=printed(11))
    assert [c.name for c in result.comparisons] == ["mean loss", "variance of the outputs", "error of a mean output"]
    assert result.measured.lo < 10.452004114930 < result.measured.hi


def test_what_is_exact_is_compared_to_rounding() -> None:
    for pair in (replace(f10(), facts={"granularity": "row"}), d3(), replace(f10(), facts={"law": "constant(0.7)"})):
        result = subject.check(pair)
        assert result.verdict is Verdict.HOLDS
        for comparison in result.comparisons:
            assert comparison.bound.lo == comparison.bound.hi
            assert comparison.measured.value == pytest.approx(comparison.bound.value, rel=TORCH64, abs=TORCH64)


def test_wrong_moments_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("mean", "covariance"):

        def spoiled(mixed: object, variant: object, wrong: str = wrong) -> OutputMoments:
            honest = propagate(mixed, variant)  # type: ignore[arg-type]
            return honest._replace(**{wrong: 1.001 * getattr(honest, wrong)})

        monkeypatch.setattr(subject, "propagate", spoiled)
        assert subject.check(replace(f10(), facts={"granularity": "row"})).verdict is Verdict.VIOLATED


def test_a_classifier() -> None:
    result = subject.check(classifier())
    assert result.verdict is Verdict.HOLDS
    assert [c.name for c in result.comparisons] == ["mean loss", "variance of the outputs", "mean error"]
    assert abs(result.extra["accuracy measured"] - result.extra["accuracy predicted"]) < subject.ACCURACY_DEEP


def test_a_loss_without_layers_is_inapplicable() -> None:
    assert subject.check(p2()).reason == "INDEPENDENT: Polynomial is not a network with layers"


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["INDEPENDENT", "GAUSSIAN", "FOLLOWED"]


def test_hunt() -> None:
    found = hunt(SLUG, 40, seed=3)
    assert set(found.verdicts) <= {"HOLDS", "INAPPLICABLE"}
    assert found.verdicts["HOLDS"] >= 36


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = classifier()
    there = from_toy(here.landscape)
    ends = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b)]
    right = subject.check(replace(here, landscape=there, theta_a=ends[0], theta_b=ends[1]))
    for mine, its in zip(subject.check(here).comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
