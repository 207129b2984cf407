"""What each claim still lacks, by path: every part is tried out, nothing is believed because a file exists.

A page may declare in `owes_not` that it does not owe a part; the reason is then shown in its place.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from theory.catalogue import claim, slugs
from theory.claim import PARTS
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.data import gaussian_clusters
from toykit.errors import InputError
from toykit.hunt import CheckModule, check_module, hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.verdict import Comparison, Relation, Result, Verdict

ROOT = Path(__file__).parents[1]
HUNTED = 30
"""Random cases per claim here; the main job and `toykit check` hunt on more."""

STEPS, RATE = 40, 0.2
"""Gradient descent of the trained pairs: far from their start, not at a minimum."""


@dataclass(frozen=True)
class Finding:
    """One part of one claim: where it lies, and what is lacking there (None: nothing)."""

    slug: str
    part: str
    path: str
    lacks: str | None
    declared: str | None = None

    @property
    def word(self) -> str:
        """`LACKING`, `declared` as not owed, or `ok`."""
        if self.lacks is not None:
            return "LACKING"
        return "ok" if self.declared is None else "declared"

    def __str__(self) -> str:
        return f"{self.path}: {self.part} of {self.slug}: {self.lacks or self.declared or 'present'}"


class Lacking(Exception):
    """Raised by an inspection that found a part lacking; its text says what."""


def inspect(slug: str, part: str) -> Finding:
    """Try out one part of a claim."""
    look, folder = INSPECTIONS[part]
    path = f"{folder}/{slug}.py"
    owes_not = claim(slug).owes_not
    if part in owes_not:
        reason = owes_not[part].strip()
        return Finding(slug, part, path, None if reason else "declared as not owed, without a reason", reason)
    try:
        look(slug)
    except (Lacking, InputError, NotImplementedError) as lack:
        return Finding(slug, part, path, str(lack))
    except Exception as error:  # one broken claim must not hide the findings on the others
        return Finding(slug, part, path, f"it raises {type(error).__name__}: {error}")
    return Finding(slug, part, path, None)


def findings() -> Iterator[Finding]:
    """Every part of every claim, in the order of `theory.catalogue.slugs`."""
    return (inspect(slug, part) for slug in slugs() for part in PARTS)


def _derivation(slug: str) -> None:
    found = derive(claim(slug))
    if not found.steps:
        raise Lacking("write steps: a claim without a derivation is only said")
    if found.evidence in {Evidence.UNDECIDED, Evidence.REFUTED}:
        bad = next(ruled for ruled in found.steps if ruled.evidence is found.evidence)
        raise Lacking(f"the step {bad.step.says!r} is {found.evidence.word}: {bad.ruling.detail}")
    if not found.examples_hold:
        raise Lacking("an example does not evaluate to what the page says")


def _wrong_sibling(slug: str) -> None:
    found = derive(claim(slug))
    if not found.wrong:
        raise Lacking("write wrong: the derivation with a constant changed or an assumption dropped")
    if not found.wrong_is_caught:
        raise Lacking("the wrong sibling is proved too, so the derivation proves nothing")


def _toy_check(slug: str) -> None:
    _module(slug)
    found = hunt(slug, HUNTED)
    if found.cases != HUNTED:
        raise Lacking(f"cases({HUNTED}) yields {HUNTED} pairs; got {found.cases}")
    if found.verdict is Verdict.VIOLATED:
        raise Lacking(f"the claim is violated on a toy: {found.violations[0]['pair']}: {found.violations[0]['reason']}")
    if found.verdict is Verdict.INAPPLICABLE:
        raise Lacking(f"cases() satisfy the assumptions; none of {HUNTED} did: {dict(found.reasons)}")


def _extremal_instance(slug: str) -> None:
    module = _module(slug)
    found = [module.check(pair) for pair in module.extremal()]
    if not found:
        raise Lacking("extremal() yields no pair")
    for result in found:
        _names(result)
        if result.verdict in {Verdict.VIOLATED, Verdict.INAPPLICABLE}:
            raise Lacking(f"the extremal pair {result.pair} is {result.verdict}: {result.reason}")
        if not any(met_with_equality(comparison) for comparison in result.comparisons):
            slacks = ", ".join(f"{c.name} {c.slack:.3g}" for c in result.comparisons)
            raise Lacking(f"on the extremal pair {result.pair} no comparison is met with equality; slacks: {slacks}")


def _necessity(slug: str) -> None:
    module = _module(slug)
    found = [(name, module.check(pair)) for name, pair in module.necessity()]
    if not found:
        raise Lacking("necessity() yields no pair")
    for name, result in found:
        _names(result)
        false = [other for other, outcome in result.assumptions.items() if outcome.holds is False]
        if false != [name]:
            raise Lacking(f"on {result.pair} only {name} is false; the check finds false: {', '.join(false) or 'nothing'}")
        if all(comparison.holds for comparison in result.comparisons):
            raise Lacking(f"without {name} a comparison fails on {result.pair}; all {len(result.comparisons)} hold")


def _trained_check(slug: str) -> None:
    for pair in trained_pairs():
        result = _module(slug).check(pair)
        _names(result)
        if result.verdict is Verdict.VIOLATED:
            raise Lacking(f"the claim is violated on {pair.name}: {result.reason}")


def _figure(slug: str) -> None:
    path = ROOT / "experiments" / "figures" / f"{slug}.py"
    if not path.exists():
        raise Lacking("write it: draw() returns one figure that teaches the claim")
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    draw = next((function for function in functions if function.name == "draw"), None)
    if draw is None:
        raise Lacking("write draw(): it returns the figure")
    if any(isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node) for node in draw.body):
        raise Lacking("write draw(): it is still the stub")


def _module(slug: str) -> CheckModule:
    if not (ROOT / "toykit" / "checks" / f"{slug}.py").exists():
        raise Lacking("write it: a check module exports check, cases, extremal and necessity")
    found = check_module(slug)
    missing = [name for name in ("check", "cases", "extremal", "necessity") if not hasattr(found, name)]
    if missing:
        raise Lacking(f"write {', '.join(missing)}: a check module exports check, cases, extremal and necessity")
    return found


@cache
def trained_pairs() -> tuple[Pair, ...]:
    """Two pairs of small torch networks, trained from two seeds each: tanh with squared loss, ReLU with cross-entropy."""
    from toykit.bridge import LayeredTorch, mlp  # torch is needed for this part only

    data = gaussian_clusters(count=40, width=3, classes=2, clusters=4)

    def trained(activation: str, loss: Loss) -> Pair:
        landscapes = [LayeredTorch(mlp((3, 8, 2), activation, seed), loss, data) for seed in (1, 2)]
        ends = [landscape.parameters() for landscape in landscapes]
        for _ in range(STEPS):
            ends = [theta - landscapes[0].gradient(theta) * RATE for theta in ends]
        return Pair(landscapes[0], ends[0], ends[1], f"a trained {activation} network with {loss.name} loss")

    return trained("tanh", SquaredLoss()), trained("relu", CrossEntropy())


def met_with_equality(comparison: Comparison) -> bool:
    """Whether the enclosures of both sides meet within the comparison's own tolerance."""
    return replace(comparison, relation=Relation.EQUAL).holds


