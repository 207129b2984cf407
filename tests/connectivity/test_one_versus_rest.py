"""One certificate per class against all others: both outcomes, the shared problem against each by itself, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.bridge import digits
from toykit.connectivity import one_versus_rest, separate
from toykit.connectivity.readouts import margins
from toykit.errors import InputError, NonFiniteError
from toykit.seeds import generator

RING = np.array([[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [0.0, 0.0]])


def test_the_middle_of_a_triangle_is_no_class_of_its_own() -> None:
    found = one_versus_rest(RING, np.arange(4), 4)
    assert [each.separable for each in found] == [True, True, True, False]
    assert found[3].obstruction is not None
    assert found[3].obstruction.exact


@settings(max_examples=30)
@given(number=st.integers(0, 60), classes=st.integers(2, 4), spread=st.sampled_from([0.3, 1.0, 3.0]))
def test_every_answer_is_that_of_the_problem_by_itself_and_carries_a_proof(number: int, classes: int, spread: float) -> None:
    draw = generator("one versus rest", number)
    labels = np.concatenate([np.arange(classes), draw.integers(0, classes, size=20)])
    features = 2 * np.eye(classes, 3)[labels] + spread * draw.normal(size=(len(labels), 3))
    for k, found in enumerate(one_versus_rest(features, labels, classes)):
        inside = (labels == k).astype(np.int64)
        assert found.separable == separate(features, inside, 2).separable
        if found.separator is not None:
            assert margins(found.separator.readout.outputs(features), inside).min() > 0


def test_ten_digits_on_random_features() -> None:
    data = digits("train")
    draw = generator("one versus rest", 0)
    features = np.maximum(data.inputs @ draw.normal(size=(64, 512)) / 8, 0)
    found = one_versus_rest(features, data.targets, 10)
    assert [each.separable for each in found] == [True] * 10
    assert sum("all classes" in each.how for each in found) > 5, "the shared problem decides most"


def test_a_class_without_examples_or_with_all_is_refused() -> None:
    with pytest.raises(InputError, match=r"got classes \[2\] without"):
        one_versus_rest(RING, np.array([0, 1, 0, 1]), 3)
    with pytest.raises(InputError, match=r"got classes \[0\] without"):
        one_versus_rest(RING, np.zeros(4, dtype=np.int64), 1)
    with pytest.raises(NonFiniteError):
        one_versus_rest(RING * np.nan, np.arange(4), 4)
