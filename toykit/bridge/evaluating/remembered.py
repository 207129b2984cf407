"""What a landscape has found at a point, kept by the content of the point: many claims on one pair ask for the same."""

from __future__ import annotations

import functools
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import torch
from torch import Tensor

from toykit.parameters import Parameters

HELD = 2**28
"""Bytes of remembered values, 256 MiB: the outputs at ten thousand points for 500 examples of 10 classes in float32."""


@dataclass
class Remembered:
    """Values by what was asked and where, at most `held` bytes; what was not asked for longest is forgotten first."""

    held: int = HELD
    _found: OrderedDict[bytes, Any] = field(default_factory=OrderedDict, repr=False)
    _bytes: int = 0

    def recall(self, key: bytes, work: Callable[[], Any]) -> Any:
        """The value of `work()`, from an earlier call with this key where there was one; a copy, so that none can change."""
        if key in self._found:
            self._found.move_to_end(key)
            return _copied(self._found[key])
        found = work()
        size = sum(tensor.numel() * tensor.element_size() for tensor in _tensors(found))
        if size <= self.held:
            self._found[key] = _copied(found)
            self._bytes += size
        while self._bytes > self.held:
            forgotten = self._found.popitem(last=False)[1]
            self._bytes -= sum(tensor.numel() * tensor.element_size() for tensor in _tensors(forgotten))
        return found


class Remembering(Protocol):
    """A landscape that may have a memory."""

    _remembered: Remembered | None


S = TypeVar("S", bound=Remembering)
P = ParamSpec("P")
R = TypeVar("R")


def remembered(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """The method of points and positions, run once for each of them by a landscape that remembers."""

    @functools.wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._remembered is None:
            return method(self, *args, **kwargs)
        found: R = self._remembered.recall(
            content(method.__name__, *args, *kwargs.values()), functools.partial(method, self, *args, **kwargs)
        )
        return found

    return run


def content(*parts: object) -> bytes:
    """A digest of points, with names, types and shapes, and of names and numbers as they are printed.

    Raises:
        TypeError: another kind of value, whose print need not tell it from others.

    """
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        if not isinstance(part, Mapping | str | int | float):
            raise TypeError(
                f"a landscape remembers by points, names and numbers; got {type(part).__name__}; leave it unremembered"
            )
        named = part if isinstance(part, Mapping) else {repr(part): torch.empty(0)}
        for name, array in named.items():
            entries = torch.as_tensor(array).detach().cpu().contiguous()
            found.update(f"{name} {entries.dtype} {tuple(entries.shape)};".encode())
            found.update(entries.reshape(-1).view(torch.uint8).numpy().data)
    return found.digest()


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _tensors(part)


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, Parameters):
        return value.map(_copied)
    if isinstance(value, tuple):  # jets, which are named tuples
        return type(value)(*map(_copied, value))
    return value
