"""Every step of every page holds, every wrong sibling is caught, and every step would be caught if it were changed."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator

import pytest
import sympy as sp
from latex2mathml.converter import convert

from theory.catalogue import claim, slugs
from theory.derivation import NOT_CAUGHT, derive
from theory.evidence import Evidence
from theory.procedures.limits import STEP_SECONDS
from theory.steps import Cases, Identity, Nonnegative, Piecewise, Positive, Primitive, Step

SMALL = sp.Rational(1, 7)


@pytest.mark.parametrize("slug", slugs())
def test_every_step_holds(slug: str) -> None:
    derivation = derive(claim(slug))
    assert derivation.steps
    failed = [(r.step.says, r.evidence.word, r.ruling.detail) for r in derivation.steps if r.evidence not in NOT_CAUGHT]
    assert failed == []


@pytest.mark.parametrize("slug", slugs())
def test_the_wrong_sibling_is_caught(slug: str) -> None:
    derivation = derive(claim(slug))
    assert derivation.wrong_is_caught
    assert all(r.evidence not in NOT_CAUGHT for r in derivation.wrong), "each wrong step must fail by itself"
    assert all("PROCEDURES DISAGREE" not in r.ruling.detail for r in (*derivation.steps, *derivation.wrong))
    assert all(r.seconds < STEP_SECONDS for r in derivation.wrong), "running out of time is not being caught"


@pytest.mark.parametrize("slug", slugs())
def test_the_ground_truths_hold(slug: str) -> None:
    derivation = derive(claim(slug))
    assert [(r.step.says, r.ruling.detail) for r in derivation.examples if r.evidence not in NOT_CAUGHT] == []


@pytest.mark.parametrize("slug", slugs())
def test_the_derivation_is_json_and_latex_and_every_formula_becomes_mathml(slug: str) -> None:
    derivation = derive(claim(slug))
    fragment = derivation.to_latex()
    assert re.findall(r"[^\x20-\x7e\n\u00a0-\u017f]", fragment) == [], "letters that LaTeX does not know by itself"
    assert fragment.replace(r"\{", "").count("{") == fragment.replace(r"\}", "").count("}")
    found = json.loads(json.dumps(derivation.to_json(), allow_nan=False))
    assert found["slug"] == slug
    steps = [*found["steps"], *found["wrong"], *found["examples"]]
    texts = [found["statement"], found["equality"], found["necessity"], *found["traps"], *(s["says"] for s in steps)]
    shown = [part for text in texts for part in text.split("$")[1::2]]
    shown += [s["formula"] for s in steps if s["formula"] is not None] + list(found["formulas"].values())
    assert [latex for latex in shown if "\\" in convert(latex)] == []


def changes(step: Step) -> Iterator[Step]:
    """The step with one thing made false."""
    if isinstance(step, Identity):
        letters = sorted((sp.sympify(step.lhs) + step.rhs).free_symbols, key=str)
        for extra in (SMALL, *(SMALL * x for x in letters[:1])):
            yield dataclasses.replace(step, rhs=step.rhs + extra)
    elif isinstance(step, Primitive):
        yield dataclasses.replace(step, antiderivative=step.antiderivative + SMALL * step.variable)
        yield dataclasses.replace(step, integrand=step.integrand + SMALL * step.variable)
        if step.value is not None:
            yield dataclasses.replace(step, value=step.value + SMALL)
    elif isinstance(step, Nonnegative):
        yield dataclasses.replace(step, target=-step.target - 1, certificate=())  # also tests that hypotheses can be met
        if step.certificate:
            yield dataclasses.replace(step, target=step.target + SMALL)
            yield dataclasses.replace(step, certificate=step.certificate[1:] if step.certificate[1:] else doubled(step))
            yield dataclasses.replace(step, certificate=negated(step))
    elif isinstance(step, Positive):
        yield dataclasses.replace(step, polynomial=-step.polynomial)
    elif isinstance(step, Piecewise):
        yield dataclasses.replace(step, conclusion=sp.Not(step.conclusion))
    elif isinstance(step, Cases):
        (lhs, rhs), *others = step.equal
        yield dataclasses.replace(step, equal=((lhs, rhs + SMALL), *others))


def doubled(step: Nonnegative) -> tuple:
    return tuple(dataclasses.replace(c, multiplier=2 * sp.sympify(c.multiplier)) for c in step.certificate)


def negated(step: Nonnegative) -> tuple:
    return tuple(dataclasses.replace(c, multiplier=-sp.sympify(c.multiplier)) for c in step.certificate)


@pytest.mark.parametrize("slug", slugs())
def test_no_step_compares_an_expression_with_itself(slug: str) -> None:
    """SymPy evaluates before a step sees its sides: what is left then says nothing, see theory/unevaluated.py."""
    page = claim(slug)
    assert [step.says for step in (*page.steps, *page.wrong, *page.examples) if any(a == b for a, b in sides(step))] == []


def sides(step: Step) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """What an identity or exact cases compare."""
    if isinstance(step, Identity):
        return ((step.lhs, step.rhs),)
    return step.equal if isinstance(step, Cases) else ()


@pytest.mark.parametrize("slug", slugs())
def test_every_step_can_fail(slug: str) -> None:
    page = claim(slug)
    survivors = [
        (step.says, changed)
        for step in (*page.steps, *page.examples)
        for changed in changes(step)
        if changed.decide().evidence in NOT_CAUGHT
    ]
    assert survivors == []


def test_the_three_pages_are_proved_given_only_textbook_facts() -> None:
    given = {slug: derive(claim(f"barrier/{slug}")).given for slug in ("green_identity", "curvature_bound", "ridge_bound")}
    assert given == {
        "green_identity": ("monotonicity of the integral",),
        "curvature_bound": (
            "monotonicity of the integral",
            "the Rayleigh quotient of a symmetric matrix lies between its extreme eigenvalues",
        ),
        "ridge_bound": ("monotonicity of the integral",),
    }
    assert derive(claim("barrier/ridge_bound")).evidence is Evidence.PROVED_GIVEN
