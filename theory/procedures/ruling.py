"""What a procedure answers, and the names of what its answer trusts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from theory.evidence import Evidence

SYMPY = "SymPy evaluation of expressions"
DIFF = "SymPy diff"
INTEGRATE = "SymPy integrate"
SUMMATION = "SymPy summation"
POLY = "SymPy Poly over QQ"
ROOTS = "SymPy count_roots (Sturm)"
SMT = "z3 without proof object"
CALCULUS = "the fundamental theorem of calculus"


@dataclass(frozen=True)
class Ruling:
    """What a procedure said of a step: evidence word, procedures used, detail, witness if refuted, what is trusted.

    `given` names the cited facts on which a PROVED GIVEN rests.
    """

    evidence: Evidence
    procedure: str
    detail: str = ""
    witness: Mapping[str, sp.Rational] = field(default_factory=dict)
    trusts: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def trusting(self, *more: str) -> Ruling:
        """The same ruling with more entries in its trusted base."""
        return replace(self, trusts=tuple(dict.fromkeys((*self.trusts, *more))))


def undecided(procedure: str, detail: str) -> Ruling:
    """The ruling of a procedure that gives up, with the reason."""
    return Ruling(Evidence.UNDECIDED, procedure, detail)
