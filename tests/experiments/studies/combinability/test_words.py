"""One rule from cases to words; averages and errors over pairs."""

import math

import pytest

from experiments.studies.combinability._words import average, found, ordered, shown, standard_error, word
from experiments.studies.study import Word
from experiments.studies.words import UNMEASURED


@pytest.mark.parametrize(
    ("holds", "refuted", "expected"),
    [
        ([True] * 9 + [False], False, Word.REPRODUCED),
        ([True] * 8 + [False] * 2, False, Word.QUALIFIED),
        ([True] * 5 + [False] * 5, False, Word.QUALIFIED),
        ([True] * 4 + [False] * 6, False, Word.NOT_REPRODUCED),
        ([True] * 10, True, Word.NOT_REPRODUCED),
        ([], False, Word.QUALIFIED),
    ],
)
def test_at_most_one_case_in_ten_may_fail(holds: list[bool], refuted: bool, expected: Word) -> None:
    assert word(holds, refuted=refuted) is expected


def test_what_bears_on_nothing_says_so() -> None:
    assert found("x", [], "numbers").says == UNMEASURED
    assert found("x", [True, False], "numbers").says == "1 of 2 cases; numbers"


def test_averages_pass_over_what_is_missing() -> None:
    assert average([1.0, None, 3.0]) == 2.0
    assert average([None]) is None
    assert shown([0.125, None], 2) == "0.12, –"


def test_the_error_is_that_over_pairs_where_there_are_several() -> None:
    assert standard_error([1.0], inside=0.5) == 0.5
    assert standard_error([1.0, 3.0], inside=0.5) == math.sqrt(2) / math.sqrt(2)


def test_parts_are_ordered_by_depth_then_width() -> None:
    parts = [{"config": {"widths": widths}} for widths in ([64, 64], [512], [16])]
    assert [part["config"]["widths"] for part in ordered(parts)] == [[16], [512], [64, 64]]
