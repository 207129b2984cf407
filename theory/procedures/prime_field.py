"""Schwartz-Zippel: evaluate an expression at random points of the field of 2^61 - 1 elements; no expansion, no blow-up.

Written apart from `theory.procedures.ring` on purpose: the two share no code, so that one checks the other. Atoms are
drawn, not collected: a square root is a root modulo the prime with a drawn sign, sin and cos come from the rational
parametrisation of the circle, exp of a sum is a product of drawn elements, any other function is a drawn element.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

PRIME = (1 << 61) - 1
TRIALS = 8
DRAWS = 400


class NoPoint(Exception):
    """The expression has no value in the field at this point: a division by zero or a missing square root."""


@dataclass(frozen=True)
class FieldFinding:
    """Whether every trial gave 0; None where no point was found. `error` bounds the chance of a wrong yes."""

    zero: bool | None
    trials: int
    degree: int
    error: Fraction
    reason: str = ""


def evaluate_at_random(expression: sp.Expr, seed: int = 0) -> FieldFinding:
    """Whether the expression is 0 at `TRIALS` random points at which it has a value."""
    source = random.Random(seed)
    degree, roots = _size(expression)
    passed, reason = 0, ""
    for _ in range(DRAWS):
        try:
            value = _Point(source).value(expression)
        except NoPoint as missing:
            reason = str(missing)
            continue
        if value:
            return FieldFinding(False, passed + 1, degree, Fraction(0))
        passed += 1
        if passed == TRIALS:
            # k square roots: the product over the 2^k signs is the polynomial, and only about one point in 2^k has roots
            return FieldFinding(True, passed, degree, min(Fraction(1), Fraction(4**roots * degree, PRIME)) ** TRIALS)
    return FieldFinding(None, passed, degree, Fraction(1), reason)


class _Point:
    """One random point: a field element for each symbol and each function value, drawn when first met."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.known: dict[object, int] = {}

    def drawn(self, key: object) -> int:
        if key not in self.known:
            self.known[key] = self.source.randrange(1, PRIME)
        return self.known[key]

    def value(self, e: sp.Expr) -> int:
        if e not in self.known:
            self.known[e] = self._value(e) % PRIME
        return self.known[e]

    def _value(self, e: sp.Expr) -> int:
        if e.is_Rational:
            return int(e.p) * _inverse(int(e.q))
        if e.is_Symbol:
            return self.drawn(("symbol", e))
        if e.is_Add:
            return sum(map(self.value, e.args))
        if e.is_Mul:
            product = 1
            for factor in e.args:
                product = product * self.value(factor) % PRIME
            return product
        if e.func is sp.exp:
            return self._power(sp.E, e.exp)
        if e.is_Pow:
            if e.exp.is_Integer and e.base is not sp.E:
                base = self.value(e.base)
                return pow(base if e.exp > 0 else _inverse(base), abs(int(e.exp)), PRIME)
            return self._power(e.base, e.exp)
        return self._function(e)

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> int:
        """base^exponent where the exponent is no whole number, or the base is e."""
        result = 1
        for summand in sp.Add.make_args(exponent):
            number, rest = summand.as_coeff_Mul()
            if rest == 1 and number.q == 1 and base is not sp.E:
                element = self.value(base)
            elif rest == 1 and number.q == 2:
                element = self._square_root(base)
            else:
                element = self.drawn(("power", base, rest / number.q))
            result = result * pow(element if number.p > 0 else _inverse(element), abs(int(number.p)), PRIME) % PRIME
        return result

    def _square_root(self, e: sp.Expr) -> int:
        if e.is_Integer and not sp.isprime(e):
            result = 1  # roots of whole numbers are built from roots of primes, so that sqrt(6) = sqrt(2) sqrt(3)
            for prime, power in sp.factorint(e).items():
                result = result * pow(self._square_root(sp.Integer(prime)), power, PRIME) % PRIME
            return result
        if e.is_Rational and e.q != 1:
            return self._square_root(sp.Integer(e.p)) * _inverse(self._square_root(sp.Integer(e.q)))
        key = ("root", e)
        if key not in self.known:
            square = self.value(e)
            root = pow(square, (PRIME + 1) // 4, PRIME)  # a root if there is one: the prime is 3 modulo 4
            if root * root % PRIME != square:
                raise NoPoint(f"no square root of {e} in the field")
            self.known[key] = root if self.source.random() < 0.5 else PRIME - root
        return self.known[key]

    def _function(self, e: sp.Expr) -> int:
        if e is sp.I:
            raise NoPoint("no square root of -1 in the field")
        if e.func in {sp.sin, sp.cos, sp.tan}:
            half = self.drawn(("half angle", e.args[0]))
            over = 1 + half * half
            if e.func is sp.tan:
                return 2 * half * _inverse(1 - half * half)
            return (2 * half if e.func is sp.sin else 1 - half * half) * _inverse(over)
        if e.func in {sp.sinh, sp.cosh, sp.tanh, sp.coth}:
            up = self._power(sp.E, e.args[0])
            down = _inverse(up)
            sinh, cosh = (up - down) * _inverse(2), (up + down) * _inverse(2)
            over = {sp.tanh: cosh, sp.coth: sinh}.get(e.func, 1)
            return (cosh if e.func in {sp.cosh, sp.coth} else sinh) * _inverse(over)
        if e.func is sp.Abs and e.args[0].is_real:
            return self.value(e.args[0]) * (1 if self.drawn(("sign", e.args[0])) % 2 else -1)
        return self.drawn(("function", e))


def _inverse(element: int) -> int:
    if element % PRIME == 0:
        raise NoPoint("division by zero")
    return pow(element, -1, PRIME)


def _size(expression: sp.Expr) -> tuple[int, int]:
    """(degree bound of the numerator, number of square roots) over a common denominator, nothing expanded."""
    roots = {
        e for e in sp.preorder_traversal(expression) if (e.is_Pow and e.exp.is_Rational and e.exp.q == 2) or e.func is sp.Abs
    }
    return max(1, _degrees(expression)[0]), len(roots)


def _degrees(e: sp.Expr) -> tuple[int, int]:
    """(numerator, denominator) degrees of an upper bound."""
    if e.is_Rational:
        return 0, 0
    if e.is_Add:
        sizes = [_degrees(argument) for argument in e.args]
        below = sum(d for _, d in sizes)
        return max(n - d for n, d in sizes) + below, below
    if e.is_Mul:
        sizes = [_degrees(argument) for argument in e.args]
        return sum(n for n, _ in sizes), sum(d for _, d in sizes)
    if e.is_Pow and e.exp.is_Rational:
        above, below = _degrees(e.base)
        power = -(-abs(int(e.exp.p)) // int(e.exp.q)) if e.exp.q == 2 else abs(int(e.exp.p))
        return (above * power, below * power) if e.exp > 0 else (below * power, above * power)
    if e.is_Pow or e.func is sp.exp:
        exponent = e.exp
        power = sum(abs(int(summand.as_coeff_Mul()[0].p)) for summand in sp.Add.make_args(exponent))
        return power, power
    if e.func in {sp.sin, sp.cos, sp.tan}:
        return 2, 2
    if e.func in {sp.sinh, sp.cosh, sp.tanh, sp.coth}:
        power = 2 * _degrees(sp.exp(e.args[0]))[0]
        return power, power
    if e.func is sp.Abs:
        return _degrees(e.args[0])
    return 1, 0
