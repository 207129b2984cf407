"""Deriving a claim: every step is decided, timed and kept; the worst step gives the evidence word."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from theory import rendering
from theory.claim import Claim
from theory.evidence import Evidence, worst
from theory.procedures.ruling import Ruling
from theory.steps import Step

NOT_CAUGHT = frozenset({Evidence.PROVED, Evidence.PROVED_GIVEN, Evidence.PROBABLE, Evidence.CHECKED})


@dataclass(frozen=True)
class Ruled:
    """A step with what its procedure said and how long that took."""

    step: Step
    ruling: Ruling
    seconds: float

    @property
    def evidence(self) -> Evidence:
        """The evidence of this step."""
        return self.ruling.evidence


@dataclass(frozen=True)
class Derivation:
    """A claim with all of its steps decided. Wrong siblings and examples never count towards its evidence."""

    claim: Claim
    steps: tuple[Ruled, ...]
    wrong: tuple[Ruled, ...]
    examples: tuple[Ruled, ...]

    @property
    def evidence(self) -> Evidence:
        """The worst step; a derivation without steps is UNDECIDED."""
        return worst(ruled.evidence for ruled in self.steps)

    @property
    def given(self) -> tuple[str, ...]:
        """The cited facts on which the derivation rests, lemmas included, in order of use."""
        return tuple(dict.fromkeys(fact for ruled in self.steps for fact in ruled.ruling.given))

    @property
    def trusted_base(self) -> tuple[str, ...]:
        """The software and theorems whose correctness is taken for granted, in order of use."""
        return tuple(dict.fromkeys(part for ruled in self.steps for part in ruled.ruling.trusts))

    @property
    def wrong_is_caught(self) -> bool:
        """Whether the wrong sibling, read as a derivation, is REFUTED or UNDECIDED."""
        return bool(self.wrong) and worst(ruled.evidence for ruled in self.wrong) not in NOT_CAUGHT

    @property
    def examples_hold(self) -> bool:
        """Whether every ground truth evaluates exactly to what the page says."""
        return all(ruled.evidence in NOT_CAUGHT for ruled in self.examples)

    @property
    def seconds(self) -> float:
        """Time taken by all steps, wrong siblings and examples included."""
        return sum(ruled.seconds for ruled in (*self.steps, *self.wrong, *self.examples))

    def to_text(self) -> str:
        """The derivation as plain text."""
        return rendering.text(self)

    def to_latex(self) -> str:
        """The derivation as a fragment of LaTeX that compiles with amsmath."""
        return rendering.latex_fragment(self)

    def to_json(self) -> dict[str, Any]:
        """The derivation in plain JSON types."""
        return rendering.json_value(self)


_UNDERWAY: ContextVar[tuple[str, ...]] = ContextVar("underway", default=())
_DERIVED: dict[str, Derivation] = {}


def underway() -> tuple[str, ...]:
    """The slugs whose derivations are being decided now, outermost first: a lemma on one of them is circular."""
    return _UNDERWAY.get()


def derive(claim: Claim) -> Derivation:
    """Decide every step of the claim. A claim is decided once per process; deciding is deterministic up to time limits."""
    known = _DERIVED.get(claim.slug)
    if known is not None and known.claim is claim:
        return known
    token = _UNDERWAY.set((*underway(), claim.slug))
    try:
        found = Derivation(claim, *(tuple(map(ruled, steps)) for steps in (claim.steps, claim.wrong, claim.examples)))
    finally:
        _UNDERWAY.reset(token)
    _DERIVED[claim.slug] = found  # also where a circle of lemmas was cut: all of its members are UNDECIDED
    return found


def ruled(step: Step) -> Ruled:
    """The step, decided and timed."""
    started = time.perf_counter()
    ruling = step.decide()
    return Ruled(step, ruling, time.perf_counter() - started)
