"""The check of the transitivity bounds: ground truths, necessity, hunts, both backends, networks trained on digits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from toykit.checks.combinability import transitivity_bound as subject
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import m4
from toykit.networks.spline import Spline
from toykit.tolerances import ROUNDING, TORCH64
from toykit.verdict import Result, Verdict

SLUG = subject.SLUG


def named(result: Result, name: str) -> tuple[float, float]:
    """Both sides of the comparison of that name."""
    return next((c.measured.value, c.bound.value) for c in result.comparisons if c.name == name)


@pytest.mark.parametrize(("second", "third", "value"), [(0.8, 0.0, 1.0), (0.0, 0.8, 0.36), (-0.8, 0.0, -0.28)])
def test_three_unit_vectors(second: float, third: float, value: float) -> None:
    result = subject.check(subject.beside(second, third))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["cosine"] == pytest.approx(value, abs=ROUNDING)
    assert named(result, "cosine, low end")[1] == pytest.approx(-0.28, abs=ROUNDING)
    assert named(result, "cosine, high end")[1] == pytest.approx(1, abs=ROUNDING)
    assert result.extra["null cosine"] == pytest.approx(0.36, abs=ROUNDING)


def test_the_double_well() -> None:
    well = Spline([0, 1], [(0, 0, 16, -32, 16)], "16 t^2(1-t)^2").pair()  # (x^2 - 1)^2 at x = 2t - 1
    result = subject.check(replace(well, others=(well.theta_b * 0.5,)))
    assert named(result, "barrier") == (1, 2)
    assert named(result, "barrier, by way of C") == (1, 2)
    assert result.letters["beta"] / 4 == 4, "t is half as long as x"


def test_a_reference_off_the_line_costs_more() -> None:
    well = Spline([0, 1], [(0, 0, 16, -32, 16)], "16 t^2(1-t)^2").pair()
    result = subject.check(replace(well, others=(well.theta_b * 1.5,)))
    assert named(result, "barrier, by way of C") == (1, pytest.approx(8))


def test_the_steps_under_the_null_model() -> None:
    letters = {"rho_a": 0.6, "rho_b": 0.6}
    assert evaluate(SLUG, "null_steps", letters) == pytest.approx(0.2, abs=ROUNDING)
    result = subject.check(subject.beside(0.0, 0.8))
    assert result.extra["cosine of the steps"] == pytest.approx(0.2, abs=ROUNDING)


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["SMOOTH", "NULL"]


def test_kinks_take_the_barrier_out_of_the_claim_and_nothing_else() -> None:
    result = subject.check(m4())
    assert result.verdict is Verdict.HOLDS
    assert "SMOOTH" not in result.assumptions
    assert not any(c.name.startswith("barrier") for c in result.comparisons)
    assert result.extra["third network"].startswith("1 of 3 are scrambled")


def test_hunt() -> None:
    found = hunt(SLUG, 40, seed=2)
    assert found.verdicts == {"HOLDS": 40}
    assert found.ratios["barrier, by way of C"] > 0.999
    assert found.ratios["cosine, high end"] > 0.999


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = next(pair for pair in subject.cases(3) if pair.name.startswith("tanh"))
    there = from_toy(here.landscape)
    moved = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b, *here.others)]
    left, right = subject.check(here), subject.check(Pair(there, moved[0], moved[1], others=(moved[2],)))
    assert [c.name for c in left.comparisons] == [c.name for c in right.comparisons]
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        scale = 1 + abs(mine.measured.value) + abs(mine.bound.value)
        assert its.measured.value == pytest.approx(mine.measured.value, abs=scale * TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, abs=scale * TORCH64)


def test_three_networks_trained_on_digits() -> None:
    pytest.importorskip("torch")
    from toykit.bridge import Recipe, digits, independent_pair

    pair = independent_pair(Recipe((32, 32), epochs=8), digits("train"), (1, 2, 3))
    assert len(pair.others) == 1
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.extra["third network"] == "all given"
    control = result.extra["index by way of a scrambled network"]
    assert 0.1 < control < result.extra["index"] < 1, "matching alone makes residuals alike, a third run makes them more so"
    assert subject.check(replace(pair, others=())).extra["index"] == control
    gaps = result.extra["largest gap of 11 positions"]
    assert gaps["direct"] < gaps["by way of C"] < gaps["unmatched"]
