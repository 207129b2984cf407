"""Implications between polynomial and piecewise-linear relations over the reals, decided by z3 (the extra `prove`).

Max, Min, Abs and Piecewise become case splits, a square root a fresh number with its square; any other function a free
number, so that a yes holds for the true function too. A model refutes only after exact evaluation of the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from theory.evidence import Evidence
from theory.procedures.limits import STEP_SECONDS, OutOfTime, within
from theory.procedures.ruling import SMT, Ruling, undecided
from theory.procedures.witness import POINTS, agrees, named, violates, violation

FEW = 40
MISSING = "needs z3, which is not installed: pip install 'toykit[prove]'"


def installed() -> bool:
    """Whether z3 can be imported."""
    try:
        import z3  # noqa: F401
    except ImportError:
        return False
    return True


def implied(hypotheses: Sequence[sp.Basic], conclusion: sp.Basic, seconds: float = STEP_SECONDS) -> Ruling:
    """Whether the hypotheses imply the conclusion for all real values of the symbols."""
    count = FEW if installed() else POINTS  # z3 finds counterexamples of its own
    try:
        witness = within(seconds, lambda: violation(hypotheses, conclusion, count))
    except OutOfTime:
        witness = None
    if witness is not None:
        return _refuted("search over small rational points", witness)
    return _solve(hypotheses, conclusion, seconds) if installed() else undecided("z3", MISSING)


def _solve(hypotheses: Sequence[sp.Basic], conclusion: sp.Basic, seconds: float) -> Ruling:
    import z3

    name = f"z3 {z3.get_version_string()} over the reals"
    translation = _Translation()
    solver = z3.Solver()
    solver.set("timeout", int(1000 * seconds))
    try:
        solver.add(*(translation.term(h) for h in hypotheses), z3.Not(translation.term(conclusion)))
    except Untranslatable as reason:
        return undecided(name, str(reason))
    solver.add(*translation.facts)
    answer = solver.check()
    if answer == z3.unsat:
        detail = f"{len(hypotheses)} hypotheses" + (f"; {len(translation.free)} free terms" if translation.free else "")
        return Ruling(Evidence.PROVED, name, detail, trusts=(SMT,))
    if answer == z3.unknown:
        return undecided(name, f"z3 gave up: {solver.reason_unknown()}")
    point = translation.point(solver.model())
    if point is not None and violates(hypotheses, conclusion, point):
        return _refuted(name, named(point))
    return undecided(name, "z3 has a model, but it is not a rational point at which the statement is exactly false")


def _refuted(procedure: str, witness: dict[str, sp.Rational]) -> Ruling:
    place = ", ".join(f"{name} = {value}" for name, value in witness.items())
    return Ruling(Evidence.REFUTED, procedure, f"false at {place or 'every point'}, evaluated again exactly", witness)


class Untranslatable(TypeError):
    """A term that z3's theory of real arithmetic has no word for."""


class _Translation:
    """SymPy terms as z3 terms; symbols are kept apart by position, since two symbols may share a name."""

    def __init__(self) -> None:
        self.symbols: dict[sp.Symbol, Any] = {}
        self.free: dict[sp.Expr, Any] = {}
        self.facts: list[Any] = []

    @cached_property
    def z3(self) -> Any:
        import z3

        return z3

    def symbol(self, s: sp.Symbol) -> Any:
        if s not in self.symbols:
            new = self.symbols[s] = self.z3.Real(f"{s.name}!{len(self.symbols)}")
            signs = {
                "positive": new > 0,
                "negative": new < 0,
                "nonnegative": new >= 0,
                "nonpositive": new <= 0,
                "nonzero": new != 0,
            }
            self.facts += [fact for name, fact in signs.items() if getattr(s, f"is_{name}")]
        return self.symbols[s]

    def term(self, e: sp.Basic) -> Any:
        z3 = self.z3
        if e is sp.true or e is sp.false:
            return z3.BoolVal(e is sp.true)
        if isinstance(e, sp.And | sp.Or | sp.Not | sp.Implies):
            return {sp.And: z3.And, sp.Or: z3.Or, sp.Not: z3.Not, sp.Implies: z3.Implies}[e.func](*map(self.term, e.args))
        if isinstance(e, sp.core.relational.Relational):
            left, right = self.term(e.lhs), self.term(e.rhs)
            return {
                "<=": left <= right,
                "<": left < right,
                ">=": left >= right,
                ">": left > right,
                "==": left == right,
                "!=": left != right,
            }[e.rel_op]
        if e.is_Rational:
            return z3.RealVal(f"{e.p}/{e.q}")
        if e.is_Symbol:
            return self.symbol(e)
        if isinstance(e, sp.Add):
            return z3.Sum([self.term(argument) for argument in e.args])
        if isinstance(e, sp.Mul):
            return z3.Product([self.term(argument) for argument in e.args])
        if isinstance(e, sp.Pow) and e.exp.is_Rational:
            return self._power(e)
        return self._split(e)

    def _power(self, e: sp.Pow) -> Any:
        if e.exp.is_Integer:
            product = self.z3.Product([self.term(e.base)] * abs(int(e.exp)))
            return product if e.exp > 0 else 1 / product
        if e.exp.q != 2:
            return self._free(e)
        known = sp.sqrt(e.base) in self.free
        root = self._free(sp.sqrt(e.base))
        if not known:
            self.facts += [root >= 0, root * root == self.term(e.base)]
        power = self.z3.Product([root] * abs(int(e.exp.p)))
        return power if e.exp > 0 else 1 / power

    def _split(self, e: sp.Expr) -> Any:
        z3 = self.z3
        if isinstance(e, sp.Max | sp.Min):
            best, *others = map(self.term, e.args)
            for other in others:
                best = z3.If(best >= other, best, other) if isinstance(e, sp.Max) else z3.If(best <= other, best, other)
            return best
        if isinstance(e, sp.Abs):
            inside = self.term(e.args[0])
            return z3.If(inside >= 0, inside, -inside)
        if isinstance(e, sp.Piecewise):
            if e.args[-1][1] != sp.true:
                raise Untranslatable(f"a Piecewise ends with a case that always holds; got {e}; add (value, True)")
            result = self.term(e.args[-1][0])
            for value, condition in reversed(e.args[:-1]):
                result = z3.If(self.term(condition), self.term(value), result)
            return result
        if not isinstance(e, sp.Expr):
            raise Untranslatable(f"z3 decides relations between real terms; got {type(e).__name__} {e}")
        return self._free(e)

    def _free(self, e: sp.Expr) -> Any:
        if e not in self.free:
            self.free[e] = self.z3.Real(f"free!{len(self.free)}")
        return self.free[e]

    def point(self, model: Any) -> dict[sp.Symbol, sp.Rational] | None:
        """The model as a rational point, or None where it is irrational or breaks an assumption of a symbol."""
        found = {}
        for symbol, variable in self.symbols.items():
            value = model.eval(variable, model_completion=True)
            if not self.z3.is_rational_value(value):
                return None
            found[symbol] = sp.Rational(value.numerator_as_long(), value.denominator_as_long())
        return found if all(agrees(symbol, value) for symbol, value in found.items()) else None
