"""The certificate: known examples, exactness for two classes, ties, and that no certified example is ever wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.checks.barrier.accuracy_certificate import check, class_labels, extremal, lead, margins, necessity
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.designed import designed
from toykit.networks.fixtures import f10, p2
from toykit.outputs import OutputChord
from toykit.seeds import generator
from toykit.verdict import Verdict

SLUG = "barrier/accuracy_certificate"


def at_half(pair: Pair):
    chord = OutputChord(pair)
    return margins(chord.at(0.5), class_labels(chord))


def test_a_tie_where_the_range_is_the_mean_margin() -> None:
    tie, *_ = extremal()
    found = at_half(tie)
    assert (found.margin_a.tolist(), found.margin_b.tolist()) == ([2.0], [1.0])
    assert (found.reach.tolist(), found.rival.tolist(), found.here.tolist()) == ([1.5], [1.5], [0.0])
    assert (found.error, found.uncertified("slack_range")) == (1.0, 1.0)


def test_a_smaller_error_is_certified() -> None:
    _, smaller, _ = extremal()
    found = at_half(smaller)
    assert OutputChord(smaller).at(0.5).here.tolist() == [[1.0, 0.5]]
    assert found.reach.tolist() == [1.0]
    assert (found.error, found.uncertified("slack_range")) == (0.0, 0.0)
    assert check(smaller).verdict is Verdict.HOLDS


def test_two_classes_are_certified_exactly() -> None:
    for pair in extremal():
        headline = check(pair).comparisons[0]
        assert headline.slack == 0


def test_four_examples() -> None:
    *_, four = extremal()
    found = at_half(four)
    assert found.here.tolist() == [0.0, 3.0, 0.5, -0.5]
    assert (found.error, found.uncertified("slack"), found.uncertified("slack_range")) == (0.5, 0.5, 0.5)


logits = st.lists(st.integers(-8, 8), min_size=12, max_size=12).map(lambda values: np.array(values).reshape(4, 3) / 4)


@given(logits, logits, logits)
def test_no_certified_example_is_wrong(start, end, error) -> None:
    found = at_half(designed(start, end, error, np.array([0, 1, 2, 0]), CrossEntropy()))
    for form in ("slack", "slack_range"):
        assert (found.here[found.slack(form) > 0] > 0).all()
    assert (found.slack("slack_range") <= found.slack("slack")).all()


def test_the_certificate_has_no_unit() -> None:
    draw = generator("certificate without a unit")
    start, end, error = draw.normal(size=(3, 20, 4))
    labels = draw.integers(0, 4, size=20)
    plain, scaled = (check(designed(c * start, c * end, c * error, labels, CrossEntropy())) for c in (1, 1024))
    for one, other in zip(plain.comparisons, scaled.comparisons, strict=True):
        assert (one.measured.value, one.bound.value) == (other.measured.value, other.bound.value)


def test_a_margin_is_the_lead_over_the_best_other_class() -> None:
    assert lead(np.array([[1.0, 5.0, 3.0], [1.0, 5.0, 5.0]]), np.array([1, 1])).tolist() == [2.0, 0.0]


@pytest.mark.parametrize("pair", [p2(), f10()], ids=lambda pair: pair.name)
def test_without_class_labels_it_is_inapplicable(pair: Pair) -> None:
    result = check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.assumptions["CLASSES"].holds is False


def test_there_is_nothing_to_drop() -> None:
    assert list(necessity()) == []


def test_the_hunt_reaches_equality() -> None:
    found = hunt(SLUG, 60)
    assert found.verdict is Verdict.HOLDS
    assert found.ratios["error at 1/2, maximum form"] == 1.0
