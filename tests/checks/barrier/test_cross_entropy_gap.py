"""The KL form and the bounds: known numbers, Hoeffding's constant, and what each bound needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax

from toykit import tolerances
from toykit.checks.barrier.cross_entropy_gap import check, extremal, letters, necessity
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.losses import CrossEntropy
from toykit.networks.designed import designed
from toykit.networks.fixtures import p2
from toykit.outputs import OutputChord
from toykit.verdict import Verdict

SLUG = "barrier/cross_entropy_gap"
KNOWN = {
    "gap": 0.1863337,
    "lower": 0.0662192,
    "tilted": 0.2972777,
    "ranged": 0.1912192,
    "normed": 0.3162192,
    "risen": 0.5662192,
    "loose": 1.0,
}


def one_example() -> dict[str, float]:
    _, pair = extremal()
    chord = OutputChord(pair)
    return letters(chord.at(0.5), chord.target_rows)


@pytest.mark.parametrize(("name", "value"), KNOWN.items())
def test_the_numbers_of_one_example(name: str, value: float) -> None:
    assert evaluate(SLUG, name, one_example()) == pytest.approx(value, abs=tolerances.printed(7))


def test_the_letters_of_one_example() -> None:
    found = one_example()
    assert (found["linear"], found["spread"], found["spread_2"], found["error_2"], found["rise"]) == (0.5, 1.0, 1.0, 1.0, 1.0)
    assert (found["cost"], found["gain"]) == pytest.approx((0.1201145, 0.4337808), abs=tolerances.printed(7))


def test_the_check_compares_these_numbers() -> None:
    _, pair = extremal()
    result = check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.extra["tightest at 1/2"] == "(ii)"
    titles = {"(i)": "tilted", "(ii)": "ranged", "(iii)": "risen", "lower": "lower"}
    known = {f"gap at 1/2, {title}": formula for title, formula in titles.items()}
    found = {c.name: c.bound.value for c in result.comparisons if c.name in known}
    assert found == pytest.approx({name: KNOWN[formula] for name, formula in known.items()}, abs=tolerances.printed(7))


def test_without_output_error_the_gap_is_minus_the_ensemble_gain() -> None:
    pair = designed([[2.0, 0.0]], [[0.0, 2.0]], [[0.0, 0.0]], np.array([0]), CrossEntropy())
    result = check(pair)
    assert result.measured is not None
    assert result.measured.value == pytest.approx(-0.433781, abs=tolerances.printed(6))
    assert result.verdict is Verdict.HOLDS


def test_along_the_ones_all_bounds_but_the_mean_range_meet() -> None:
    ones, _ = extremal()
    bounds = {c.name: c.bound.value for c in check(ones).comparisons if "1/2" in c.name and "mean range" not in c.name}
    assert max(bounds.values()) - min(bounds.values()) <= tolerances.ROUNDING


@given(
    st.lists(st.floats(-6, 6), min_size=2, max_size=5),
    st.lists(st.floats(-6, 6), min_size=5, max_size=5),
)
def test_the_curvature_cost_is_below_an_eighth_of_the_squared_range(z: list[float], errors: list[float]) -> None:
    start, error = np.array(z), np.array(errors[: len(z)])
    cost = logsumexp(start + error) - logsumexp(start) - softmax(start) @ error
    assert -tolerances.ROUNDING * 12 <= cost <= np.ptp(error) ** 2 / 8 + tolerances.ROUNDING * 12


def test_an_eighth_cannot_be_made_smaller() -> None:
    pair = designed([[0.0, 0.0]], [[0.0, 0.0]], [[1 / 64, -1 / 64]], np.array([0]), CrossEntropy())
    chord = OutputChord(pair)
    found = letters(chord.at(0.5), chord.target_rows)
    assert 0.999 < 8 * found["cost"] / found["spread_2"] < 1


def test_large_logits_do_not_overflow() -> None:
    pair = designed([[900.0, -900.0]], [[-900.0, 900.0]], [[50.0, 0.0]], np.array([1]), CrossEntropy())
    assert check(pair).verdict is Verdict.HOLDS


def test_another_loss_is_inapplicable_and_the_bounds_fail() -> None:
    ((name, pair),) = necessity()
    result = check(pair)
    assert name == "CROSS_ENTROPY"
    assert result.verdict is Verdict.INAPPLICABLE
    assert not all(c.holds for c in result.comparisons)
    assert check(p2()).comparisons == ()


def test_the_hunt_comes_close_to_every_sharp_bound() -> None:
    found = hunt(SLUG, 100)
    assert found.verdict is Verdict.HOLDS
    for name in ("(i)", "(ii)", "(iii)", "lower"):
        assert found.ratios[f"gap at 1/2, {name}"] > 0.99
