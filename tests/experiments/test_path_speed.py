"""The benchmark of paths runs on a toy, and its ledger holds a line per stage; its timings are never tested."""

from __future__ import annotations

import pytest

from experiments.benchmarks.path_speed import Ledger, classes, conditions, measure, peak
from toykit.connectivity.stages import tasks, trained_by_lbfgs
from toykit.connectivity.toys import separable_nets


def test_every_stage_is_entered(capsys: pytest.CaptureFixture[str]) -> None:
    pair, ledger = separable_nets(0), Ledger()
    stages, built = measure(pair, trained_by_lbfgs, 1, ledger)
    assert len(ledger.rows) == 5
    assert all(work >= 0 and waited >= 0 and memory > 1 for _, work, waited, memory in ledger.rows)
    assert set(stages) == {(e, layer) for e in "ab" for layer in (1, 2, 3)}
    assert not built.reasons
    assert "peak" in capsys.readouterr().out


def test_conditions_are_those_of_the_first_halves() -> None:
    given = tasks(separable_nets(0), draws=1, name="conditions")
    assert conditions(given) == list(given)
    assert peak() > 1


def test_ten_classes_are_decided_and_entered() -> None:
    ledger = Ledger()
    assert [each.separable for each in classes(ledger, epochs=2)] == [True] * 10
    assert len(ledger.rows) == 1
