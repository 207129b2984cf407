"""How the arrays of a state dict differ from those of a module: what is missing, unexpected, or of another shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor

from toykit.errors import ShapeError
from toykit.parameters import Parameters

Shapes = Mapping[str, tuple[int, ...]]
SHOWN = 4
"""Names of each kind in a sentence; `Difference` holds all of them."""
LONGEST = 120
"""Characters of a name in a sentence."""
COUNTERS = "num_batches_tracked"
"""The end of names of batch normalisation's counters, which no output depends on and which may be missing."""


@dataclass(frozen=True)
class Difference:
    """Names that only one side has, shapes (got, expected) of names that differ, and the likeliest renamings.

    `near` leads from an unexpected name to a missing one of the same shape that is spelt alike.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
    near: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.shapes)

    def __str__(self) -> str:
        """The difference on one line, the first few names of each kind."""
        unexpected = [f"{name} (for {self.near[name]}?)" if name in self.near else name for name in self.unexpected]
        shapes = [f"{name} {got} instead of {expected}" for name, (got, expected) in self.shapes.items()]
        parts = (("missing", self.missing), ("unexpected", unexpected), ("of another shape", shapes))
        return "; ".join(f"{kind}: {_listed(names)}" for kind, names in parts if names)


def difference(given: Shapes, expected: Shapes, optional: Collection[str] = ()) -> Difference:
    """What sets the given arrays apart from the expected ones; those named in `optional` may be there or not."""
    free = {name for name in (*given, *expected) if name.endswith(COUNTERS)} | set(optional)
    missing = [name for name in expected if name not in given and name not in free]
    unexpected = [name for name in given if name not in expected and name not in free]
    shapes = {
        name: (given[name], expected[name])
        for name in expected
        if name in given and given[name] != expected[name] and not name.endswith(COUNTERS)
    }
    near = {}
    for name in unexpected[:SHOWN]:  # each search looks at all missing names
        alike = get_close_matches(name, [other for other in missing if expected[other] == given[name]], n=1)
        if alike:
            near[name] = alike[0]
    return Difference(tuple(missing), tuple(unexpected), shapes, near)


def require_state(given: Shapes, expected: Shapes, source: str, optional: Collection[str] = ()) -> None:
    """Refuse arrays that are not the expected ones.

    Raises:
        ShapeError: lists the difference.

    """
    found = difference(given, expected, optional)
    if found:
        raise ShapeError(f"a state dict has the arrays of the module; {source} differs ({found}); does it belong to another one?")


def _listed(names: Collection[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(name[:LONGEST] for name in list(names)[:SHOWN]) + more


def require_finite(arrays: Mapping[str, Tensor]) -> None:
    """Refuse NaN and infinity, with one answer from the device.

    They survive a sum, which is cheaper than a look at every entry; a sum that overflows is told apart after it.

    Raises:
        NonFiniteError: names the array and counts the entries.

    """
    if arrays and not bool(torch.isfinite(torch.stack([array.sum() for array in arrays.values()])).all()):
        Parameters(arrays).require_finite("theta")


def require_shapes(given: Mapping[str, Any], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse arrays under other names or of other shapes than a module has.

    Raises:
        ShapeError: names the first that differs.

    """
    shapes = {name: tuple(array.shape) for name, array in given.items()}
    for name in [*expected, *shapes]:
        if shapes.get(name) != expected.get(name):
            raise ShapeError(
                f"{name} has the shape {expected.get(name, 'absent')} in this module; got "
                f"{shapes.get(name, 'absent')}; was theta made for another one?"
            )
