"""What a report shows, read from a run store: for each claim and each trained pair its parts, present or with the reason why not.

The job's record names the runs by key:

    {"claims": [{"slug", "derivation", "toy", "extremal", "necessity", "figure"}], "pairs": [{"name", "training",
     "figure", "checks": {slug: key}}], "studies": [{"slug", "text", "digits", "full"}], "made": {...}}

A missing key means that the part does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from toykit.store import Store

PARTS = {
    "derivation": "derivation",
    "toy": "toy check",
    "extremal": "extremal instance",
    "necessity": "necessity",
    "figure": "figure",
}
"""Key in the job's record, and the name of the part in `theory.claim.PARTS`."""


@dataclass(frozen=True)
class Part:
    """One part of a page. `state` is ok, failed, lost, missing or not owed; `reason` says why unless it is ok."""

    state: str
    reason: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """The part was computed."""
        return self.state == "ok"

    @property
    def broken(self) -> bool:
        """The part was tried and did not come out."""
        return self.state in {"failed", "lost"}


@dataclass(frozen=True)
class ClaimPage:
    """One claim: its text, its parts, and its check on every trained pair by the pair's name."""

    slug: str
    text: Mapping[str, Any]
    derivation: Part
    toy: Part
    extremal: Part
    necessity: Part
    figure: Part
    trained: Mapping[str, Part]

    @property
    def evidence(self) -> str:
        """The derivation's evidence word, or why there is none."""
        return str(self.derivation.result["evidence"]) if self.derivation.ok else self.derivation.state.upper()

    @property
    def verdicts(self) -> dict[str, int]:
        """How many trained pairs earned each verdict; FAILED counts checks that raised."""
        counts: dict[str, int] = {}
        for part in self.trained.values():
            word = str(part.result["verdict"]) if part.ok else part.state.upper()
            counts[word] = counts.get(word, 0) + 1
        return counts

    @property
    def closest(self) -> tuple[str, Mapping[str, Any]] | None:
        """The trained pair on which the claim applies and has the least relative slack, with the headline comparison.

        A pair on which both sides are 0 says little and is taken last.
        """
        found = [
            (name, part.result["comparisons"][0])
            for name, part in self.trained.items()
            if part.ok and part.result["verdict"] != "INAPPLICABLE" and part.result["comparisons"]
        ]
        return min(found, key=lambda item: _relative(item[1]), default=None)

    def parts(self) -> Iterator[tuple[str, Part]]:
        """The parts by name, without the trained checks."""
        for key, name in PARTS.items():
            yield name, getattr(self, key)


def _relative(comparison: Mapping[str, Any]) -> tuple[bool, float]:
    size = max(abs(comparison["measured"]["value"]), abs(comparison["bound"]["value"]))
    return size == 0, float(comparison["slack"]) / size if size else 0.0


@dataclass(frozen=True)
class PairPage:
    """One trained pair: how it was trained, its curves and barriers, and every claim's check on it by slug."""

    name: str
    training: Part
    figure: Part
    checks: Mapping[str, Part]


@dataclass(frozen=True)
class StudyPage:
    """One study: its question and predictions, and what came out at laptop size and at full size."""

    slug: str
    text: Mapping[str, Any]
    digits: Part
    full: Part

    @property
    def sizes(self) -> dict[str, Part]:
        """What came out, by size."""
        return {"digits": self.digits, "full": self.full}


@dataclass(frozen=True)
class Content:
    """All that a report shows."""

    claims: tuple[ClaimPage, ...]
    pairs: tuple[PairPage, ...]
    made: Mapping[str, Any]
    studies: tuple[StudyPage, ...] = ()


def gather(store: Store, job: str = "verify") -> Content:
    """Read a published job.

    Raises:
        StoreError: the job was never published, or a record it names is absent or damaged.

    """
    record = store.job(job)
    slugs = [entry["slug"] for entry in record["claims"]]
    pairs = tuple(
        PairPage(
            entry["name"],
            _part(store, entry.get("training")),
            _part(store, entry.get("figure")),
            {slug: _part(store, entry["checks"][slug]) for slug in slugs if slug in entry["checks"]},
        )
        for entry in record["pairs"]
    )
    studies = tuple(
        StudyPage(entry["slug"], entry["text"], _part(store, entry.get("digits")), _part(store, entry.get("full")))
        for entry in record.get("studies", [])
    )
    return Content(tuple(_claim(store, entry, pairs) for entry in record["claims"]), pairs, record["made"], studies)


def _claim(store: Store, entry: Mapping[str, Any], pairs: tuple[PairPage, ...]) -> ClaimPage:
    slug, text = entry["slug"], entry["text"]
    freed = text["owes_not"]
    parts = {key: _part(store, entry.get(key), freed.get(name)) for key, name in PARTS.items()}
    reason = freed.get("trained check")
    trained = {pair.name: _freed(pair.checks[slug], reason) for pair in pairs if slug in pair.checks}
    return ClaimPage(slug=slug, text=text, trained=trained, **parts)


def _freed(part: Part, reason: str | None) -> Part:
    return Part("not owed", reason) if part.state == "missing" and reason else part


def _part(store: Store, key: str | None, reason: str | None = None) -> Part:
    if key is None:
        return Part("not owed", reason) if reason else Part("missing", "it does not exist yet")
    found = store.record(key)
    if found.status != "ok":
        return Part(found.status, str(found.result["reason"]), seconds=found.seconds)
    return Part("ok", "", found.result, found.blobs, found.seconds)
