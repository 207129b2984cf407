"""What is left standing stays so until the checker carries it out."""

from __future__ import annotations

import sympy as sp

from theory.procedures.evaluation import carried_out
from theory.unevaluated import added, at, inner, power, times, trace

A, B = sp.ImmutableMatrix([[1, 2], [3, 4]]), sp.ImmutableMatrix([[0, 1], [1, 0]])
x, y, z = sp.symbols("x y z")


def test_nothing_is_carried_out_before_it_is_asked_for() -> None:
    cases = (
        (added(1, times(2, x - 1)), 2 * x - 1),
        (times(6, sp.Rational(1, 2)), sp.Integer(3)),
        (power(3), sp.Integer(9)),
        (power(x * y, -2), 1 / (x**2 * y**2)),
        (trace(A, B), sp.Integer(5)),
        (inner(A, A), sp.Integer(30)),
        (at(x + y, {x: 1, y: 2}), sp.Integer(3)),
    )
    for left, right in cases:
        assert left != right
        assert sp.expand(carried_out(left) - right) == 0


def test_values_are_put_in_all_at_once_and_only_where_their_letter_occurs() -> None:
    found = at(x - 2 * y, {x: -y, y: -x, z: 5})
    assert found.variables == (x, y)
    assert carried_out(found) == 2 * x - y
