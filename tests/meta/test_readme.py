"""The README keeps its word: its example runs and prints what it shows, its table and its links are true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import readme


@pytest.fixture(scope="module")
def text() -> str:
    return readme.README.read_text(encoding="utf-8")


def test_the_example_prints_what_it_shows(text: str, tmp_path: Path) -> None:
    """In a process of its own, as a reader runs it; comments `# 0.5` after a print show what it prints."""
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(example.strip().splitlines()) <= 12
    shown = re.findall(r"^print\(.*\)  # (.*)$", example, re.MULTILINE)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == shown
    assert shown


def test_the_example_on_ones_own_networks_runs(root: Path, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", (root / "docs/own_networks.md").read_text(encoding="utf-8"), re.DOTALL)
    said = []
    for example in examples:
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        said.append(run.stdout)
    assert "of a planted permutation recovered" in said[0]
    assert "name='inside', size=12" in said[1]
    assert "name='embed', size=8" in said[1]


def test_the_table_is_that_of_the_claims(text: str) -> None:
    assert readme.with_table(text) == text, "run: make readme"


def test_a_missing_marker_is_named() -> None:
    with pytest.raises(ValueError, match="one of them is missing"):
        readme.with_table("no table here")


def test_every_link_leads_to_a_file(text: str, root: Path) -> None:
    others = "".join((root / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"))
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text + others) if "://" not in link]
    guide = (root / "docs/own_networks.md").read_text(encoding="utf-8")
    links += [f"docs/{link}" for link in re.findall(r"\]\(([^)#]+)\)", guide) if "://" not in link]
    assert "docs/ridge_bound.svg" in links
    assert [link for link in links if not (root / link).exists()] == []


def test_the_two_commands_stand_on_the_first_screen(text: str) -> None:
    first = "\n".join(text.splitlines()[:40])
    assert "make verify" in first
    assert "make test" in first
