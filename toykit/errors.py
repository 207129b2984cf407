"""The project's exceptions. Each carries one sentence: the rule, what came, what to do."""

from __future__ import annotations


class InputError(ValueError):
    """Something handed in breaks a rule that the sentence names."""


class ShapeError(InputError):
    """Parameters, data or labels whose shapes do not fit together."""


class NonFiniteError(InputError):
    """NaN or infinity where only finite numbers are allowed."""


class MissingExtra(RuntimeError):
    """A feature that needs an optional extra which is not installed."""


class StoreError(RuntimeError):
    """A run store that cannot be read or written."""


class WorkerError(RuntimeError):
    """A worker process that ended before it had answered."""


REFUSALS = (InputError, MissingExtra, StoreError, WorkerError)
"""What a command answers with one sentence and no traceback."""


def missing_extra(feature: str, extra: str) -> MissingExtra:
    """The sentence for a missing extra."""
    return MissingExtra(f"{feature} needs the extra '{extra}', which is not installed; run: pip install 'toykit[{extra}]'")
