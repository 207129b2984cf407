"""Hunt for a violation of a claim on toy pairs, and report the largest ratio measured / bound that was ever reached.

A check module `toykit/checks/<family>/<name>.py` exports:

    check(pair) -> Result            both sides of the claim on any pair, toy or trained
    cases(count, seed) -> pairs      random toy pairs, built to satisfy the assumptions
    extremal() -> pairs              pairs on which a comparison is met with equality
    necessity() -> (name, pair)      pairs on which only the named assumption is false, and a comparison then fails
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast, runtime_checkable

from theory.catalogue import claim
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.verdict import Comparison, Result, Verdict


@runtime_checkable
class CheckModule(Protocol):
    """What a module of `toykit.checks` exports."""

    def check(self, pair: Pair) -> Result:
        """Both sides of the claim on a pair."""

    def cases(self, count: int, seed: int = 0) -> Iterator[Pair]:
        """Random toy pairs that satisfy the assumptions."""

    def extremal(self) -> Iterator[Pair]:
        """Pairs on which a comparison is met with equality."""

    def necessity(self) -> Iterator[tuple[str, Pair]]:
        """Assumption name and a pair on which it alone is false and a comparison fails."""


def check_module(slug: str) -> CheckModule:
    """The check module of a claim.

    Raises:
        InputError: the claim has none yet.

    """
    claim(slug)
    try:
        return cast(CheckModule, importlib.import_module("toykit.checks." + slug.replace("/", ".")))
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("toykit.checks"):
            raise
        raise InputError(
            f"a check of {slug} lies in toykit/checks/{slug}.py; it is missing; run: make claim NAME={slug}"
        ) from None


def check(slug: str, pair: Pair) -> Result:
    """Both sides of a claim on a pair of networks, toy or trained: its comparisons, its assumptions with outcomes, the verdict.

    `slug` is family/name, as `toykit claims` lists them. HOLDS, VACUOUS, INAPPLICABLE or VIOLATED is computed, never raised.

    Raises:
        UnknownClaim: no page carries the slug; names near it are told.
        InputError: the claim has no check.

    """
    return check_module(slug).check(pair)


@dataclass
class Hunt:
    """The outcome of a hunt: counts per verdict, the largest ratio per comparison, and the violations in full."""

    slug: str
    seed: int
    verdicts: Counter[str] = field(default_factory=Counter)
    ratios: dict[str, float] = field(default_factory=dict)
    violations: list[dict[str, Any]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count one more result."""
        self.verdicts[str(result.verdict)] += 1
        if result.verdict is Verdict.INAPPLICABLE:
            self.reasons[result.reason] += 1
            return
        if result.verdict is Verdict.VIOLATED:
            self.violations.append(result.to_json())
        for comparison in result.comparisons:
            ratio = tightness(comparison)
            if ratio is not None:
                self.ratios[comparison.name] = max(ratio, self.ratios.get(comparison.name, 0.0))

    @property
    def cases(self) -> int:
        """How many pairs were checked."""
        return sum(self.verdicts.values())

    @property
    def verdict(self) -> Verdict:
        """VIOLATED if any case is; else the best word any case earned, since a hunt asks whether the claim can fail."""
        for word in (Verdict.VIOLATED, Verdict.HOLDS, Verdict.VACUOUS):
            if self.verdicts[str(word)]:
                return word
        return Verdict.INAPPLICABLE

    def to_json(self) -> dict[str, Any]:
        """A JSON object for the store."""
        return {
            "slug": self.slug,
            "seed": self.seed,
            "cases": self.cases,
            "verdict": str(self.verdict),
            "verdicts": dict(self.verdicts),
            "ratios": dict(self.ratios),
            "violations": self.violations,
            "reasons": dict(self.reasons),
        }


def tightness(comparison: Comparison) -> float | None:
    """How close a comparison comes to failing, in [0, 1] when it holds: 1 is equality. None for identities.

    For `measured <= bound` it is measured / bound, for `measured >= bound` it is bound / measured, both only where
    the denominator is positive and the numerator is not negative.
    """
    ratio = comparison.ratio
    if ratio is None or ratio < 0 or comparison.bound.value < 0:
        return None
    if comparison.relation == ">=":
        return 1 / ratio if ratio > 0 else None
    return ratio


def hunt(slug: str, count: int = 200, seed: int = 0) -> Hunt:
    """Check a claim on `count` random toy pairs."""
    found = Hunt(slug, seed)
    module = check_module(slug)
    for pair in module.cases(count, seed):
        found.add(module.check(pair))
    return found
