"""The project's own files, parsed, for the tests that read them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Rule = Callable[[ast.Module], Iterator[tuple[int, str]]]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def trees() -> Callable[..., dict[Path, ast.Module]]:
    """Every Python file below the given folders, parsed."""

    def parse(*folders: str) -> dict[Path, ast.Module]:
        paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
        return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}

    return parse


@pytest.fixture(scope="session")
def breaches(trees: Callable[..., dict[Path, ast.Module]]) -> Callable[..., list[str]]:
    """Where a rule is broken below the given folders, as `path:line: what`."""

    def find(rule: Rule, *folders: str) -> list[str]:
        return [f"{path.relative_to(ROOT)}:{line}: {what}" for path, tree in trees(*folders).items() for line, what in rule(tree)]

    return find
