from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
import sympy as sp

import theory.derivation
from theory import catalogue
from theory.claim import Claim, Kind, Origin
from theory.derivation import derive
from theory.evidence import Evidence
from theory.formulas import latex, plain
from theory.steps import Cases, Cited, Identity, Lemma, Nonnegative, Piecewise, Positive, Primitive, Square, Step
from theory.symbols import Delta_norm, a, phi, t

TRUE = Identity("a square", (a + t) ** 2, a**2 + 2 * a * t + t**2)
FALSE = Identity("a wrong square", (a + t) ** 2, a**2 + t**2)
UNKNOWN = Identity("nested roots", sp.sqrt(3 + 2 * sp.sqrt(2)), 1 + sp.sqrt(2))
CASES = Cases("one half", ((sp.Integral(t, (t, 0, 1)), sp.Rational(1, 2)),))
CITED = Cited("the mean is at most the supremum", "monotonicity")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Claim]:
    """Puts a page with these steps into the catalogue for the length of a test."""
    monkeypatch.setattr(theory.derivation, "_DERIVED", {})
    known = {}

    def add(name: str, *steps: Step, wrong: tuple[Step, ...] = (FALSE,), examples: tuple[Step, ...] = ()) -> Claim:
        module = ModuleType(f"theory.barrier.{name}")
        new = Claim(
            page=module.__name__,
            title=f"Title of {name} & more",
            kind=Kind.IDENTITY,
            origins=(Origin("here"),),
            statement="$a=a$ for 100% of_them",
            equality="always",
            necessity="none",
            letters=(),
            assumptions=(),
            steps=steps,
            wrong=wrong,
            examples=examples,
        )
        known[new.slug] = module.CLAIM = new  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(catalogue, "slugs", lambda: list(known))
        return new

    return add


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ((TRUE,), Evidence.PROVED),
        ((TRUE, CITED), Evidence.PROVED_GIVEN),
        ((TRUE, CITED, CASES), Evidence.CHECKED),
        ((TRUE, CASES, UNKNOWN), Evidence.UNDECIDED),
        ((UNKNOWN, FALSE, TRUE), Evidence.REFUTED),
        ((), Evidence.UNDECIDED),
    ],
)
def test_the_worst_step_decides(page: Callable[..., Claim], steps: tuple[Step, ...], word: Evidence) -> None:
    assert derive(page("it", *steps)).evidence is word


def test_examples_and_the_wrong_sibling_do_not_count(page: Callable[..., Claim]) -> None:
    found = derive(page("it", TRUE, wrong=(TRUE, FALSE), examples=(CASES, FALSE)))
    assert found.evidence is Evidence.PROVED
    assert found.wrong_is_caught
    assert not found.examples_hold


@pytest.mark.parametrize("wrong", [(), (TRUE,), (CITED, CASES)])
def test_a_wrong_sibling_that_passes_is_reported(page: Callable[..., Claim], wrong: tuple[Step, ...]) -> None:
    found = derive(page("it", TRUE, wrong=wrong))
    assert not found.wrong_is_caught
    assert "NOT CAUGHT" in found.to_text()


def test_a_lemma_passes_on_evidence_given_facts_and_trust(page: Callable[..., Claim]) -> None:
    page("below", CITED, Primitive("", t**2 / 2, t, t, (sp.Integer(0), a), a**2 / 2))
    above = derive(page("above", Lemma("as below", "barrier/below")))
    assert above.evidence is Evidence.PROVED_GIVEN
    assert above.given == ("monotonicity",)
    assert "the fundamental theorem of calculus" in above.trusted_base
    page("broken", FALSE)
    assert derive(page("on_it", Lemma("as broken", "barrier/broken"))).evidence is Evidence.REFUTED


@pytest.mark.parametrize("first", ["one", "two", "outside"])
def test_a_circle_of_lemmas_proves_nothing(page: Callable[..., Claim], first: str) -> None:
    pages = {
        "one": page("one", TRUE, Lemma("", "barrier/two")),
        "two": page("two", TRUE, Lemma("", "barrier/one")),
        "outside": page("outside", Lemma("", "barrier/two")),
        "itself": page("itself", Lemma("", "barrier/itself")),
    }
    derive(pages[first])
    assert {derive(p).evidence for p in pages.values()} == {Evidence.UNDECIDED}
    assert "circular" in derive(pages["itself"]).steps[0].ruling.detail


