import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import toykit.cli.commands as commands
from theory.catalogue import slugs
from theory.claim import Claim
from theory.derivation import Derivation
from theory.evidence import Evidence
from toykit.cli.main import run
from toykit.errors import MissingExtra
from toykit.hunt import Hunt
from toykit.store import Store

SLUG = "barrier/ridge_bound"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence on stderr; nothing on stdout."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_claims_as_an_array_of_objects(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["claims", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["slug"] for row in rows] == slugs()
    assert all({"slug", "title", "kind", "evidence", "source"} <= set(row) for row in rows)
    assert {row["evidence"] for row in rows} <= {word.word for word in Evidence}


def test_claims_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["claims"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(slugs()) + 1
    assert lines[0].startswith("SLUG")


@pytest.mark.parametrize(
    ("style", "start"), [("text", f"{SLUG}: "), ("latex", "\\subsection*"), ("json", "{"), ("html", "<!DOCTYPE html>")]
)
def test_derive_in_every_format(capsys: pytest.CaptureFixture[str], style: str, start: str) -> None:
    assert run(["derive", SLUG, "--format", style]) == 0
    out = capsys.readouterr().out
    assert out.lstrip().startswith(start)
    assert "PROVED" in out
    assert "ring normal form" in out
    assert "sympy" in out.lower(), "the trusted base is part of every format"


def test_a_derivation_that_fails_is_exit_code_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refute(claim: Claim) -> Derivation:
        return Derivation(claim, (), (), ())  # no steps: UNDECIDED

    monkeypatch.setattr(commands, "decide", refute)
    assert run(["derive", SLUG]) == 1
    assert "UNDECIDED" in capsys.readouterr().out


@pytest.mark.parametrize(("word", "code"), [("HOLDS", 0), ("VACUOUS", 0), ("INAPPLICABLE", 0), ("VIOLATED", 1)])
def test_check_prints_cases_ratio_and_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, word: str, code: int
) -> None:
    def hunted(slug: str, count: int, seed: int) -> Hunt:
        found = Hunt(slug, seed, ratios={"barrier": 0.9375})
        found.verdicts[word] = count
        return found

    monkeypatch.setattr(commands, "hunt", hunted)
    assert run(["check", SLUG, "--cases", "7", "--seed", "3"]) == code
    out = capsys.readouterr().out
    assert out.splitlines() == [f"{SLUG}: {word}", f"cases: 7 (seed 3), {word} 7", "largest ratio, barrier: 0.937500"]
    assert run(["check", SLUG, "--cases", "7", "--seed", "3", "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert (found["cases"], found["verdict"], found["ratios"]) == (7, word, {"barrier": 0.9375})


@pytest.mark.parametrize("command", ["derive", "check"])
def test_an_unknown_slug_suggests_the_nearest(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert "barrier/ridge_bound" in refused(capsys, command, "barrier/ridge_bond")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["derive"], ["derive", SLUG, "--format", "pdf"], ["check", SLUG, "--cases", "0"], ["claims", "x"]]
)
def test_bad_usage_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert "run: toykit --help" in refused(capsys, *arguments)


def test_a_missing_extra_names_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: Any) -> Hunt:
        raise MissingExtra("checking needs the extra 'torch', which is not installed; run: pip install 'toykit[torch]'")

    monkeypatch.setattr(commands, "hunt", lacking)
    assert "needs the extra 'torch'" in refused(capsys, "check", SLUG)


def test_report_from_nothing_from_a_foreign_file_and_into_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "a run store is a folder" in refused(capsys, "report", "--store", str(tmp_path / "absent"))
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "runs.sqlite").write_text("no database, but long enough to be read as one " * 30)
    assert "not a database" in refused(capsys, "report", "--store", str(foreign))
    with Store(tmp_path / "store") as store:
        made = {"command": "c", "version": "0", "seconds": 1.0, "tasks": 0, "fingerprint": {}}
        store.publish("verify", {"claims": [], "pairs": [], "made": made})
    (tmp_path / "file").write_text("a file")
    said = refused(capsys, "report", "--store", str(tmp_path / "store"), "--out", str(tmp_path / "file"))
    assert "a report needs a folder" in said
    assert run(["report", "--store", str(tmp_path / "store"), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "index.html").exists()


def test_version_help_and_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("toykit 0.")
    assert run([]) == 0
    assert "derive" in capsys.readouterr().out


def test_importing_prints_nothing_and_loads_no_torch() -> None:
    code = "import sys, toykit, theory, toykit.cli; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = [sys.executable, "-c", "from toykit.cli import main; main(['derive', 'barrier/ridge_bound', '--format', 'json'])"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
