"""The project as a whole: imports point one way, one thread, pins for everything, and it speaks only of itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TEXT = {".py", ".md", ".toml", ".cff", ".html", ".css", ".lock", ".json", ".svg", ""}
# written in pieces, so that this file does not name what it forbids
FOREIGN = ["sub" + "agent", "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "this ses" + "sion", "the bri" + "ef", "farm" + "-"]


def own_files(root: Path) -> list[Path]:
    folders = ("theory", "toykit", "experiments", "tests", "docs")
    inside = [path for folder in folders for path in (root / folder).rglob("*") if "__pycache__" not in path.parts]
    beside = [*root.glob("*"), *(root / ".ci").glob("*")]  # not below .ci, where CI keeps its virtual environment
    return sorted(path for path in [*inside, *beside] if path.is_file() and path.suffix in TEXT)


def foreign(text: str) -> list[str]:
    return [word for word in FOREIGN if re.search(re.escape(word), text, re.IGNORECASE)]


def test_imports_point_one_way(root: Path) -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_project_speaks_only_of_itself(root: Path) -> None:
    files = own_files(root)
    assert root / "README.md" in files
    found = {str(path.relative_to(root)): foreign(path.read_text(encoding="utf-8")) for path in files}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize("word", FOREIGN)
def test_a_foreign_word_is_seen(word: str) -> None:
    assert foreign(f"written by {word.upper()}x") == [word]


def test_the_lock_pins_every_declared_dependency(root: Path) -> None:
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", pin) for pin in pins)
    pinned = {_normal(pin.split("==")[0]) for pin in pins}
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    assert {_normal(re.split(r"[><=\[;]", d)[0]) for d in declared} <= pinned
    assert "torch==2.13.0" in pins


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).strip().lower()


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a user does, whether or not these tests were started by make themselves."""
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(["make", *arguments], cwd=root, capture_output=True, text=True, check=False, env=environment)


def test_make_lists_its_commands(root: Path) -> None:
    run = make(root)
    assert run.returncode == 0
    for command in ("verify", "test", "check", "claim", "lock", "clean", "bench"):
        assert f"  make {command} " in run.stdout


def test_an_old_python_is_refused_in_one_sentence(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.1" && exit 0\nexit 1\n', encoding="utf-8")
    old.chmod(0o755)
    run = make(root, "test", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert run.returncode != 0
    assert "toykit needs Python 3.11 or newer" in run.stderr
    assert "Python 3.9.1" in run.stderr
    assert not (tmp_path / "venv").exists()


def test_torch_runs_on_one_thread() -> None:
    torch = pytest.importorskip("torch")
    assert torch.get_num_threads() == 1