def test_a_changed_page_is_derived_again(page: Callable[..., Claim]) -> None:
    first = page("it", TRUE)
    assert derive(first) is derive(first)
    assert derive(dataclasses.replace(first, steps=(FALSE,))).evidence is Evidence.REFUTED


def test_the_text_says_what_the_word_rests_on(page: Callable[..., Claim]) -> None:
    text = derive(page("it", TRUE, CITED)).to_text()
    assert "EVIDENCE: PROVED GIVEN: monotonicity" in text
    assert "ring normal form over Q; random points in the field of 2^61-1" in text
    assert "trusted base: SymPy Poly over QQ" in text
    assert "(a + t)**2 = a**2 + 2*a*t + t**2" in text
    assert "EVIDENCE: CHECKED: 1 exact case\n" in derive(page("other", CASES)).to_text()
    assert "verified" not in text.lower()


def test_the_latex_fragment_escapes_prose_and_keeps_mathematics(page: Callable[..., Claim]) -> None:
    fragment = derive(page("it", TRUE, FALSE)).to_latex()
    assert r"\subsection*{Title of it \& more}" in fragment
    assert r"$a=a$ for 100\% of\_them" in fragment
    assert r"\[ \left(a + t\right)^{2} = a^{2} + 2 a t + t^{2} \]" in fragment
    assert fragment.count(r"\begin{enumerate}") == fragment.count(r"\end{enumerate}") == 2
    assert fragment.count("$") % 2 == 0


def test_json_has_the_fields_that_readers_need(page: Callable[..., Claim]) -> None:
    found = json.loads(json.dumps(derive(page("it", TRUE, CITED, FALSE)).to_json()))
    assert {"slug", "title", "kind", "source", "evidence", "given", "trusted_base", "wrong", "examples", "formulas"} <= set(found)
    proved, cited, refuted = found["steps"]
    assert set(proved) == {"says", "formula", "evidence", "procedure", "detail", "witness", "seconds"}
    assert cited["formula"] is None
    assert refuted["witness"] == {"a": "1", "t": "1"}
    assert found["evidence"] == "REFUTED"


def test_formulas_are_printed_as_mathematics() -> None:
    slope_at_0 = phi(t).diff(t).subs(t, 0)
    assert latex(slope_at_0) == r"\phi'\left(0\right)"
    assert latex(phi(a).diff(a, 5)) == r"\phi^{(5)}\left(a\right)"
    assert latex(sp.Derivative(t**2, t)) == r"\frac{d}{d t} t^{2}"
    assert latex(Delta_norm**2) == r"\left|\Delta\right|^{2}"
    assert plain(sp.Eq(slope_at_0, sp.Subs(t**2, t, 3), evaluate=False)) == "phi'(0) = [t**2](t=3)"


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (Primitive("", t**2, t, 2 * t), "Derivative(t**2, t) = 2*t"),
        (Primitive("", t**2, t, 2 * t, (sp.Integer(0), a), a**2), "Integral(2*t, (t, 0, a)) = a**2"),
        (Nonnegative("", a * t, (a, t), (Square(sp.Integer(1), sp.Integer(1), (0, 1)),)), "a >= 0, t >= 0  =>  a*t >= 0"),
        (Nonnegative("", t**2), "t**2 >= 0"),
        (Positive("", t**2 + 1, t, sp.Integer(0), sp.Integer(1)), "t >= 0, t <= 1  =>  t**2 + 1 > 0"),
        (Piecewise("", sp.Max(a, t) >= a, (a > 0,)), "a > 0  =>  Max(a, t) >= a"),
        (Cases("", ((sp.Integral(t, (t, 0, 1)), a), (a, t))), "Integral(t, (t, 0, 1)) = a;  a = t"),
    ],
)
def test_a_step_shows_its_relation_unevaluated(step: Step, shown: str) -> None:
    assert step.formula is not None
    assert plain(step.formula) == shown


def test_a_definite_integral_needs_bounds_and_value() -> None:
    with pytest.raises(ValueError, match="give both or none"):
        Primitive("", t**2, t, 2 * t, bounds=(sp.Integer(0), a))
