"""The jinja2 environment of all pages: every value is escaped, formulas become MathML, numbers four digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import Any

import jinja2
from markupsafe import Markup

from theory.evidence import Evidence
from toykit.report.mathml import formula, prose
from toykit.verdict import Verdict

VERDICTS = {
    Verdict.HOLDS: "the assumptions hold and so do all comparisons",
    Verdict.VACUOUS: "holds, but the bound allows what is true without the claim",
    Verdict.INAPPLICABLE: "an assumption is false on this pair; the claim says nothing about it",
    Verdict.VIOLATED: "the assumptions hold and a comparison fails",
}
TRUST = {
    "EXACT": "algebraic; up to rounding that the tolerance covers",
    "CERTIFIED": "a rigorous enclosure [lo, hi]",
    "ESTIMATED": "from a grid or a sample; the note says how many",
}

STUDIES = {
    "REPRODUCED": "every prediction came out on these networks",
    "QUALIFIED": "in part, or only under conditions that the page names",
    "NOT REPRODUCED": "what was measured is what would refute the prediction",
}


def environment() -> jinja2.Environment:
    """The environment; a name that a template uses and nobody gave is an error, not an empty string."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("toykit.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"prose": prose, "formula": formula, "number": number, "entry": entry}
    made.filters |= {"claim_path": claim_path, "pair_path": pair_path, "study_path": study_path}
    made.globals |= {
        "claim_link": lambda slug: "../" + claim_path(slug),
        "pair_link": lambda name: "../" + pair_path(name),
        "EVIDENCE": {word.word: word.meaning for word in Evidence},
        "VERDICTS": {str(word): meaning for word, meaning in VERDICTS.items()},
        "TRUST": TRUST,
        "STUDIES": STUDIES,
    }
    return made


def derivation_page(derivation: Mapping[str, Any]) -> str:
    """One derivation's JSON as a page of its own."""
    return environment().get_template("derivation.html").render(d=derivation)


def claim_path(slug: str) -> str:
    """The file of a claim's page: `barrier/ridge_bound` lies in claims/barrier.ridge_bound.html."""
    return f"claims/{_file_name(slug.replace('/', '.'))}.html"


def pair_path(name: str) -> str:
    """The file of a pair's page."""
    return f"pairs/{_file_name(name)}.html"


def study_path(slug: str) -> str:
    """The file of a study's page: `barrier/branching` lies in studies/barrier.branching.html."""
    return f"studies/{_file_name(slug.replace('/', '.'))}.html"


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "unnamed"


def number(value: float | Mapping[str, Any] | None) -> Markup:
    """A float, or a Number's JSON: four digits, `[lo, hi]` for an enclosure, ± for an error bar, an en dash for nothing."""
    if value is None:
        return Markup("–")
    if not isinstance(value, Mapping):
        return Markup("{}").format(_digits(float(value)))
    title = ": ".join(filter(None, (value["evidence"], value["note"])))
    return Markup('<span title="{}">{}</span>').format(title, _shown(value))


def entry(value: Any) -> Any:
    """What stands in a table: words as they are, numbers by `number`."""
    return value if isinstance(value, str | bool) else str(value) if isinstance(value, int) else number(value)


def _shown(value: Mapping[str, Any]) -> str:
    lo, hi = float(value["lo"]), float(value["hi"])
    if lo == hi:
        return _digits(lo)
    if value["evidence"] == "ESTIMATED":
        return f"{_digits(float(value['value']))} ± {_digits((hi - lo) / 2, 2)}"
    count = next(count for count in range(4, 18) if f"{lo:.{count}g}" != f"{hi:.{count}g}")  # 17 digits tell floats apart
    below, above = (Context(prec=count, rounding=way) for way in (ROUND_FLOOR, ROUND_CEILING))
    # a printed enclosure still encloses: lo is rounded down and hi up
    return f"[{_digits(float(below.create_decimal(lo)), count)}, {_digits(float(above.create_decimal(hi)), count)}]"


def _digits(value: float, count: int = 4) -> str:
    return f"{value + 0.0:.{count}g}".replace("e-0", "e-").replace("e+0", "e+").replace("-", "\N{MINUS SIGN}")
