"""What happens when memory runs out: half as many examples at a time, again and again, and at last one sentence."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import torch

SAID = ("can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")
"""Words of allocators whose errors have no class of their own."""


class Chunked(Protocol):
    """Passes its `count` examples through a module in chunks."""

    @property
    def count(self) -> int:
        """n, the number of examples."""

    def halve(self) -> tuple[int, int] | None:
        """Take half as many examples at a time; the numbers before and after, None where the chunk must not be smaller."""


S = TypeVar("S", bound=Chunked)
P = ParamSpec("P")
R = TypeVar("R")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that an allocation was refused, on the host or on a device."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in SAID)


def within_memory(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """The method of a chunked object, run again with half as many examples at a time whenever memory runs out.

    The smaller chunk stays, and a warning says so.

    Raises:
        MemoryError: the chunk cannot be smaller.

    """

    @functools.wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        while True:
            try:
                return method(self, *args, **kwargs)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
                told = str(error).strip().split("\n")[0]
            # outside the handler: the traceback would keep the tensors of the failed attempt
            sizes = self.halve()
            if sizes is None:
                raise MemoryError(
                    f"a chunk of examples must fit into memory; not even the smallest does, of {self.count} examples ({told}); "
                    "use fewer examples, float32 or another device"
                )
            warnings.warn(
                f"memory did not hold {sizes[0]} examples at a time; the landscape goes on with {sizes[1]} "
                f"(chunk={sizes[1]} does so from the start)",
                stacklevel=2,
            )

    return run
