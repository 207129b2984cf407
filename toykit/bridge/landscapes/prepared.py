"""A copy of a module that is a deterministic function of its arrays: mode, dropout and batch statistics decided."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Mapping
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.parameter import UninitializedParameter

from toykit.bridge.evaluating.memory import out_of_memory
from toykit.bridge.landscapes.statistics import Statistics, has_batch_norm, normalise
from toykit.errors import InputError, NonFiniteError

Mode = Literal["eval", "train"]
PROBE = 4
"""Examples on which a module is tried out."""


def prepared(
    module: nn.Module, device: torch.device, dtype: torch.dtype, mode: Mode | None, statistics: Statistics | None
) -> nn.Module:
    """The copy on the device and in the dtype; the module itself is not touched.

    Raises:
        InputError: the mode is undecided, dropout is active, or the module has parameters without a shape.
        NonFiniteError: a parameter is NaN or infinite.

    """
    if any(isinstance(p, UninitializedParameter) for p in module.parameters()):
        raise InputError("a landscape needs parameters of known shape; got a lazy module; call it once on a batch first")
    _require_decided(module, mode)
    batch_norm = has_batch_norm(module)
    if mode == "train" and batch_norm and statistics not in {None, "reset"}:
        raise InputError(f"train mode normalises by the batch; got statistics={statistics!r}; use mode='eval'")
    if mode == "train" and batch_norm:
        statistics = "reset"
    found = copy.deepcopy(module).to(device=device, dtype=dtype)
    found.train(mode == "train")
    for name, parameter in found.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            raise NonFiniteError(f"parameters must be finite; {name} has NaN or infinite entries; was the training diverging?")
    if batch_norm:
        if statistics is None:
            warnings.warn(
                "batch normalisation has statistics that are no weights; they are interpolated with them (statistics='move'); "
                "say statistics='move', 'reset' or 'fixed' to decide",
                stacklevel=3,
            )
        normalise(found, statistics or "move")
    return found.requires_grad_(False)


def arrays(module: nn.Module) -> dict[str, Tensor]:
    """What theta of a prepared module is made of: its parameters, and running statistics that move."""
    found = {name: parameter.detach() for name, parameter in module.named_parameters()}
    moving = {
        f"{name}.{kind}": getattr(part, kind)
        for name, part in module.named_modules()
        if getattr(part, "statistics", None) == "move"
        for kind in ("running_mean", "running_var")
    }
    return {name: (found | moving)[name] for name in module.state_dict(keep_vars=True) if name in found or name in moving}


def _require_decided(module: nn.Module, mode: Mode | None) -> None:
    if mode is not None and mode not in get_args(Mode):
        raise InputError(f"a mode is 'eval' or 'train'; got {mode!r}; use mode='eval'")
    dropout = next((d for d in module.modules() if isinstance(d, _DropoutNd) and d.p > 0), None)
    if mode == "train" and dropout is not None:
        raise InputError(f"a loss is a function of theta; {dropout} makes it random in train mode; use mode='eval'")
    if mode is None and module.training and (dropout is not None or has_batch_norm(module)):
        what = dropout if dropout is not None else "batch normalisation"
        raise InputError(
            f"dropout and batch normalisation need a decision; got {what} in train mode; call module.eval() or say mode='eval'"
        )


def deterministic(module: nn.Module, inputs: Tensor) -> Tensor:
    """The outputs of the module, twice the same.

    Raises:
        InputError: they differ from call to call, or the module cannot take such inputs, or needs more than one tensor.

    """
    _require_one_tensor(module)
    with torch.no_grad(), torch.random.fork_rng(devices=[inputs.device] if inputs.is_cuda else []):
        try:
            first, second = module(inputs), module(inputs)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            told = str(error).strip().split("\n")[0]
            if out_of_memory(error):
                raise InputError(
                    f"a network is tried out on a few examples; {type(module).__name__} needs more memory than there is for "
                    f"{len(inputs)} of shape {tuple(inputs.shape[1:])} ({told}); use float32, another device or a smaller network"
                ) from error
            raise InputError(
                f"a module maps the inputs of the data; {type(module).__name__} refused inputs {tuple(inputs.shape)} ({told}); "
                "do model and data belong together?"
            ) from error
    if not isinstance(first, Tensor):
        raise InputError(f"a module returns one tensor of outputs; got {type(first).__name__}; wrap it to return the outputs")
    if not torch.equal(first, second) and bool(torch.isfinite(first).all()):
        raise InputError(
            f"a loss is a function of theta; two calls of {type(module).__name__} differ; switch off what is random in it"
        )
    return first


def _require_one_tensor(module: nn.Module) -> None:
    """An example is one array: what else the forward pass needs, nobody would hand it."""
    try:
        parameters = list(inspect.signature(module.forward).parameters.values())
    except (TypeError, ValueError):  # some compiled modules show no signature
        return
    placed = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL}]
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    further = needed if not placed else [name for name in needed if name != placed[0].name]
    if further:
        raise InputError(
            f"a module is called with one tensor, the inputs of all examples; the forward pass of {type(module).__name__} also "
            f"needs {', '.join(further)}; write a subclass that takes them from one tensor, as docs/own_networks.md shows"
        )


def state(source: nn.Module | Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a module, or the mapping itself."""
    return dict(source.state_dict() if isinstance(source, nn.Module) else source)
