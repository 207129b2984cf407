"""What a check returns: numbers with their evidence, both sides of each comparison, and a computed verdict.

Verdict words: HOLDS; VACUOUS (holds, but allows what is trivially true); INAPPLICABLE (an assumption is false, named);
VIOLATED. They follow from the content and cannot be set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from toykit.errors import NonFiniteError


class Trust(IntEnum):
    """Evidence of a number on a concrete network, best first."""

    EXACT = 0
    CERTIFIED = 1
    ESTIMATED = 2


@dataclass(frozen=True)
class Number:
    """A number with its evidence: EXACT (lo == hi up to rounding), CERTIFIED [lo, hi], or ESTIMATED with an error bar.

    For ESTIMATED, `lo` and `hi` are the value minus and plus `error`; `note` says what was sampled and how often.
    """

    lo: float
    hi: float
    trust: Trust
    note: str = ""

    def __post_init__(self) -> None:
        if not (abs(self.lo) < float("inf") and abs(self.hi) < float("inf")):
            raise NonFiniteError(f"a number is finite; got [{self.lo}, {self.hi}]; store a failed run as failed, with its reason")
        if self.lo > self.hi:
            raise ValueError(f"an enclosure has lo <= hi; got [{self.lo}, {self.hi}]; were the ends swapped?")

    @classmethod
    def exact(cls, value: float, note: str = "") -> Number:
        """An algebraic value; float64 rounding is covered by the tolerance of the comparison."""
        return cls(float(value), float(value), Trust.EXACT, note)

    @classmethod
    def certified(cls, lo: float, hi: float, note: str = "") -> Number:
        """A rigorous enclosure."""
        return cls(float(lo), float(hi), Trust.CERTIFIED, note)

    @classmethod
    def estimated(cls, value: float, note: str, error: float = 0.0) -> Number:
        """A sampled value; `note` says how it was sampled, `error` is the half width of its error bar."""
        return cls(float(value) - error, float(value) + error, Trust.ESTIMATED, note)

    @property
    def value(self) -> float:
        """The midpoint: the value itself for EXACT and ESTIMATED."""
        return self.lo if self.lo == self.hi else (self.lo + self.hi) / 2

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `Number.from_json` reads back."""
        return {"lo": self.lo, "hi": self.hi, "value": self.value, "evidence": self.trust.name, "note": self.note}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Number:
        """The number that `to_json` wrote."""
        return cls(record["lo"], record["hi"], Trust[record["evidence"]], record["note"])


class Relation(StrEnum):
    """How the measured side relates to the side that the claim gives."""

    AT_MOST = "<="
    AT_LEAST = ">="
    EQUAL = "="


@dataclass(frozen=True)
class Comparison:
    """One inequality or identity of a claim on a concrete pair: measured (relation) bound.

    `trivial` is what is true without the claim on the same side (None: nothing is); a bound that is not better is
    vacuous. `tolerance` is absolute, from `toykit.tolerances` times the scale of the numbers.
    """

    name: str
    measured: Number
    relation: Relation
    bound: Number
    tolerance: float
    trivial: float | None = None

    @property
    def slack(self) -> float:
        """How far the claim is from being violated: bound - measured for `<=`, and so on; negative if violated."""
        match self.relation:
            case Relation.AT_MOST:
                return self.bound.value - self.measured.value
            case Relation.AT_LEAST:
                return self.measured.value - self.bound.value
            case Relation.EQUAL:
                return -abs(self.measured.value - self.bound.value)

    @property
    def holds(self) -> bool:
        """False only if the enclosures exclude the relation by more than the tolerance."""
        too_high = self.measured.lo > self.bound.hi + self.tolerance
        too_low = self.measured.hi < self.bound.lo - self.tolerance
        match self.relation:
            case Relation.AT_MOST:
                return not too_high
            case Relation.AT_LEAST:
                return not too_low
            case Relation.EQUAL:
                return not (too_high or too_low)

    @property
    def vacuous(self) -> bool:
        """The bound says no more than what is trivially true."""
        if self.trivial is None:
            return False
        if self.relation is Relation.AT_MOST:
            return self.bound.value >= self.trivial
        return self.relation is Relation.AT_LEAST and self.bound.value <= self.trivial

    @property
    def ratio(self) -> float | None:
        """measured / bound, the number that hunts drive towards 1; None where the bound is 0 or an identity is compared."""
        if self.relation is Relation.EQUAL or self.bound.value == 0:
            return None
        return self.measured.value / self.bound.value

    def to_json(self) -> dict[str, Any]:
        """A JSON object with both sides, slack and outcome."""
        return {
            "name": self.name,
            "measured": self.measured.to_json(),
            "relation": str(self.relation),
            "bound": self.bound.to_json(),
            "tolerance": self.tolerance,
            "trivial": self.trivial,
            "slack": self.slack,
            "ratio": self.ratio,
            "holds": self.holds,
            "vacuous": self.vacuous,
        }


