"""The rule that the words of several families share: what is predicted of many cases may fail in one of ten."""

from __future__ import annotations

from collections.abc import Sequence

FAILING = 0.1
"""A prediction about many cases is reproduced where at most this part of them fails."""
UNMEASURED = "no network of this size bears on it"
"""What is said where no part of a study bears on a prediction."""


def mostly(cases: Sequence[bool]) -> bool:
    """Whether at most one case in ten fails, of at least one."""
    return bool(cases) and len(cases) - sum(cases) <= FAILING * len(cases)
