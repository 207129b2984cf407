"""Formulas as a reader expects them."""

from __future__ import annotations

import pytest

from theory.formulas import latex
from theory.symbols import LETTERS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sigma", r"\sigma"),
        ("s_0", "s_{0}"),
        ("margin", r"\text{margin}"),
        ("margin_a", r"\text{margin}_{a}"),
        ("largest_weight", r"\text{largest weight}"),
    ],
)
def test_words_are_set_upright_and_greek_letters_are_not(name: str, expected: str) -> None:
    assert latex(LETTERS[name]) == expected
