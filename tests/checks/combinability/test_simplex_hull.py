"""The check of random combinations of several networks: the plane's ground truths, necessity, hunts, both backends."""

from __future__ import annotations

import pytest

from toykit.checks.combinability import simplex_hull as subject
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import m4
from toykit.tolerances import ROUNDING, TORCH64
from toykit.verdict import Result, Verdict

SLUG = subject.SLUG


def named(result: Result, name: str) -> tuple[float, float]:
    """Both sides of the comparison of that name."""
    return next((c.measured.value, c.bound.value) for c in result.comparisons if c.name == name)


def test_the_plane_with_picks() -> None:
    result = subject.check(subject.corners(alpha="0"))
    assert result.verdict is Verdict.HOLDS
    assert named(result, "mean loss of picks, element") == pytest.approx((10, 10), rel=ROUNDING)
    assert named(result, "mean loss of picks, whole networks") == pytest.approx((9, 9), rel=ROUNDING)
    assert named(result, "mean squared distance from the mean network") == pytest.approx((4, 4), rel=ROUNDING)
    assert result.extra["loss of the mean network"] == pytest.approx(4, rel=ROUNDING)


@pytest.mark.parametrize(("alpha", "elements", "whole"), [("1", 5.5, 5.25), ("0.5", 6.4, 6.0)])
def test_the_plane_with_weights(alpha: str, elements: float, whole: float) -> None:
    result = subject.check(subject.corners(alpha=alpha))
    assert result.verdict is Verdict.HOLDS
    assert named(result, "mean loss, element")[1] == pytest.approx(elements, rel=ROUNDING)
    assert named(result, "mean loss, whole networks")[1] == pytest.approx(whole, rel=ROUNDING)


def test_two_networks_are_the_uniform_law() -> None:
    letters = {"models": 2.0, "alpha": 1.0, "about_mean_2": 0.5, "trace": 0.25}  # Delta = 1, H = 1
    assert evaluate(SLUG, "spread_2", letters) == pytest.approx(1 / 12, rel=ROUNDING)
    assert evaluate(SLUG, "excess", letters) == pytest.approx(1 / 24, rel=ROUNDING)


def test_networks_are_brought_into_one_frame_unless_told_not_to() -> None:
    pair = m4()
    together, apart = (
        subject.framed(pair),
        subject.framed(Pair(pair.landscape, pair.theta_a, pair.theta_b, facts={"order": "as given"})),
    )
    assert (together[0] - together[1]).norm() < (apart[0] - apart[1]).norm()
    assert apart == (pair.theta_a, pair.theta_b)
    assert subject.check(pair).verdict is Verdict.INAPPLICABLE, "a ReLU network has kinks"


def test_a_wrong_divisor_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "exact_trace", lambda mixed: 2.0)
    failed = [c.name for c in subject.check(subject.corners(alpha="0")).comparisons if not c.holds]
    assert failed == ["mean loss of picks, element", "mean loss of picks, whole networks"]


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["SMOOTH", "INDEPENDENT"]


def test_hunt() -> None:
    assert hunt(SLUG, 40, seed=8).verdicts == {"HOLDS": 40}


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = next(pair for pair in subject.cases(4) if pair.name.startswith("tanh 3-5-3"))
    there = from_toy(here.landscape)
    ends = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b, *here.others)]
    left, right = subject.check(here), subject.check(Pair(there, ends[0], ends[1], facts=here.facts, others=tuple(ends[2:])))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        assert its.bound.value == pytest.approx(mine.bound.value, abs=20 * TORCH64)


def test_three_tanh_networks_trained_on_digits() -> None:
    pytest.importorskip("torch")
    from toykit.bridge import Recipe, digits, independent_pair

    pair = independent_pair(Recipe((16,), "tanh", epochs=4), digits("train"), (1, 2, 3))
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.letters["models"] == 3
    assert result.extra["mean loss of draws"] < result.extra["mean loss of picks"]
    assert result.extra["loss of the mean network"] < result.extra["mean loss of draws"]
