"""`verdicts.json`: the report for programs. A changed meaning of a field raises `VERSION`."""

from __future__ import annotations

from typing import Any

from toykit.report.content import ClaimPage, Content, Part
from toykit.report.findings import findings

SCHEMA, VERSION = "toykit-verdicts", 1


def verdicts(content: Content) -> dict[str, Any]:
    """Claims, pairs, and one row per claim and pair with the headline's measured, bound and slack."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "made": dict(content.made),
        "findings": [{"where": f.where, "says": f.says, "fails": f.fails} for f in findings(content)],
        "claims": [_claim(page) for page in content.claims],
        "pairs": [
            {"name": pair.name, "state": pair.training.state, "reason": pair.training.reason}
            | {"facts": dict(pair.training.result.get("facts", []))}
            | {name: pair.training.result.get(name) for name in ("ends", "barriers", "certified")}
            for pair in content.pairs
        ],
        "verdicts": [_row(page.slug, name, part) for page in content.claims for name, part in page.trained.items()],
        "studies": [
            {"slug": page.slug, "title": page.text["title"], "question": page.text["question"]}
            | {size: dict(part.result) if part.ok else None for size, part in page.sizes.items()}
            for page in content.studies
        ],
    }


def _claim(page: ClaimPage) -> dict[str, Any]:
    toy = page.toy.result
    return {
        "slug": page.slug,
        "title": page.text["title"],
        "kind": page.text["kind"],
        "source": page.text["source"],
        "evidence": page.evidence,
        "toy": {name: toy.get(name) for name in ("verdict", "cases", "seed", "ratios", "verdicts")} if page.toy.ok else None,
        "parts": {name: {"state": part.state, "reason": part.reason} for name, part in page.parts()},
    }


def _row(slug: str, pair: str, part: Part) -> dict[str, Any]:
    result = part.result
    first = result["comparisons"][0] if result.get("comparisons") else {}
    return {
        "claim": slug,
        "pair": pair,
        "verdict": result["verdict"] if part.ok else None,
        "state": part.state,
        "evidence": result.get("evidence"),
        "reason": result.get("reason", part.reason),
        "measured": first.get("measured"),
        "relation": first.get("relation"),
        "bound": first.get("bound"),
        "slack": first.get("slack"),
        "comparisons": result.get("comparisons", []),
        "letters": result.get("letters", {}),
        "assumptions": result.get("assumptions", {}),
    }