def _names(result: Result) -> None:
    declared = [assumption.name for assumption in claim(result.slug).assumptions]
    strangers = [name for name in result.assumptions if name not in declared]
    if strangers:
        raise Lacking(f"assumptions are those of the page, {', '.join(declared)}; the check also names {', '.join(strangers)}")


INSPECTIONS: dict[str, tuple[Callable[[str], None], str]] = {
    "derivation": (_derivation, "theory"),
    "wrong sibling": (_wrong_sibling, "theory"),
    "toy check": (_toy_check, "toykit/checks"),
    "extremal instance": (_extremal_instance, "toykit/checks"),
    "necessity": (_necessity, "toykit/checks"),
    "trained check": (_trained_check, "toykit/checks"),
    "figure": (_figure, "experiments/figures"),
}


def main(only: list[str]) -> int:
    """Print what is lacking, for all claims or those named; the exit code is 1 if anything is."""
    asked = [claim(slug).slug for slug in only] or slugs()
    lacking = 0
    for slug in asked:
        found = [inspect(slug, part) for part in PARTS]
        print(f"{slug:36} " + "  ".join(f"{finding.part}: {finding.word}" for finding in found))
        for finding in found:
            if finding.word != "ok":
                print(f"    {finding}")
        lacking += sum(finding.lacks is not None for finding in found)
    print(f"{len(asked)} claims, {lacking} parts lacking")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
