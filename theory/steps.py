"""The steps of a derivation. Each names its own decision procedure; none can be marked as true by hand.

A step is a frozen value with `says` (one sentence a reader can follow), `formula` (what is displayed, unevaluated)
and `decide()` (what its procedure found). The procedures themselves lie in `theory.procedures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import sympy as sp

from theory.evidence import Evidence
from theory.procedures.cases import all_equal
from theory.procedures.identity import identity
from theory.procedures.primitive import antiderivative, definite
from theory.procedures.ruling import Ruling
from theory.procedures.smt import implied
from theory.procedures.squares import nonnegative
from theory.procedures.sturm import positive

__all__ = [
    "Cases",
    "Cited",
    "Identity",
    "Lemma",
    "Nonnegative",
    "Piecewise",
    "Positive",
    "Primitive",
    "Ruling",
    "Square",
    "Step",
]


class Step(Protocol):
    """One link of a derivation."""

    @property
    def says(self) -> str:
        """The step in one sentence."""

    @property
    def formula(self) -> sp.Basic | None:
        """The relation shown to the reader, unevaluated; None where the sentence says it all."""

    def decide(self) -> Ruling:
        """Run the step's decision procedure."""


@dataclass(frozen=True)
class Identity:
    """lhs == rhs for all values of the symbols: ring normal form and, independently, evaluation in a prime field.

    Unevaluated `Derivative`, `Integral`, `Subs` and `Sum` inside are carried out by the checker.
    """

    says: str
    lhs: sp.Expr
    rhs: sp.Expr

    @property
    def formula(self) -> sp.Basic:
        """lhs = rhs, unevaluated."""
        return sp.Eq(self.lhs, self.rhs, evaluate=False)

    def decide(self) -> Ruling:
        """Ring normal form and, independently, random points of a prime field."""
        return identity(self.lhs, self.rhs)


@dataclass(frozen=True)
class Primitive:
    """d/dx antiderivative == integrand; with `bounds` and `value` also the definite integral by the fundamental theorem."""

    says: str
    antiderivative: sp.Expr
    variable: sp.Symbol
    integrand: sp.Expr
    bounds: tuple[sp.Expr, sp.Expr] | None = None
    value: sp.Expr | None = None

    def __post_init__(self) -> None:
        if (self.bounds is None) != (self.value is None):
            raise ValueError(
                f"a definite integral has bounds and a value, a primitive neither; got bounds {self.bounds}, "
                f"value {self.value}; give both or none"
            )

    @property
    def formula(self) -> sp.Basic:
        """The definite integral and its value; without bounds, the derivative and the integrand."""
        if self.bounds is None:
            return sp.Eq(sp.Derivative(self.antiderivative, self.variable), self.integrand, evaluate=False)
        return sp.Eq(sp.Integral(self.integrand, (self.variable, *self.bounds)), self.value, evaluate=False)

    def decide(self) -> Ruling:
        """Differentiate; with bounds, insert the ends."""
        if self.bounds is None or self.value is None:
            return antiderivative(self.antiderivative, self.variable, self.integrand)
        return definite(self.antiderivative, self.variable, self.integrand, self.bounds, self.value)


@dataclass(frozen=True)
class Square:
    """One term c * q^2 * (product of the hypotheses with these indices) of a positivity certificate, c >= 0 rational."""

    multiplier: sp.Rational
    root: sp.Expr
    hypotheses: tuple[int, ...] = ()


@dataclass(frozen=True)
class Nonnegative:
    """target >= 0 wherever all `given` expressions are >= 0: target equals a sum of certificate terms.

    The identity is decided by ring; z3, where installed, decides the inequality a second time without the certificate.
    With an empty certificate only z3 can decide it.
    """

    says: str
    target: sp.Expr
    given: tuple[sp.Expr, ...] = ()
    certificate: tuple[Square, ...] = ()

    @property
    def formula(self) -> sp.Basic:
        """given >= 0 implies target >= 0."""
        return _implication([sp.Ge(h, 0, evaluate=False) for h in self.given], sp.Ge(self.target, 0, evaluate=False))

    def decide(self) -> Ruling:
        """Check the certificate; ask z3 as well, or alone where there is none."""
        return nonnegative(self.target, self.given, [(c.multiplier, c.root, c.hypotheses) for c in self.certificate])


