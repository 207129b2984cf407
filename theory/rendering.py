"""A derivation as text, LaTeX or JSON. The evidence word is always printed with what it rests on."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING, Any

from theory.displays import displayed
from theory.evidence import Evidence
from theory.formulas import latex, plain

if TYPE_CHECKING:
    from theory.derivation import Derivation, Ruled

WIDTH = 118
_GREEK = {
    letter: rf"$\{'var' * (name == 'epsilon')}{name.capitalize() if letter.isupper() else name}$"
    for letter in "ΓΔΘΛΣΦΨΩαβγδεζηθκλμνξπρστφχψω"
    for name in [unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")]
}
_ESCAPES = str.maketrans(
    {c: rf"\{c}" for c in "&%#_{}"}
    | {"^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "<": "$<$", ">": "$>$", "|": "$|$", "ℓ": r"$\ell$"}
    | _GREEK
)


def headline(derivation: Derivation) -> str:
    """The evidence word with what it rests on: the cited facts, the error bounds, the number of cases, the reasons."""
    evidence = derivation.evidence
    if evidence is Evidence.PROVED_GIVEN:
        grounds = derivation.given
    else:
        grounds = tuple(ruled.ruling.detail for ruled in derivation.steps if ruled.evidence is evidence is not Evidence.PROVED)
    return ": ".join(filter(None, (evidence.word, "; ".join(filter(None, grounds)))))


def text(derivation: Derivation) -> str:
    """Plain text, one block per step."""
    claim = derivation.claim
    lines = [f"{claim.slug}: {claim.title}", f"{claim.kind.value}; {claim.source}", f"EVIDENCE: {headline(derivation)}", ""]
    lines += [*_wrapped(claim.statement), ""]
    parts = (("steps", derivation.steps), ("wrong sibling, which must fail", derivation.wrong), ("examples", derivation.examples))
    for heading, part in parts:
        if part:
            lines += [f"{heading}:", *(line for number, ruled in enumerate(part, 1) for line in _text_of(number, ruled)), ""]
    caught = "fails, as it must" if derivation.wrong_is_caught else "IS MISSING OR WAS NOT CAUGHT"
    lines += [f"wrong sibling: {caught}", f"given: {'; '.join(derivation.given) or 'nothing'}"]
    lines += [f"trusted base: {'; '.join(derivation.trusted_base) or 'nothing'}", f"time: {derivation.seconds:.2f} s"]
    return "\n".join(lines)


def _text_of(number: int, ruled: Ruled) -> list[str]:
    ruling = ruled.ruling
    lines = _wrapped(f"{number}. [{ruling.evidence.word}] {ruled.step.says}", indent="   ")
    formula = ruled.step.formula
    if formula is not None:
        lines += _wrapped(plain(formula), indent="      ", first="      ")
    detail = f": {ruling.detail}" if ruling.detail else ""
    return [*lines, *_wrapped(f"{ruling.procedure}{detail} ({1e3 * ruled.seconds:.0f} ms)", indent="      ", first="      ")]


def _wrapped(words: str, indent: str = "", first: str = "") -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False)


def latex_fragment(derivation: Derivation) -> str:
    """A LaTeX fragment: a subsection, the statement, the steps as an enumeration. Needs amsmath and amssymb."""
    claim = derivation.claim
    lines = [rf"\subsection*{{{_prose(claim.title)}}}", _prose(claim.statement), ""]
    lines += [rf"\paragraph{{Evidence.}} {_prose(headline(derivation))}. {_prose(derivation.evidence.meaning.capitalize())}."]
    lines += [rf"\paragraph{{Source.}} {_prose(claim.source)}."]
    parts = (("Steps", derivation.steps), ("Wrong sibling, which must fail", derivation.wrong), ("Examples", derivation.examples))
    for heading, part in parts:
        if part:
            lines += [rf"\paragraph{{{heading}.}}", r"\begin{enumerate}", *map(_latex_of, part), r"\end{enumerate}"]
    lines += [rf"\paragraph{{Trusted base.}} {_prose('; '.join(derivation.trusted_base))}."]
    return "\n".join(lines) + "\n"


def _latex_of(ruled: Ruled) -> str:
    formula = ruled.step.formula
    shown = "" if formula is None else f"\n{displayed(latex(formula))}"
    why = ": ".join(filter(None, (ruled.ruling.procedure, ruled.ruling.detail)))
    return rf"\item {_prose(ruled.step.says)}{shown}" + f"\n\\textit{{{ruled.ruling.evidence.word}}} ({_prose(why)})."


def _prose(words: str) -> str:
    """Text with LaTeX between dollar signs: only what lies outside of them is escaped."""
    parts = words.split("$")
    inside = {ord("°"): r"^\circ"}
    return "$".join(part.translate(inside if number % 2 else _ESCAPES) for number, part in enumerate(parts))


def json_value(derivation: Derivation) -> dict[str, Any]:
    """Plain JSON types: the claim's own fields, the evidence, and each step with its ruling."""
    claim = derivation.claim
    return {
        "slug": claim.slug,
        "title": claim.title,
        "kind": claim.kind.value,
        "source": claim.source,
        "statement": claim.statement,
        "equality": claim.equality,
        "necessity": claim.necessity,
        "letters": [{"name": x.name, "latex": latex(x.symbol), "meaning": x.meaning} for x in claim.letters],
        "assumptions": [{"name": x.name, "says": x.says, "decided_by": x.decided_by} for x in claim.assumptions],
        "formulas": {name: latex(formula) for name, formula in claim.formulas.items()},
        "traps": list(claim.traps),
        "owes_not": dict(claim.owes_not),
        "evidence": derivation.evidence.word,
        "headline": headline(derivation),
        "meaning": derivation.evidence.meaning,
        "given": list(derivation.given),
        "trusted_base": list(derivation.trusted_base),
        "wrong_is_caught": derivation.wrong_is_caught,
        "seconds": derivation.seconds,
        "steps": [_json_of(ruled) for ruled in derivation.steps],
        "wrong": [_json_of(ruled) for ruled in derivation.wrong],
        "examples": [_json_of(ruled) for ruled in derivation.examples],
    }


def _json_of(ruled: Ruled) -> dict[str, Any]:
    formula = ruled.step.formula
    return {
        "says": ruled.step.says,
        "formula": None if formula is None else latex(formula),
        "evidence": ruled.evidence.word,
        "procedure": ruled.ruling.procedure,
        "detail": ruled.ruling.detail,
        "witness": {name: str(value) for name, value in ruled.ruling.witness.items()},
        "seconds": ruled.seconds,
    }
