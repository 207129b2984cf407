"""Parts as a store gives them back: the names of every object in alphabetical order."""

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def kept() -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """The parts after they have been in a store."""

    def back(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(json.dumps(parts, sort_keys=True))
        return found

    return back