@dataclass(frozen=True)
class Positive:
    """polynomial > 0 on [lo, hi] for one variable: no real root there (Sturm sequence) and a positive value at lo."""

    says: str
    polynomial: sp.Expr
    variable: sp.Symbol
    lo: sp.Rational
    hi: sp.Rational

    @property
    def formula(self) -> sp.Basic:
        """lo <= variable <= hi implies polynomial > 0."""
        inside = [sp.Ge(self.variable, self.lo, evaluate=False), sp.Le(self.variable, self.hi, evaluate=False)]
        return _implication(inside, sp.Gt(self.polynomial, 0, evaluate=False))

    def decide(self) -> Ruling:
        """Count real roots with a Sturm sequence."""
        return positive(self.polynomial, self.variable, self.lo, self.hi)


@dataclass(frozen=True)
class Piecewise:
    """hypotheses imply the conclusion for piecewise-linear or small polynomial relations (Max, Abs, Piecewise): z3."""

    says: str
    conclusion: sp.Basic
    hypotheses: tuple[sp.Basic, ...] = ()

    @property
    def formula(self) -> sp.Basic:
        """The hypotheses imply the conclusion."""
        return _implication(list(self.hypotheses), self.conclusion)

    def decide(self) -> Ruling:
        """Ask z3; a counterexample counts only when evaluated again exactly."""
        return implied(self.hypotheses, self.conclusion)


@dataclass(frozen=True)
class Cases:
    """Finitely many exact cases: each pair (lhs, rhs) of closed rational or algebraic expressions is equal."""

    says: str
    equal: tuple[tuple[sp.Expr, sp.Expr], ...]

    @property
    def formula(self) -> sp.Basic:
        """The equations, one after the other."""
        equations = [sp.Eq(lhs, rhs, evaluate=False) for lhs, rhs in self.equal]
        return equations[0] if len(equations) == 1 else sp.Tuple(*equations)

    def decide(self) -> Ruling:
        """Evaluate both sides of every case exactly."""
        return all_equal(self.equal)


@dataclass(frozen=True)
class Cited:
    """A textbook fact or a modelling step, named and not checked here: earns PROVED GIVEN, never PROVED."""

    says: str
    fact: str
    displayed: sp.Basic | None = None

    @property
    def formula(self) -> sp.Basic | None:
        """What the fact says here, where it is shown as a formula."""
        return self.displayed

    def decide(self) -> Ruling:
        """Nothing is checked: the fact is passed on as given."""
        return Ruling(Evidence.PROVED_GIVEN, "cited, not checked", self.fact, given=(self.fact,))


@dataclass(frozen=True)
class Lemma:
    """Another claim of the catalogue, whose own derivation decides: its evidence is this step's evidence."""

    says: str
    slug: str

    @property
    def formula(self) -> None:
        """Nothing to display: the other page shows it."""
        return None

    def decide(self) -> Ruling:
        """Derive the other claim and pass on its evidence, what it was given and what it trusts."""
        from theory.catalogue import claim
        from theory.derivation import derive, underway

        if self.slug in underway():
            return Ruling(Evidence.UNDECIDED, "lemma", f"circular: {' -> '.join((*underway(), self.slug))}")
        found = derive(claim(self.slug))
        detail = f"{self.slug} is {found.evidence.word}, {len(found.steps)} steps"
        return Ruling(found.evidence, "lemma", detail, trusts=found.trusted_base, given=found.given)


def _implication(hypotheses: list[sp.Basic], conclusion: sp.Basic) -> sp.Basic:
    if not hypotheses:
        return conclusion
    premise = hypotheses[0] if len(hypotheses) == 1 else sp.And(*hypotheses, evaluate=False)
    return sp.Implies(premise, conclusion, evaluate=False)
