"""The main job on one claim and one small pair: it resumes, reports, and its exit code tells what happened."""

import json
import os
from pathlib import Path

import pytest

from experiments import verify
from experiments.studies import claims
from toykit.bridge.training import pair_tasks
from toykit.bridge.training.pair_tasks import Plan
from toykit.bridge.training.recipe import Recipe
from toykit.store import Store

SLUG = "barrier/curvature_bound"
PLANS = (
    Plan("small", Recipe((8,), "tanh", epochs=1)),
    Plan("branches", Recipe((8,), "tanh", epochs=2), trunk=1),
    Plan("wild", Recipe((8,), "tanh", epochs=2, optimizer="sgd", learning_rate=1e38)),
)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(verify, "slugs", lambda: [SLUG])
    monkeypatch.setattr(claims, "CASES", 2)
    return tmp_path


def run(job: Path, *plans: Plan) -> int:
    with Store(job / "store") as store:
        return verify.verify(store, job / "report", 1, plans, studies=())


def test_the_job_resumes_and_a_failed_training_is_told(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(job, *PLANS[:2]) == 0
    said = capsys.readouterr().out
    assert "1 claims, 2 trained pairs: 0 failures, 0 findings" in said
    found = json.loads((job / "report" / "verdicts.json").read_text())
    assert [row["pair"] for row in found["verdicts"]] == ["small", "branches"]
    assert all(row["verdict"] == "HOLDS" for row in found["verdicts"])
    assert dict(found["pairs"][1]["facts"])["branching step"] == "23"

    (job / "report" / "index.html").unlink()
    assert run(job, *PLANS[:2]) == 0
    assert "0 tasks run, 11 kept" in capsys.readouterr().out
    assert (job / "report" / "index.html").exists()

    assert run(job, *PLANS) == 1
    said = capsys.readouterr().out
    assert "1 tasks run, 11 kept" in said
    assert "FAILED  wild: training FAILED: DivergedError" in said
    assert "DivergedError" in (job / "report" / "index.html").read_text()


def test_the_chord_of_a_stored_pair_is_the_chord_of_the_trained_pair() -> None:
    task = pair_tasks.training_task(PLANS[1])
    outcome = task.function(task.config, {})
    landscape = pair_tasks._landscape(PLANS[1].recipe, "digits")
    points = {name: landscape.parameters(pair_tasks.from_bytes(content)) for name, content in outcome.blobs.items()}
    assert set(points) == {"theta_a", "theta_b", "theta_0"}
    assert [landscape.loss(points["theta_a"]), landscape.loss(points["theta_b"])] == outcome.result["ends"]["loss"]
    assert task.function(task.config, {}).blobs == outcome.blobs, "one thread, the same seed: the same bits"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--store", "{file}"], "a run store is a folder that can be written"),
        (["--store", "{foreign}"], "not a database"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "runs.sqlite").write_text("something else altogether " * 60)
    places = {"file": str(tmp_path / "file"), "foreign": str(tmp_path / "foreign")}
    assert verify.main([argument.format(**places) for argument in arguments]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count(os.linesep) == 1


def test_an_interrupt_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "verify", interrupted)
    assert verify.main(["--store", str(tmp_path / "store")]) == 130
    assert "the same command resumes" in capsys.readouterr().err
