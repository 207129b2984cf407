"""What is read first: refuted derivations, wrong siblings that pass, violations, failed tasks, predictions not reproduced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from toykit.report.content import ClaimPage, Content, Part


@dataclass(frozen=True)
class Finding:
    """One thing a reader must see. `fails` says whether the job as a whole fails because of it."""

    where: str
    says: str
    fails: bool = True


def findings(content: Content) -> list[Finding]:
    """Everything that went wrong, what fails the job first."""
    found = [finding for page in content.claims for finding in _of_claim(page)]
    for pair in content.pairs:
        for name, part in (("training", pair.training), ("profile figure", pair.figure)):
            if part.broken:
                found.append(_broken(pair.name, name, part))
    for study in content.studies:
        found += [_broken(study.slug, f"study ({size})", part) for size, part in study.sizes.items() if part.broken]
        found += [
            Finding(study.slug, f"{finding['word']} ({size}), {finding['prediction']}: {finding['says']}", fails=False)
            for size, part in study.sizes.items()
            if part.ok
            for finding in part.result["findings"]
            if finding["word"] == "NOT REPRODUCED"
        ]
    return sorted(found, key=lambda finding: not finding.fails)


def _of_claim(page: ClaimPage) -> Iterator[Finding]:
    for name, part in page.parts():
        if part.broken:
            yield _broken(page.slug, name, part)
    if page.derivation.ok:
        yield from _of_derivation(page)
    if page.toy.ok and page.toy.result["verdict"] == "VIOLATED":
        count = len(page.toy.result["violations"])
        yield Finding(page.slug, f"VIOLATED on {count} of {page.toy.result['cases']} toy cases")
    if page.extremal.ok:
        bad = [case["pair"] for case in page.extremal.result["cases"] if not case["equality"]]
        if bad:
            yield Finding(page.slug, f"no equality on the extremal {_names(bad)}")
    if page.necessity.ok:
        bad = [f"{case['assumption']} ({case['pair']})" for case in page.necessity.result["cases"] if not case["breaks"]]
        if bad:
            yield Finding(page.slug, f"dropping an assumption breaks nothing: {_names(bad)}")
    for pair, part in page.trained.items():
        if part.broken:
            yield _broken(page.slug, f"check on {pair}", part)
        elif part.ok and part.result["verdict"] == "VIOLATED":
            estimated = part.result["evidence"] == "ESTIMATED"
            kind = "with estimated numbers: a finding, no refutation" if estimated else f"with {part.result['evidence']} numbers"
            yield Finding(page.slug, f"VIOLATED on the trained {pair} {kind}: {part.result['reason']}", fails=not estimated)


def _of_derivation(page: ClaimPage) -> Iterator[Finding]:
    derivation = page.derivation.result
    if page.evidence in {"REFUTED", "UNDECIDED"}:
        yield Finding(page.slug, f"the derivation is {page.evidence}")
    if "wrong sibling" not in page.text["owes_not"] and not derivation["wrong_is_caught"]:
        passes = "passes" if derivation["wrong"] else "is missing"
        yield Finding(page.slug, f"the wrong sibling of the derivation {passes}")
    bad = [step["says"] for step in derivation["examples"] if step["evidence"] in {"REFUTED", "UNDECIDED"}]
    if bad:
        yield Finding(page.slug, f"an example is not what the page says: {_names(bad)}")


def _broken(where: str, name: str, part: Part) -> Finding:
    return Finding(where, f"{name} {part.state.upper()}: {part.reason}")


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
