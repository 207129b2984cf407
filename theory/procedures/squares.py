"""target >= 0 by a written certificate: target = Σ c q^2 (product of hypotheses), c >= 0; z3 gives a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp
from sympy.core.function import AppliedUndef

from theory.evidence import Evidence
from theory.procedures.identity import identity
from theory.procedures.limits import STEP_SECONDS
from theory.procedures.ruling import Ruling, undecided
from theory.procedures.smt import implied

CERTIFICATE = "sum of squares certificate"
SECOND_OPINION_SECONDS = 2.0
"""z3 only confirms here: the certificate decides, so a short limit costs no evidence."""

Term = tuple[sp.Rational, sp.Expr, tuple[int, ...]]


def nonnegative(target: sp.Expr, given: Sequence[sp.Expr], certificate: Sequence[Term], seconds: float = STEP_SECONDS) -> Ruling:
    """Whether target >= 0 wherever every given expression is >= 0.

    Raises:
        IndexError: a certificate term names a hypothesis that does not exist.

    """
    hypotheses = [sp.Ge(h, 0) for h in given]
    conclusion = sp.Ge(target, 0)
    if not certificate:
        return implied(hypotheses, conclusion, seconds)
    if any(not sp.sympify(c).is_Rational or c < 0 for c, _, _ in certificate):
        return undecided(CERTIFICATE, "a multiplier is not a rational number >= 0")
    if imaginary := [q for _, q, _ in certificate if not _is_real(sp.sympify(q))]:
        return undecided(CERTIFICATE, f"the square of {imaginary[0]} may be negative: it is not known to be real")
    total = sp.Add(*[c * q**2 * sp.prod([given[i] for i in used]) for c, q, used in certificate])
    ruling = identity(target, total, seconds)
    opinion = implied(hypotheses, conclusion, SECOND_OPINION_SECONDS)
    if opinion.evidence is Evidence.REFUTED:
        if ruling.evidence is Evidence.PROVED:
            return undecided(f"{CERTIFICATE}; {opinion.procedure}", f"PROCEDURES DISAGREE: certified, yet {opinion.detail}")
        return opinion
    if ruling.evidence in {Evidence.REFUTED, Evidence.UNDECIDED}:
        return undecided(
            f"{CERTIFICATE} by {ruling.procedure}", f"the certificate does not add up to the target: {ruling.detail}"
        )
    confirmed = f"; {opinion.procedure}" if opinion.evidence is Evidence.PROVED else ""
    return replace(ruling, procedure=f"{CERTIFICATE} by {ruling.procedure}{confirmed}").trusting(*opinion.trusts)


def _is_real(e: sp.Expr) -> bool:
    """Whether the value is real wherever it exists; symbols and undefined functions stand for real numbers."""
    if isinstance(e, sp.Symbol | AppliedUndef | sp.Derivative):
        return e.is_real is not False
    if isinstance(e, sp.Add | sp.Mul) or (isinstance(e, sp.Pow) and e.exp.is_Integer):
        return all(map(_is_real, e.args))
    return bool(e.is_real)
