from pathlib import Path
from typing import Any

import pytest

from experiments.studies import claims
from toykit.runs import Outcome
from toykit.store import canonical
from toykit.verdict import Comparison, Number, Relation, Result
from toykit.verdict import Outcome as Decided

SLUG = "barrier/ridge_bound"


def test_a_complete_claim_has_a_task_for_every_part() -> None:
    tasks = claims.tasks(SLUG)
    assert list(tasks) == ["derivation", "toy", "extremal", "necessity", "figure"]
    keys = {task.identity().key for task in tasks.values()}
    assert len(keys) == 5


@pytest.mark.parametrize("part", ["derivation", "extremal", "necessity", "figure"])
def test_what_a_task_makes_can_be_stored(part: str) -> None:
    task = claims.tasks(SLUG)[part]
    outcome = task.function(task.config, {})
    assert isinstance(outcome, Outcome)
    canonical(outcome.result)
    if part == "figure":
        assert outcome.blobs["figure"].startswith(b"<?xml")
        assert outcome.result["caption"].startswith("Walls and ridge")
        assert task.function(task.config, {}).blobs == outcome.blobs, "the same drawing gives the same bytes"


def test_a_hunt_is_counted() -> None:
    result = claims.toy({"slug": SLUG, "cases": 3, "seed": 1}, {}).result
    assert (result["cases"], result["seed"], result["slug"]) == (3, 1, SLUG)


def test_parts_are_found_without_running_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_check.py").write_text("from x import check\ncases = 1\ndef necessity(): ...\nraise SystemExit\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert claims._defines("broken_check") == {"check", "cases", "necessity"}
    assert claims._defines("no_such_package.module") == set()


class Module:
    """A check module with one pair; the sides and the assumption are given."""

    def __init__(self, measured: float, applies: bool) -> None:
        self.measured, self.applies = measured, applies

    def check(self, pair: Any) -> Result:
        sides = Number.exact(self.measured), Relation.AT_MOST, Number.exact(1.0)
        return Result(SLUG, "pair", (Comparison("barrier", *sides, 1e-9),), {}, {"C11": Decided(self.applies, "by type")})

    def extremal(self) -> list[Any]:
        return [type("Named", (), {"name": "pair"})]

    def necessity(self) -> list[Any]:
        return [("C11", type("Named", (), {"name": "pair"}))]


@pytest.mark.parametrize(
    ("measured", "applies", "equality"), [(1.0, True, True), (0.9, True, False), (1.1, True, False), (1.0, False, False)]
)
def test_equality_needs_both_sides_to_meet(
    monkeypatch: pytest.MonkeyPatch, measured: float, applies: bool, equality: bool
) -> None:
    monkeypatch.setattr(claims, "check_module", lambda slug: Module(measured, applies))
    (case,) = claims.extremal({"slug": SLUG}, {}).result["cases"]
    assert case["equality"] is equality


@pytest.mark.parametrize(
    ("measured", "applies", "breaks", "reason"),
    [
        (1.5, False, True, ""),
        (0.5, False, False, "every comparison still holds"),
        (1.5, True, False, "the check finds false: nothing"),
    ],
)
def test_necessity_needs_the_named_assumption_false_and_a_failure(
    monkeypatch: pytest.MonkeyPatch, measured: float, applies: bool, breaks: bool, reason: str
) -> None:
    monkeypatch.setattr(claims, "check_module", lambda slug: Module(measured, applies))
    (case,) = claims.necessity({"slug": SLUG}, {}).result["cases"]
    assert (case["breaks"], case["reason"]) == (breaks, reason)
