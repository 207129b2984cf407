"""Ring normal form over Q: a rational identity in free atoms, decided by expanding its numerator.

Every subterm that is not rational (an undefined function, exp, log ...) becomes a free atom: an identity between free
atoms holds for the true functions too; the converse can fail, so a non-zero normal form with atoms decides nothing.
Relations used: exp(u+v) = exp(u)exp(v), sqrt(b)^2 = b, |x|^2 = x^2, sin^2 = 1 - cos^2, i^2 = -1; tanh and its kin
are written with exp, tan with sin and cos. Shares no code with `theory.procedures.prime_field`, its second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

HYPERBOLIC = (sp.sinh, sp.cosh, sp.tanh, sp.coth)


@dataclass(frozen=True)
class NormalForm:
    """Whether an expression vanishes identically in its atoms, and on which denominators that depends."""

    zero: bool
    atoms: tuple[sp.Expr, ...]
    denominators: tuple[sp.Expr, ...]
    impossible: tuple[sp.Expr, ...]
    """Denominators that vanish identically: the expression has no value anywhere."""


class _Atoms:
    """The table of free atoms of one expression; some carry the value of their square."""

    def __init__(self) -> None:
        self.table: dict[sp.Expr, sp.Dummy] = {}
        self.squares: dict[sp.Dummy, sp.Expr] = {}  # in order of entry: a square holds only atoms entered before
        self.denominators: dict[sp.Expr, sp.Expr] = {}

    def free(self, term: sp.Expr, square: sp.Expr | None = None) -> sp.Dummy:
        if term not in self.table:
            self.table[term] = sp.Dummy(f"atom{len(self.table)}")
            if square is not None:
                self.squares[self.table[term]] = square
        return self.table[term]

    def rational(self, e: sp.Expr) -> sp.Expr:
        """The expression as a rational function of symbols and atoms."""
        if e.is_Rational or e.is_Symbol:
            return e
        if isinstance(e, sp.Add | sp.Mul):
            return e.func(*[self.rational(argument) for argument in e.args])
        if isinstance(e, sp.Pow | sp.exp):
            return self._power(e, *e.as_base_exp())
        if isinstance(e, HYPERBOLIC):
            return self.rational(e.rewrite(sp.exp))
        if isinstance(e, sp.tan):
            return self.rational(sp.sin(e.args[0]) / sp.cos(e.args[0]))
        if isinstance(e, sp.sin):
            return self.free(e, square=1 - self.rational(sp.cos(e.args[0])) ** 2)
        if isinstance(e, sp.Abs) and e.args[0].is_real:
            return self.free(e, square=self.rational(e.args[0]) ** 2)
        if e is sp.I:
            return self.free(e, square=sp.Integer(-1))
        return self.free(e)

    def _power(self, e: sp.Expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        if exponent.is_Integer and base is not sp.E:
            inside = self.rational(base)
            if exponent < 0 and not inside.is_Rational:
                self.denominators.setdefault(base, inside)
            return inside**exponent
        if isinstance(exponent, sp.Add):
            return sp.Mul(*[self.rational(base**summand) for summand in exponent.args])
        if exponent.is_Rational and exponent.q == 2:
            return self._root(base) ** exponent.p
        factor, rest = exponent.as_coeff_Mul()
        if factor.p != 1:  # b^(p r) = (b^r)^p for a whole number p
            return self.rational(base ** (rest / factor.q)) ** factor.p
        return self.free(e)

    def _root(self, base: sp.Expr) -> sp.Expr:
        if not base.is_Rational:
            return self.free(sp.sqrt(base), square=self.rational(base))
        primes = [q for q, power in sp.factorint(base.p * base.q).items() if power % 2]
        whole = sp.sqrt(sp.Integer(base.p * base.q) / sp.prod(primes))
        return whole / base.q * sp.prod([self.free(sp.sqrt(q), square=q) if q > 0 else self.rational(sp.I) for q in primes])

    def vanishes(self, e: sp.Expr) -> bool:
        """Whether the rational function is zero, given the squares of the atoms that have one."""
        numerator = sp.fraction(sp.together(e))[0]
        for atom in reversed(self.squares):  # an atom's square holds only atoms entered before it
            if numerator.has(atom):
                return self._split(numerator, atom)
        unknowns = sorted(numerator.free_symbols, key=sp.default_sort_key)
        return bool(sp.Poly(numerator, *unknowns, domain="QQ").is_zero if unknowns else sp.expand(numerator) == 0)

    def _split(self, numerator: sp.Expr, atom: sp.Dummy) -> bool:
        """N = even(s^2) + s odd(s^2) vanishes when both parts do."""
        parts = [sp.Integer(0), sp.Integer(0)]
        for (power,), coefficient in sp.Poly(numerator, atom).terms():
            parts[power % 2] += coefficient * self.squares[atom] ** (power // 2)
        return all(self.vanishes(part) for part in parts)


def normal_form(expression: sp.Expr) -> NormalForm:
    """Whether the expression is 0 as a rational function of its atoms, wherever its denominators are not 0."""
    atoms = _Atoms()
    rational = atoms.rational(expression)
    impossible = tuple(base for base, inside in atoms.denominators.items() if atoms.vanishes(inside))
    zero = not impossible and atoms.vanishes(rational)
    return NormalForm(zero, tuple(atoms.table), tuple(atoms.denominators), impossible)


def denominators(expression: sp.Expr) -> tuple[sp.Expr, ...]:
    """What the expression divides by, numbers left out."""
    atoms = _Atoms()
    atoms.rational(expression)
    return tuple(atoms.denominators)