@dataclass(frozen=True)
class Outcome:
    """Whether an assumption holds on a pair: True, False, or None where it can only be declared; and how that is known."""

    holds: bool | None
    how: str


class Verdict(StrEnum):
    """The verdict on a claim for a concrete pair."""

    HOLDS = "HOLDS"
    VACUOUS = "VACUOUS"
    INAPPLICABLE = "INAPPLICABLE"
    VIOLATED = "VIOLATED"


@dataclass(frozen=True)
class Result:
    """What a check found on a pair. The first comparison is the headline; the verdict is computed.

    A check whose assumption is false may still give the comparisons for information; the verdict stays INAPPLICABLE.
    """

    slug: str
    pair: str
    comparisons: tuple[Comparison, ...]
    letters: Mapping[str, float]
    assumptions: Mapping[str, Outcome]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.comparisons and all(outcome.holds is not False for outcome in self.assumptions.values()):
            raise ValueError(f"a check compares something unless an assumption is false; got no comparison on {self.pair}")

    @property
    def verdict(self) -> Verdict:
        """INAPPLICABLE if an assumption is false, else VIOLATED if a comparison fails, else VACUOUS or HOLDS."""
        if any(outcome.holds is False for outcome in self.assumptions.values()):
            return Verdict.INAPPLICABLE
        if not all(c.holds for c in self.comparisons):
            return Verdict.VIOLATED
        if all(c.vacuous for c in self.comparisons):
            return Verdict.VACUOUS
        return Verdict.HOLDS

    @property
    def reason(self) -> str:
        """Why the verdict is what it is, in one clause."""
        match self.verdict:
            case Verdict.INAPPLICABLE:
                return "; ".join(f"{n}: {o.how}" for n, o in self.assumptions.items() if o.holds is False)
            case Verdict.VIOLATED:
                failed = [c for c in self.comparisons if not c.holds]
                return "; ".join(f"{c.name}: {c.measured.value:.6g} {c.relation} {c.bound.value:.6g} fails" for c in failed)
            case Verdict.VACUOUS:
                return "every bound allows what is true without the claim"
            case Verdict.HOLDS:
                return "all comparisons hold"

    @property
    def measured(self) -> Number | None:
        """The measured side of the headline comparison."""
        return self.comparisons[0].measured if self.comparisons else None

    @property
    def bound(self) -> Number | None:
        """The claim's side of the headline comparison."""
        return self.comparisons[0].bound if self.comparisons else None

    @property
    def slack(self) -> float | None:
        """The slack of the headline comparison."""
        return self.comparisons[0].slack if self.comparisons else None

    @property
    def trust(self) -> Trust:
        """The weakest evidence among the numbers compared; ESTIMATED if nothing was compared."""
        return max(
            (n.trust for c in self.comparisons for n in (c.measured, c.bound)),
            default=Trust.ESTIMATED,
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object stored and reported."""
        return {
            "slug": self.slug,
            "pair": self.pair,
            "verdict": str(self.verdict),
            "reason": self.reason,
            "evidence": self.trust.name,
            "comparisons": [c.to_json() for c in self.comparisons],
            "letters": dict(self.letters),
            "assumptions": {n: {"holds": o.holds, "how": o.how} for n, o in self.assumptions.items()},
            "extra": dict(self.extra),
        }
