"""The formula that is read is the formula that runs: evaluate a claim's closed formulas at measured letters."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from theory.catalogue import claim
from toykit.errors import InputError


@cache
def _compiled(slug: str, name: str) -> tuple[tuple[str, ...], Any]:
    formula = claim(slug).formulas[name]
    symbols = sorted(formula.free_symbols, key=lambda s: s.name)
    return tuple(s.name for s in symbols), sp.lambdify(symbols, formula, "numpy")


def evaluate(slug: str, name: str, letters: Mapping[str, Any]) -> Any:
    """The formula `name` of the claim at float letters (numbers or NumPy arrays, broadcast).

    Raises:
        InputError: the claim has no such formula, or a letter of it is missing.

    """
    _known(slug, name)
    needed, function = _compiled(slug, name)
    missing = [n for n in needed if n not in letters]
    if missing:
        raise InputError(f"formula {name!r} of {slug} needs the letters {', '.join(needed)}; missing {', '.join(missing)}")
    value = function(*(letters[n] for n in needed))
    return value if isinstance(value, np.ndarray) else float(value)


def evaluate_exactly(slug: str, name: str, letters: Mapping[str, Fraction | int]) -> sp.Expr:
    """The formula `name` of the claim at rational letters, in exact arithmetic."""
    _known(slug, name)
    formula = claim(slug).formulas[name]
    values = {s: sp.Rational(letters[s.name].numerator, letters[s.name].denominator) for s in formula.free_symbols}
    return sp.sympify(formula.subs(values))


def _known(slug: str, name: str) -> None:
    formulas = claim(slug).formulas
    if name not in formulas:
        raise InputError(f"{slug} has the formulas {', '.join(formulas) or 'none'}; got {name!r}")
