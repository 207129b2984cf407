"""A small store with hand-made records: every state and verdict that a page must show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toykit.store import Identity, Store
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><circle cx="2" cy="1" r="1"/></svg>'


def text(slug: str, **changes: Any) -> dict[str, Any]:
    family, name = slug.split("/")
    return {
        "slug": slug,
        "family": family,
        "title": f"The claim {name}",
        "kind": "upper bound",
        "source": "derived here",
        "origins": [{"reference": "Derived in this project", "link": "", "place": "", "note": ""}],
        "statement": r"For $a\in[0,1]$: $$B\leq\frac{|m|M}{8(|m|+M)}$$",
        "equality": "on a spline",
        "necessity": "the fold net",
        "letters": [{"name": "m", "latex": "m", "meaning": r"lower bound of $\phi''$"}],
        "assumptions": [{"name": "C11", "says": "no kinks", "decided_by": "type"}],
        "formulas": {"upper": r"\frac{m}{8}"},
        "kernel": ["bound_at"],
        "traps": ["never set $\\sigma=0$"],
        "owes_not": {},
    } | changes


def derivation(slug: str, **changes: Any) -> dict[str, Any]:
    step = {
        "says": "add $x$ to both sides",
        "formula": r"x + 1 = 1 + x",
        "evidence": "PROVED",
        "procedure": "ring normal form over Q",
        "detail": "",
        "witness": {},
        "seconds": 0.01,
    }
    wrong = step | {"evidence": "REFUTED", "witness": {"x": "1/2"}}
    return (
        text(slug)
        | {
            "evidence": "PROVED",
            "headline": "PROVED",
            "meaning": "every step was decided by a decision procedure",
            "given": [],
            "trusted_base": ["SymPy"],
            "wrong_is_caught": True,
            "seconds": 0.03,
            "steps": [step],
            "wrong": [wrong],
            "examples": [step],
        }
        | changes
    )


def result(
    slug: str, pair: str, *, measured: float = 0.25, bound: float = 1.0, applies: bool = True, exact: bool = True
) -> Result:
    number = Number.exact(measured) if exact else Number.estimated(measured, "maximum over 25 positions")
    comparison = Comparison("barrier", number, Relation.AT_MOST, Number.exact(bound), 1e-9)
    return Result(slug, pair, (comparison,), {"m": -1.0}, {"C11": Outcome(applies, "relu has kinks")})


class Job:
    """Puts records into a store and publishes a job that names them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.claims: list[dict[str, Any]] = []
        self.pairs: list[dict[str, Any]] = []
        self.studies: list[dict[str, Any]] = []

    text, derivation, result = staticmethod(text), staticmethod(derivation), staticmethod(result)

    def put(self, task: str, value: dict[str, Any], status: str = "ok", **blobs: bytes) -> str:
        return self.store.commit(Identity(task, {}), value, status=status, blobs=blobs, seconds=1.0).key

    def fail(self, task: str, reason: str) -> str:
        return self.put(task, {"reason": reason}, status="failed")

    def claim(self, slug: str, page: dict[str, Any] | None = None, **keys: str | None) -> None:
        self.claims.append({"slug": slug, "text": page or text(slug), **keys})

    def pair(self, name: str, checks: dict[str, str | None], **changes: Any) -> None:
        barriers = dict.fromkeys(("barrier", "half", "mean", "max", "argmax"), Number.estimated(0.5, "grid").to_json())
        training = {
            "facts": [["activation", "relu"]],
            "ends": {"loss": [0.1, 0.2], "error": None},
            "barriers": {"loss": barriers, "error": None},
            "certified": Number.certified(0.5, 0.5004, "stopped by tolerance").to_json(),
            "profile": {"ts": [0.0, 0.5, 1.0], "loss": [0.1, 0.6, 0.2], "error": None},
        }
        entry = {"name": name, "training": self.put(f"train {name}", training), "checks": checks}
        entry["figure"] = self.put(f"figure {name}", {"caption": "along the chord"}, figure=SVG)
        self.pairs.append(entry | changes)

    def study(self, slug: str, word: str = "REPRODUCED", says: str = "0.9 against 0.1") -> None:
        """A study that came out at laptop size, with a table, a figure and one finding."""
        page = {
            "slug": slug,
            "family": slug.split("/", maxsplit=1)[0],
            "title": f"The study {slug}",
            "question": "does it fall?",
            "predictions": [{"name": "falls", "says": "$B$ falls", "refuted_if": "it does not"}],
            "protocol": "three pairs",
            "source": "derived here",
            "controls": ["shuffled pairs"],
        }
        outcome = {
            "word": word,
            "findings": [{"prediction": "falls", "word": word, "says": says}],
            "tables": [{"caption": "barriers", "columns": ["k", "B"], "rows": [[1, Number.estimated(0.5, "3 seeds").to_json()]]}],
            "captions": {"figure 1": "barrier against k"},
            "notes": ["three pairs only"],
        }
        key = self.put(f"study {slug}", outcome, **{"figure 1": SVG})
        self.studies.append({"slug": slug, "text": page, "digits": key, "full": None})

    def publish(self) -> None:
        fingerprint = {"device": "cpu", "versions": {"numpy": "2.0"}}
        made = {"command": "make verify", "version": "0", "seconds": 1.0, "tasks": 3, "fingerprint": fingerprint}
        self.store.publish("verify", {"claims": self.claims, "pairs": self.pairs, "studies": self.studies, "made": made})

    def sound(self, slug: str = "barrier/one") -> None:
        """A claim on which everything is as it should be, with one trained pair."""
        comparison = result(slug, "p").comparisons[0].to_json()
        toy = {"verdict": "HOLDS", "cases": 50, "seed": 0, "ratios": {"barrier": 0.97}, "verdicts": {"HOLDS": 50}}
        extremal = {"pair": "spline", "equality": True, "comparison": comparison}
        necessity = {"assumption": "C11", "pair": "fold", "breaks": True, "reason": "", "comparison": comparison}
        self.claim(
            slug,
            derivation=self.put(f"derive {slug}", derivation(slug)),
            toy=self.put(f"hunt {slug}", toy | {"violations": [], "reasons": {}}),
            extremal=self.put(f"extremal {slug}", {"cases": [extremal]}),
            necessity=self.put(f"necessity {slug}", {"cases": [necessity]}),
            figure=self.put(f"figure {slug}", {"caption": "walls and ridge"}, figure=SVG),
        )
        self.pair("digits 1", {slug: self.put("check", result(slug, "digits 1").to_json())})
        self.publish()


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with Store(tmp_path / "store") as store:
        yield Job(store)
