"""Rank correlations against SciPy, intervals over networks, and the words that follow from them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from experiments.studies.barrier._ranking import Group, Interval, better, correlations, partial, scores, spearman, steady
from experiments.studies.barrier._words import graded, joined, share
from experiments.studies.study import Word
from toykit import tolerances
from toykit.seeds import generator

NAMES = ("endpoint", "midpoint", "simpson", "ridge", "curvature", "smoothness", "Delta^2", "angle", "half", "B")


def planted(count: int = 8, noise: float = 0.0, number: int = 0) -> Group:
    """All pairs of networks with a height each: the pair is as high as both together, the distance is noise."""
    draw = generator("planted ranking", number)
    heights = draw.uniform(1, 2, size=count)
    rows, networks = [], []
    for i in range(count):
        for j in range(i):
            high = heights[i] + heights[j]
            row = {name: high * 3 + noise * draw.normal() for name in NAMES}
            rows.append({**row, "half": high, "B": high, "Delta^2": draw.uniform(), "angle": draw.uniform()})
            networks.append((i, j))
    return Group("planted", tuple(rows), tuple(networks))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=20))
def test_spearman_is_scipys(points: list[tuple[int, int]]) -> None:
    x, y = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(x, y).statistic, abs=tolerances.ROUNDING)


def test_partial_correlation_removes_what_the_third_explains() -> None:
    draw = generator("partial", 0)
    z = draw.normal(size=400)
    x, y = z + 0.3 * draw.normal(size=400), z + 0.3 * draw.normal(size=400)
    assert spearman(x, y) > 0.8
    assert abs(float(partial(x, y, z)[0])) < tolerances.sampled(400)
    assert math.isnan(float(partial(x, y, x)[0]))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), min_size=3, max_size=12))
def test_weights_are_repetitions(points: list[tuple[int, int, int]]) -> None:
    x, y, times = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    rows = np.repeat(np.arange(len(x)), times.astype(int))
    found = float(correlations(x, y, times[None])[0]) if len(rows) else math.nan
    if len(set(x[rows])) < 2 or len(set(y[rows])) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(x[rows], y[rows]).statistic, abs=tolerances.ROUNDING)


def test_a_perfect_predictor_has_a_narrow_interval_and_leads() -> None:
    group = planted()
    assert group.spearman("endpoint", "half").value == pytest.approx(1, abs=tolerances.ROUNDING)
    lead = group.lead("endpoint", "Delta^2", "half")
    assert lead.above
    assert group.ratios("endpoint", "half") == pytest.approx((3, 3, 3), rel=tolerances.ROUNDING)
    shuffled = group.shuffled("endpoint", "half")
    assert shuffled is not None
    assert abs(shuffled) < 0.1


def test_networks_are_resampled_not_pairs() -> None:
    """A letter that belongs to networks: the interval over networks is wider than one over as many free pairs."""
    group = planted(noise=2.0)
    free = Group("planted", group.records, tuple((number,) for number in range(len(group.records))))
    ours, theirs = group.spearman("endpoint", "half"), free.spearman("endpoint", "half")
    assert None not in (ours.lo, ours.hi, theirs.lo, theirs.hi)
    assert ours.hi - ours.lo > theirs.hi - theirs.lo  # type: ignore[operator]


def test_two_pairs_have_no_correlation() -> None:
    assert planted(2).spearman("endpoint", "half") == Interval(None, None, None)
    assert scores(planted(2)).rows == ()
    assert len(scores(planted(4)).rows) == 8


@pytest.mark.parametrize(
    ("lead", "word"),
    [
        (Interval(0.3, 0.1, 0.5), Word.REPRODUCED),
        (Interval(0.3, -0.1, 0.5), Word.QUALIFIED),
        (Interval(-0.1, -0.3, 0.2), Word.NOT_REPRODUCED),
        (Interval(None, None, None), Word.NOT_REPRODUCED),
    ],
)
def test_the_word_of_a_lead(lead: Interval, word: Word) -> None:
    assert better(lead) is word


@pytest.mark.parametrize(
    ("ratios", "word"),
    [((1, 2, 3), "REPRODUCED"), ((1, 2, 9), "QUALIFIED"), ((1, 2, 11), "NOT REPRODUCED"), ((-1, 2, 3), "NOT REPRODUCED")],
)
def test_the_word_of_a_height(ratios: tuple[float, float, float], word: str) -> None:
    assert str(steady(ratios)) == word


def test_shares_and_joined_words() -> None:
    assert share([True, None, False]) == (0.5, 2)
    assert share([None]) == (None, 0)
    assert [graded(part) for part in (0.8, 0.5, 0.4, None)] == [Word.REPRODUCED, Word.QUALIFIED, *[Word.NOT_REPRODUCED] * 2]
    assert joined([Word.REPRODUCED, Word.NOT_REPRODUCED]) is Word.QUALIFIED
    assert joined([Word.REPRODUCED] * 2) is Word.REPRODUCED
