"""What a section of a comparison hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toykit.parameters import Parameters


@dataclass(frozen=True)
class Found:
    """What a section found: JSON, and parameters by name that are worth keeping."""

    result: Mapping[str, Any]
    arrays: Mapping[str, Parameters] = field(default_factory=dict)
