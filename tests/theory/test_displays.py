"""Formulas broken over lines: nothing is lost, and every line stands by itself."""

from __future__ import annotations

import sympy as sp

from theory.displays import LINE, displayed
from theory.formulas import latex

LONG = sum(sp.Symbol(f"x_{k}") ** k / (k + 1) for k in range(1, 40))


def lines_of(shown: str) -> list[str]:
    body = shown.removeprefix("\\begin{align*}\n").removesuffix("\n\\end{align*}")
    return [line.removeprefix("&").removeprefix(r"\quad ") for line in body.split(" \\\\\n")]


def test_a_short_formula_is_one_display() -> None:
    assert displayed("a + b") == r"\[ a + b \]"


def test_a_long_formula_loses_nothing_and_its_lines_are_balanced() -> None:
    formula = latex(sp.Eq(LONG, (LONG + 1) * 2, evaluate=False))
    lines = lines_of(displayed(formula))
    assert len(lines) > 3
    assert "".join(lines).replace(" ", "") == formula.replace(" ", "").replace(r"\left", r"\bigl").replace(r"\right", r"\bigr")
    assert all(line.count("{") == line.count("}") for line in lines)


def test_no_line_begins_between_a_sign_and_what_it_belongs_to() -> None:
    formula = "= - ".join(["a" * (LINE - 3), "b" * (LINE - 3)])
    assert lines_of(displayed(formula)) == ["a" * (LINE - 3), "= - " + "b" * (LINE - 3)]


def test_nothing_is_broken_inside_of_a_matrix() -> None:
    matrix = latex(sp.Matrix([[LONG, 1]]))
    assert lines_of(displayed(matrix)) == [matrix.replace(r"\left", r"\bigl").replace(r"\right", r"\bigr")]
