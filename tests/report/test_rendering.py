"""Numbers as pages show them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from toykit.report.rendering import number
from toykit.verdict import Number


@given(st.floats(-1e9, 1e9), st.floats(1e-12, 1e6))
def test_a_printed_enclosure_still_encloses(lo: float, width: float) -> None:
    hi = lo + width
    if lo == hi:
        return
    shown = number(Number.certified(lo, hi).to_json()).replace("\N{MINUS SIGN}", "-")
    low, high = (float(end) for end in re.findall(r"\[(.*), (.*)\]", shown)[0])
    assert low <= lo
    assert hi <= high


def test_few_digits_where_they_tell_the_ends_apart() -> None:
    assert ">[0.7341, 0.7355]<" in number(Number.certified(0.73416575947818, 0.7354194141252592).to_json())
    assert ">[0, 1.251e−7]<" in number(Number.certified(0.0, 1.250735300390546e-07).to_json())
