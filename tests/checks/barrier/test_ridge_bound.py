"""The ridge bound is the value of a linear program: maximise -∫ G u over m <= u <= M with ∫ u = sigma."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from toykit import tolerances
from toykit.formula import evaluate
from toykit.seeds import generator

SLUG = "barrier/ridge_bound"
CELLS = 2000


def program(letters: dict[str, float], sign: float) -> float:
    """The largest value of sign * -∫ G(a,t) u(t) dt over step functions u."""
    t = (np.arange(CELLS) + 0.5) / CELLS
    kernel = evaluate("barrier/green_identity", "kernel", {"a": letters["a"], "t": t})
    found = linprog(
        sign * kernel / CELLS,
        A_eq=np.full((1, CELLS), 1 / CELLS),
        b_eq=[letters["sigma"]],
        bounds=(letters["m"], letters["M"]),
    )
    assert found.success, found.message
    return float(-found.fun)


def letters(number: int) -> dict[str, float]:
    """Random letters with m < sigma < M."""
    draw = generator("bathtub", number)
    m = float(draw.uniform(-3, 2))
    high = m + float(draw.uniform(0.5, 4))
    return {"a": float(draw.uniform(0.1, 0.9)), "m": m, "M": high, "sigma": float(draw.uniform(m, high))}


@pytest.mark.parametrize("number", range(5))
def test_the_formulas_are_the_values_of_the_program(number: int) -> None:
    known = letters(number)
    allowed = tolerances.CELLS * (known["M"] - known["m"])
    assert program(known, 1.0) == pytest.approx(evaluate(SLUG, "upper_at", known), abs=allowed)
    assert -program(known, -1.0) == pytest.approx(evaluate(SLUG, "lower_at", known), abs=allowed)


def test_the_program_notices_a_wrong_constant() -> None:
    known = letters(0)
    wrong = evaluate(SLUG, "upper_at", known | {"sigma": known["sigma"] + 0.01})
    assert abs(program(known, 1.0) - wrong) > tolerances.CELLS * (known["M"] - known["m"])
