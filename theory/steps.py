"""The steps of a derivation. Each names its own decision procedure; none can be marked as true by hand.

A step is a frozen value with `says` (one sentence a reader can follow), `formula` (what is displayed, unevaluated)
and `decide()` (what its procedure found). The procedures themselves lie in `theory.procedures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import sympy as sp

from theory.evidence import Evidence


@dataclass(frozen=True)
class Ruling:
    """What a procedure said of a step: evidence word, procedures used, detail, witness if refuted, what is trusted."""

    evidence: Evidence
    procedure: str
    detail: str = ""
    witness: Mapping[str, sp.Rational] = field(default_factory=dict)
    trusts: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Primitive:
    """d/dx antiderivative == integrand; with `bounds` and `value` also the definite integral by the fundamental theorem."""

    says: str
    antiderivative: sp.Expr
    variable: sp.Symbol
    integrand: sp.Expr
    bounds: tuple[sp.Expr, sp.Expr] | None = None
    value: sp.Expr | None = None


@dataclass(frozen=True)
class Square:
    """One term c * q^2 * (product of the hypotheses with these indices) of a positivity certificate, c >= 0 rational."""

    multiplier: sp.Rational
    root: sp.Expr
    hypotheses: tuple[int, ...] = ()


@dataclass(frozen=True)
class Nonnegative:
    """target >= 0 wherever all `given` expressions are >= 0: target * denominator equals a sum of certificate terms.

    The identity is decided by ring; z3, where installed, decides the inequality a second time without the certificate.
    With an empty certificate only z3 can decide it.
    """

    says: str
    target: sp.Expr
    given: tuple[sp.Expr, ...] = ()
    certificate: tuple[Square, ...] = ()


@dataclass(frozen=True)
class Positive:
    """polynomial > 0 on [lo, hi] for one variable: no real root there (Sturm sequence) and a positive value at lo."""

    says: str
    polynomial: sp.Expr
    variable: sp.Symbol
    lo: sp.Rational
    hi: sp.Rational


@dataclass(frozen=True)
class Piecewise:
    """hypotheses imply the conclusion for piecewise-linear or small polynomial relations (Max, Abs, Piecewise): z3."""

    says: str
    conclusion: sp.Basic
    hypotheses: tuple[sp.Basic, ...] = ()


@dataclass(frozen=True)
class Cases:
    """Finitely many exact cases: each pair (lhs, rhs) of closed rational or algebraic expressions is equal."""

    says: str
    equal: tuple[tuple[sp.Expr, sp.Expr], ...]


@dataclass(frozen=True)
class Cited:
    """A textbook fact or a modelling step, named and not checked here: earns PROVED GIVEN, never PROVED."""

    says: str
    fact: str
    displayed: sp.Basic | None = None


@dataclass(frozen=True)
class Lemma:
    """Another claim of the catalogue, whose own derivation decides: its evidence is this step's evidence."""

    says: str
    slug: str
