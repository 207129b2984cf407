from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from theory.procedures import prime_field, ring
from theory.procedures.prime_field import PRIME, TRIALS, evaluate_at_random

x, y = sp.symbols("x y", real=True)


def test_the_modulus_is_the_mersenne_prime_that_has_easy_roots() -> None:
    assert PRIME == 2**61 - 1
    assert sp.isprime(PRIME)
    assert PRIME % 4 == 3


def test_the_error_bound_is_degree_over_size_for_each_trial() -> None:
    found = evaluate_at_random((x + y) ** 5 - sp.expand((x + y) ** 5))
    assert found.zero
    assert (found.degree, found.error) == (5, Fraction(5, PRIME) ** TRIALS)


@pytest.mark.parametrize(
    ("expression", "degree"),
    [(x**3 * y + 1, 4), (1 / (x + y) + 1 / x - y, 3), ((x**2 + 1) ** -2, 0), (x / (1 + y**2) + x**2, 4), (sp.tanh(x) + 1, 2)],
)
def test_the_degree_bound_covers_the_numerator(expression: sp.Expr, degree: int) -> None:
    assert evaluate_at_random(expression).degree == max(degree, 1)


def test_a_point_without_value_is_drawn_again() -> None:
    assert evaluate_at_random(sp.sqrt(x) ** 2 * y - sp.sqrt(x) * sp.sqrt(x) * y + sp.sqrt(x**2 + y) ** 4 - (x**2 + y) ** 2).zero
    nowhere = evaluate_at_random(sp.sqrt(3) + x)
    assert nowhere.zero is None
    assert "square root of 3" in nowhere.reason


def test_roots_have_no_sign_by_convention() -> None:
    assert evaluate_at_random(sp.sqrt(3 + 2 * sp.sqrt(2)) - 1 - sp.sqrt(2)).zero is not True


def test_the_two_procedures_share_no_code() -> None:
    ours = {name for name, thing in vars(prime_field).items() if getattr(thing, "__module__", None) == ring.__name__}
    theirs = {name for name, thing in vars(ring).items() if getattr(thing, "__module__", None) == prime_field.__name__}
    assert ours == theirs == set()
