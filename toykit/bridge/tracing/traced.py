"""A module as a graph of few, normalised operators with every number they need, read off by `torch.export`.

Of torch's two tracers `torch.export` (non-strict, at the level of ATen) is used, not `torch.fx`: it runs the forward pass on
fake tensors, so loops, methods, closures and functional calls of any module are seen through without a list of leaf modules;
every value has its shape; and operators are ATen overloads, whose schemas name all arguments and defaults, the most stable
names that torch has across releases. `run_decompositions({})` only makes the graph functional: writing in place is gone,
while `linear`, `conv2d`, `layer_norm`, `scaled_dot_product_attention` stay whole. All entry points are public; of what torch
marks as its own only `_schema` of an overload is read, for the names of its arguments.
"""

from __future__ import annotations

import copy
import io
import logging
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from toykit.bridge.tracing.example import Example, arguments
from toykit.bridge.tracing.graph import Node, Traced
from toykit.bridge.tracing.operators import Read, normalised
from toykit.errors import InputError

__all__ = ["Node", "Traced", "trace"]


def trace(module: nn.Module, example_inputs: Example) -> Traced:
    """The graph of a copy of `module` in evaluation mode; the module is not modified.

    Floating examples are taken in the dtype and on the device of the parameters; a mapping names arguments of the forward pass.

    Raises:
        InputError: the forward pass cannot be followed, as where it branches on the values of its data; what and where.

    """
    return as_graph(module, normalised(exported(module, example_inputs), state_names(module)[0]))


def exported(module: nn.Module, example_inputs: Example) -> ExportedProgram:
    """The program of a copy of `module` in evaluation mode.

    Raises:
        InputError: as in `trace`.

    """
    placed, named = arguments(example_inputs, partial(_fitting, module))
    try:
        with _quiet(), torch.no_grad():
            own = copy.deepcopy(module).eval().requires_grad_(False)
            found: ExportedProgram = torch.export.export(own, placed, named, strict=False).run_decompositions({})
            return found
    except Exception as error:  # whatever the forward pass of a user raises on fake tensors
        raise InputError(_sentence(module, error)) from error


def as_graph(module: nn.Module, read: Read) -> Traced:
    """What was read of the program of a module, with the shapes of its arrays."""
    names, tied = state_names(module)
    shapes = {name: tuple(value.shape) for name, value in module.state_dict().items() if names.get(name) == name}
    constants = MappingProxyType(read.constants)
    return Traced(
        type(module).__name__, read.nodes, read.inputs, read.outputs, MappingProxyType(shapes), MappingProxyType(tied), constants
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """torch warns of its own insides and of caches that the copy alone assigns, and logs graphs of what it cannot follow."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _fitting(module: nn.Module, example: Tensor) -> Tensor:
    first = next((p for p in module.parameters() if p.is_floating_point()), None)
    if first is None:
        return example
    return example.to(device=first.device, dtype=first.dtype if example.is_floating_point() else None)


def state_names(module: nn.Module) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """One name for every array of the state dict, the first in its order, and the further names of those that have several."""
    first: dict[int, str] = {}
    names: dict[str, str] = {}
    for name, value in module.state_dict(keep_vars=True).items():
        if isinstance(value, Tensor):
            names[name] = first.setdefault(id(value), name)
    tied = {kept: tuple(name for name in names if names[name] == kept and name != kept) for kept in first.values()}
    return names, {kept: others for kept, others in tied.items() if others}


def _sentence(module: nn.Module, error: Exception) -> str:
    """What failed, and at which line that is not torch's own."""
    told = str(error).strip().split("\n")[0] or type(error).__name__
    inside = (str(Path(torch.__file__).parent), __file__, "<")
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(inside)]
    where = f" at `{own[-1].line}` in {own[-1].name}" if own else ""
    return (
        f"a graph is the same for all inputs of one shape; tracing {type(module).__name__} failed{where} ({told}); "
        "does its forward pass branch on the values of its data, or refuse the examples?"
    )
