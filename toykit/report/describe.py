"""A claim's page as JSON: what the report prints, taken from the claim so that the report needs only the store."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim
from theory.formulas import latex
from theory.sources import SOURCES


def describe(claim: Claim) -> dict[str, Any]:
    """Everything a page says before anything is computed; formulas as LaTeX."""
    return {
        "slug": claim.slug,
        "family": claim.family,
        "title": claim.title,
        "kind": str(claim.kind),
        "source": claim.source,
        "origins": [
            {"reference": SOURCES[o.key].reference, "link": SOURCES[o.key].link, "place": o.place, "note": o.note}
            for o in claim.origins
        ],
        "statement": claim.statement,
        "equality": claim.equality,
        "necessity": claim.necessity,
        "letters": [{"name": x.name, "latex": latex(x.symbol), "meaning": x.meaning} for x in claim.letters],
        "assumptions": [{"name": a.name, "says": a.says, "decided_by": a.decided_by} for a in claim.assumptions],
        "formulas": {name: latex(expression) for name, expression in claim.formulas.items()},
        "traps": list(claim.traps),
        "owes_not": dict(claim.owes_not),
        "kernel": list(claim.kernel),
    }
