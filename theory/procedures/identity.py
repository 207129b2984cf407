"""lhs == rhs by two procedures that share no code; only the ring can prove, a disagreement proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sympy as sp

from theory.evidence import Evidence
from theory.procedures.evaluation import NotExact, carried_out, trusted
from theory.procedures.limits import STEP_SECONDS, OutOfTime, within
from theory.procedures.prime_field import FieldFinding, evaluate_at_random
from theory.procedures.ring import NormalForm, normal_form
from theory.procedures.ruling import POLY, Ruling, undecided
from theory.procedures.witness import unequal

RING = "ring normal form over Q"
FIELD = "random points in the field of 2^61-1"
BOTH = f"{RING}; {FIELD}"

Value = TypeVar("Value")


def identity(lhs: sp.Expr, rhs: sp.Expr, seconds: float = STEP_SECONDS) -> Ruling:
    """Whether lhs == rhs, wherever no denominator is zero; each procedure gets `seconds`."""
    lhs, rhs = sp.sympify(lhs), sp.sympify(rhs)
    try:
        left, right = within(seconds, lambda: (carried_out(lhs), carried_out(rhs)))
    except OutOfTime:
        return undecided("SymPy evaluation", f"ran out of {seconds:g} s")
    except NotExact as reason:
        return undecided("SymPy evaluation", str(reason))
    form = _in_time(seconds, lambda: normal_form(left - right))
    field = _in_time(seconds, lambda: evaluate_at_random(left - right))
    return _combined(left, right, form, field, seconds).trusting(*trusted(lhs, rhs))


def _in_time(seconds: float, work: Callable[[], Value]) -> Value | None:
    try:
        return within(seconds, work)
    except OutOfTime:
        return None


def _combined(left: sp.Expr, right: sp.Expr, form: NormalForm | None, field: FieldFinding | None, seconds: float) -> Ruling:
    if form is None:
        if field is not None and field.zero:
            detail = f"{RING} ran out of {seconds:g} s; degree at most {field.degree}, error at most {float(field.error):.1e}"
            return Ruling(Evidence.PROBABLE, FIELD, detail)
        return _refuted(left, right, FIELD) or undecided(BOTH, f"{RING} ran out of {seconds:g} s")
    if form.impossible:
        return undecided(RING, f"division by zero: {form.impossible[0]} vanishes identically")
    if form.zero:
        if field is not None and field.zero is False:
            return undecided(BOTH, "PROCEDURES DISAGREE: the ring says equal, the prime field says different; one has a defect")
        both = field is not None and field.zero
        reason = "" if both else f"prime field does not apply: {field.reason if field else 'ran out of time'}"
        return Ruling(Evidence.PROVED, BOTH if both else RING, _conditions(form, reason), trusts=(POLY,))
    if field is not None and field.zero:
        return undecided(BOTH, "PROCEDURES DISAGREE: the prime field says equal, the ring says different; one has a defect")
    reason = "the two sides differ; " + (
        f"a relation between {_counted(form)} may be missing" if form.atoms else "no witness found"
    )
    return _refuted(left, right, BOTH) or undecided(BOTH, reason)


def _refuted(left: sp.Expr, right: sp.Expr, procedure: str) -> Ruling | None:
    try:
        found = within(STEP_SECONDS, lambda: unequal(left, right))
    except OutOfTime:
        return None
    if found is None:
        return None
    witness, meaning = found
    place = ", ".join(f"{name} = {value}" for name, value in witness.items()) or "every point"
    place += f" for {meaning}" if meaning else ""
    return Ruling(Evidence.REFUTED, procedure, f"the two sides differ at {place}, evaluated again exactly", witness)


def _conditions(form: NormalForm, reason: str) -> str:
    parts = [_counted(form)] if form.atoms else []
    if form.denominators:
        parts.append("where " + ", ".join(f"{d} != 0" for d in form.denominators))
    return "; ".join([*parts, reason] if reason else parts)


def _counted(form: NormalForm) -> str:
    return f"{len(form.atoms)} free atom{'s' if len(form.atoms) > 1 else ''}"
