"""The frame of studies: parts are kept, the word is computed from the findings, a full run is found by the next report."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from experiments import study as command
from experiments import verify
from experiments.studies import study
from experiments.studies.study import Figure, Finding, Prediction, Study, Table, Word, answered
from toykit.errors import InputError
from toykit.runs import Outcome
from toykit.store import Store

SLUG = "barrier/toy"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
STUDY = Study(
    SLUG,
    "A toy study",
    "is it even?",
    (Prediction("even", "every number is even", "one is odd"), Prediction("small", "all are small", "one is not")),
    "numbers",
    "derived here",
)


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    if config["number"] < 0:
        raise ValueError("numbers are counted")
    return Outcome({"even": config["number"] % 2 == 0})


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    even = all(found["result"]["even"] for found in config["parts"])
    findings = [
        Finding("even", Word.REPRODUCED if even else Word.NOT_REPRODUCED, f"{len(config['parts'])} numbers"),
        Finding("small", Word.REPRODUCED, "all are"),
    ]
    rows = tuple((found["config"]["number"], found["result"]["even"]) for found in config["parts"])
    return answered(STUDY, findings, [Table("numbers", ("number", "even"), rows)], [Figure("a dot", SVG)], config["lost"])


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of three numbers, one of which fails at full size."""
    found = ModuleType("experiments.studies.barrier.toy")
    numbers = {"digits": (2, 4), "full": (2, 3, -1)}
    vars(found).update(
        STUDY=STUDY, part=part, summarise=summarise, configs=lambda size: [{"number": number} for number in numbers[size]]
    )
    monkeypatch.setattr(study, "slugs", lambda: [SLUG])
    monkeypatch.setattr(study, "module", lambda slug: found)
    results = tmp_path / "results"
    results.mkdir()
    monkeypatch.setattr(command.keep, "__defaults__", (results,))
    monkeypatch.setattr(command.recorded, "__defaults__", (results,))
    return tmp_path


def run(toy: Path, *arguments: str) -> int:
    return command.main([*arguments, "--store", str(toy / "store"), "--jobs", "1"])


def test_a_study_is_run_kept_and_concluded(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(toy, SLUG) == 0
    said = capsys.readouterr().out
    assert "barrier/toy: REPRODUCED" in said
    assert "REPRODUCED  even: 2 numbers" in said
    assert run(toy, SLUG) == 0
    assert "all 2 kept from the store" in capsys.readouterr().out
    assert not list((toy / "results").iterdir())


def test_a_full_run_leaves_files_that_the_report_finds(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(toy, "--size", "full") == 0
    kept = json.loads((toy / "results" / "barrier.toy.json").read_text())
    assert kept["result"]["word"] == "QUALIFIED"  # odd numbers refute one of two predictions
    assert kept["result"]["notes"] == ["ValueError: numbers are counted"]
    assert (kept["made"]["parts"], kept["made"]["lost"]) == (2, ["ValueError: numbers are counted"])
    assert (toy / "results" / kept["figures"]["figure 1"]).read_bytes() == SVG

    monkeypatch.setattr(verify, "slugs", list)
    with Store(toy / "store") as store:
        assert verify.verify(store, toy / "report", 1, ()) == 0
    page = (toy / "report" / "studies" / "barrier.toy.html").read_text()
    assert "At full size" in page
    assert "On digits" in page
    assert len(list((toy / "report" / "figures").iterdir())) == 1


def test_a_study_without_a_finished_part_says_why(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(study.module(SLUG), "configs", lambda size: [{"number": -1}])
    assert run(toy, SLUG) == 1
    assert "none came out: ValueError: numbers are counted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "word"),
    [
        ((Word.REPRODUCED, Word.REPRODUCED), "REPRODUCED"),
        ((Word.REPRODUCED, Word.NOT_REPRODUCED), "QUALIFIED"),
        ((Word.QUALIFIED, Word.REPRODUCED), "QUALIFIED"),
        ((Word.NOT_REPRODUCED, Word.NOT_REPRODUCED), "NOT REPRODUCED"),
    ],
)
def test_the_word_is_computed(names: tuple[Word, Word], word: str) -> None:
    findings = [Finding("even", names[0], "x"), Finding("small", names[1], "x")]
    assert answered(STUDY, findings, []).result["word"] == word


def test_a_prediction_without_a_finding_is_refused() -> None:
    with pytest.raises(InputError, match="one finding per prediction"):
        answered(STUDY, [Finding("even", Word.REPRODUCED, "x")], [])
    both = [Finding("even", Word.REPRODUCED, "x"), Finding("small", Word.REPRODUCED, "x")]
    with pytest.raises(InputError, match="one entry per column"):
        answered(STUDY, both, [Table("t", ("a", "b"), ((1,),))])


def test_an_unknown_study_is_one_sentence_before_any_other_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "barrier/kinks", "barrier/nothing") == 2
    said = capsys.readouterr()
    assert "a study is one of" in said.err
    assert not said.out


def test_results_that_cannot_be_written_are_one_sentence_and_nothing_is_lost(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (toy / "file").write_text("a file")
    monkeypatch.setattr(command.keep, "__defaults__", (toy / "file",))
    assert run(toy, SLUG, "--size", "full") == 2
    assert capsys.readouterr().err.startswith("study: the outcome of a study is written to")
    monkeypatch.setattr(command.keep, "__defaults__", (toy / "results",))
    assert run(toy, SLUG, "--size", "full") == 0
    assert "all 3 kept from the store" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--jobs", "0"], "argument --jobs: a number of processes is at least 1; got '0'"),
        (["--jobs", "two"], "argument --jobs: a number of processes is at least 1; got 'two'"),
        (["--size", "huge"], "argument --size: invalid choice: 'huge'"),
    ],
)
def test_an_option_out_of_range_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(arguments)
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_every_study_has_a_page_and_distinct_parts() -> None:
    for slug in study.slugs():
        assert study.described(slug)["slug"] == slug
        for size in study.SIZES:
            keys = [task.identity().key for task in study.parts(slug, size)]
            assert keys
            assert len(set(keys)) == len(keys)
