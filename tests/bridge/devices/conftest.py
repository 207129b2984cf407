"""A device other than the CPU for every test: a GPU where there is one, and a stand-in everywhere.

The stand-in computes on the CPU and behaves as another device where code can go wrong: its tensors refuse to meet tensors of
the host in one operation, to become NumPy arrays without a copy, and to draw from a generator of the host.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from toykit.bridge import TorchLandscape
from toykit.bridge.landscapes import examples

FAR = torch.device("meta")
"""The only device that torch knows everywhere and that holds no numbers of its own."""
ACROSS = {"aten._to_copy.default", "aten.copy_.default"}
"""What may see tensors of two devices."""


class Far(Tensor):
    """A tensor that says it is on `FAR`, and what it holds."""

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held: Tensor) -> Far:
        shape, offset = {"strides": held.stride(), "dtype": held.dtype}, held.storage_offset()
        found = Tensor._make_wrapper_subclass(cls, held.shape, storage_offset=offset, device=FAR, **shape)
        found.held = held
        return found

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatched(func, args, kwargs or {})


def dispatched(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """The operation on what is held, wrapped again; refuses tensors of two devices, and host generators for `FAR`."""
    given = pytree.tree_leaves((args, kwargs))
    tensors = [each for each in given if isinstance(each, Tensor)]
    here = any(isinstance(each, Far) for each in tensors)
    indexed = "aten.index" in str(func) and isinstance(args[0], Far)  # an index of the host is copied over by torch itself
    if here and str(func) not in ACROSS and not indexed and any(not isinstance(e, Far) and e.ndim for e in tensors):
        raise RuntimeError(f"{func} meets tensors of two devices: {[(type(e).__name__, tuple(e.shape)) for e in tensors]}")
    asked = kwargs.get("device")
    far = here if asked is None else torch.device(asked) == FAR
    if far and any(isinstance(each, torch.Generator) for each in given):
        raise RuntimeError(f"{func} draws on the device from a generator of the host")

    def near(each: Any) -> Any:
        if isinstance(each, Far):
            return each.held
        return torch.device("cpu") if isinstance(each, torch.device) else each

    args, kwargs = pytree.tree_map(near, (args, kwargs))
    found = func(*args, **kwargs)
    if not far or str(func) == "aten._local_scalar_dense.default":
        return found
    known = {id(each.held): each for each in tensors if isinstance(each, Far)}  # what was written in place stays itself

    def wrapped(each: Any) -> Any:
        if not isinstance(each, Tensor):
            return each
        return known[id(each)] if id(each) in known else Far(each)

    return pytree.tree_map(wrapped, found)


class Operations(TorchDispatchMode):
    """New tensors on `FAR` hold their numbers."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatched(func, args, kwargs or {})


class Moves(TorchFunctionMode):
    """Moves between devices as copies, since torch itself would look for kernels of `FAR`."""

    MADE: ClassVar = ("as_tensor", "asarray", "tensor")

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        first = args[0] if args else None
        if name == "tolist" and isinstance(first, Far):
            return first.held.tolist()
        if name == "cpu":
            return self.moved(first, torch.device("cpu"), None, False)
        if name == "to" and isinstance(first, Tensor):
            given = [*args[1:], kwargs.get("device"), kwargs.get("dtype")]
            given += [part for each in given if isinstance(each, Tensor) for part in (each.device, each.dtype)]
            dtype = next((each for each in given if isinstance(each, torch.dtype)), None)
            device = next((torch.device(each) for each in given if isinstance(each, str | torch.device)), first.device)
            return self.moved(first, device, dtype, kwargs.get("copy", False))
        if name in self.MADE and "device" in kwargs and torch.device(kwargs["device"] or "cpu") == FAR:
            if isinstance(first, Tensor):
                return self.moved(first, FAR, kwargs.get("dtype"), bool(kwargs.get("copy")))
            return self.moved(func(*args, **{**kwargs, "device": "cpu"}), FAR, None, True)
        return func(*args, **kwargs)

    @staticmethod
    def moved(given: Tensor, device: torch.device, dtype: torch.dtype | None, copied: bool) -> Tensor:
        dtype = dtype or given.dtype
        if (given.device, given.dtype) == (device, dtype) and not copied:
            return given
        found: Tensor = torch.ops.aten._to_copy.default(given, device=device, dtype=dtype)
        return found


@contextlib.contextmanager
def stand_in() -> Iterator[str]:
    """The stand-in as a device; forward mode, which cannot see inside its tensors, gives way to two backward passes."""
    conversion = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    kept = [patch("torch.random.fork_rng", lambda *_, **__: contextlib.nullcontext())]
    kept.append(patch.object(examples, "DEVICES", examples.DEVICES | {FAR.type}))
    kept.append(patch.object(TorchLandscape, "_forward_mode_is_right", lambda *_: False))
    try:
        with contextlib.ExitStack() as stack:
            for each in (*kept, Operations(), Moves()):
                stack.enter_context(each)
            yield str(FAR)
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(conversion)


GPU = pytest.param("cuda", marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")])


@pytest.fixture
def far() -> Iterator[str]:
    """The stand-in by name."""
    with stand_in() as found:
        yield found


@pytest.fixture(params=["stand-in", GPU])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    """A device other than the CPU."""
    if request.param == "stand-in":
        with stand_in() as found:
            yield found
    else:
        yield request.param
