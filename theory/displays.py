"""Displayed LaTeX formulas that fit a page: long ones are broken before relations, signs and logical words.

What a derivation writes by itself can be many lines long, and LaTeX breaks no formula; nothing is broken inside braces.
"""

from __future__ import annotations

import re

LINE = 50
"""About how many signs fit on a line of an article."""

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[^\\]")
_BREAKS = {"=", "+", "-", r"\leq", r"\geq", r"\neq", r"\wedge", r"\vee", r"\Rightarrow", "<", ">"}
_OPENS = {"{", r"\begin"}
_CLOSES = {"}", r"\end"}
_SILENT = {"{", "}", "_", "^", " ", r"\,", r"\left", r"\right", r"\frac", r"\bigl", r"\bigr", r"\limits"}


def displayed(formula: str) -> str:
    r"""The formula as a display: `\[ ... \]` where it fits on a line, else `align*` with a line for each piece."""
    if _length(formula) <= LINE:
        return rf"\[ {formula} \]"
    lines = _lines(formula.replace(r"\left", r"\bigl").replace(r"\right", r"\bigr"))
    body = " \\\\\n".join(("&" if number == 0 else r"&\quad ") + line for number, line in enumerate(lines))
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _lines(formula: str) -> list[str]:
    """As many pieces to a line as fit."""
    lines: list[str] = []
    for piece in _pieces(formula):
        if lines and _length(lines[-1]) + _length(piece) <= LINE:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.strip() for line in lines]


def _pieces(formula: str) -> list[str]:
    """The formula cut before every sign and relation that stands outside of braces and environments."""
    pieces, depth, last = [""], 0, ""
    for token in _TOKEN.findall(formula):
        depth += (token in _OPENS) - (token in _CLOSES)
        # a sign behind a bracket, a sign or nothing belongs to what follows it: no line begins between the two
        if depth == 0 and token in _BREAKS and pieces[-1].strip() and last not in _BREAKS | {"(", "[", "|"}:
            pieces.append("")
        pieces[-1] += token
        last = last if token.isspace() else token
    return pieces


def _length(formula: str) -> int:
    """About how many signs wide a formula is: a fraction counts as half of what stands in it."""
    stacked = len(re.findall(r"\\frac", formula))
    return sum(token not in _SILENT for token in _TOKEN.findall(formula)) - 2 * stacked
