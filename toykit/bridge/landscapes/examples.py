"""Examples as two whole tensors, from a pair of tensors, a DataLoader or toy data; validated once."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from toykit.data import Data
from toykit.errors import InputError, NonFiniteError, ShapeError

DEVICES = frozenset({"cpu", "cuda"})
"""Others lack float64, or kernels that jets need."""


class Examples(NamedTuple):
    """Inputs (n, ...) and targets, labels (n,) in int64 or vectors (n, k)."""

    inputs: Tensor
    targets: Tensor
    classes: int | None
    name: str

    @property
    def labelled(self) -> bool:
        """Whether the targets are class labels."""
        return self.targets.ndim == 1 and not self.targets.is_floating_point()


def examples(data: object, device: torch.device, dtype: torch.dtype | None = None) -> Examples:
    """The data as tensors of their own on the device; floating inputs and target vectors in `dtype`, labels in int64.

    Without a dtype, inputs and target vectors keep theirs.

    Raises:
        InputError: the data are of no known kind, endless, empty, or have negative labels.
        ShapeError: inputs and targets differ in number.
        NonFiniteError: an entry is NaN or infinite.

    """
    inputs, targets, classes, name = _pair(data)
    if not isinstance(inputs, Tensor) or not isinstance(targets, Tensor):
        raise InputError(
            f"data are a pair (inputs, targets) of tensors, a DataLoader or toykit.data.Data; got {type(inputs).__name__} and "
            f"{type(targets).__name__}; use torch.as_tensor"
        )
    if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
        raise ShapeError(
            f"each example has one target; got targets {tuple(targets.shape)} for inputs {tuple(inputs.shape)}; align them"
        )
    if len(inputs) == 0:
        raise InputError(f"a data set has at least one example; got inputs of shape {tuple(inputs.shape)}; was all filtered out?")
    xs, ys = _moved(inputs, device, dtype, "inputs"), _moved(targets, device, dtype, "targets")
    found = Examples(xs, ys, classes, name)
    if found.labelled and int(ys.min()) < 0:
        raise InputError(f"labels are whole numbers from 0; got {int(ys.min())}; renumber them")
    return found


def _pair(data: Any) -> tuple[Any, Any, int | None, str]:
    if isinstance(data, Data):
        inputs = torch.from_numpy(data.inputs.copy()).view(data.count, *data.shape)
        return inputs, torch.from_numpy(data.targets.copy()), data.classes, data.name
    if isinstance(data, DataLoader):
        return (*_materialised(data), None, "data")
    if isinstance(data, tuple | list) and len(data) == 2:
        return data[0], data[1], None, "data"
    raise InputError(
        f"data are a pair (inputs, targets) of tensors, a DataLoader or toykit.data.Data; got {type(data).__name__}; "
        "give one of these"
    )


def _materialised(loader: DataLoader[Any]) -> tuple[Tensor, Tensor]:
    """All batches in order. A loader draws a seed for its workers: global and own generators are put back as they were."""
    if not isinstance(loader.dataset, Sized):
        raise InputError("a landscape needs finite data; got a DataLoader whose dataset has no length; give a pair of tensors")
    own = loader.generator.get_state() if isinstance(loader.generator, torch.Generator) else None
    with torch.random.fork_rng(devices=[]):
        batches = list(loader)
    if own is not None:
        loader.generator.set_state(own)
    if not batches or not all(isinstance(b, tuple | list) and len(b) == 2 for b in batches):
        raise InputError(
            f"the batches of a DataLoader are pairs (inputs, targets); got {type(batches[0]).__name__ if batches else 'none'}; "
            "give a pair of tensors"
        )
    return torch.cat([b[0] for b in batches]), torch.cat([b[1] for b in batches])


def _moved(given: Tensor, device: torch.device, dtype: torch.dtype | None, what: str) -> Tensor:
    kept = (dtype or given.dtype) if given.is_floating_point() else torch.int64
    moved = given.detach().to(device=device, dtype=kept, copy=True).contiguous()
    if moved.is_floating_point():
        bad = int((~torch.isfinite(moved)).sum())
        if bad:
            raise NonFiniteError(
                f"data are finite; {bad} of {moved.numel()} {what} are NaN or infinite; drop or repair these examples"
            )
    return moved


def tensor(values: Any, device: torch.device, dtype: torch.dtype) -> Tensor:
    """A NumPy array or a tensor as a detached tensor of the device and dtype; without a copy where it is one already."""
    if isinstance(values, Tensor):
        return values.detach().to(device=device, dtype=dtype)
    return torch.as_tensor(np.asarray(values), device=device, dtype=dtype)


def device_named(name: str | torch.device) -> torch.device:
    """The torch device of that name.

    Raises:
        InputError: torch knows no such device, or it is not there.

    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise _other_device(name) from error
    if device.type not in DEVICES:
        raise _other_device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise InputError(f"the device {str(name)!r} must exist; torch sees {found} CUDA devices here; use device='cpu'")
    return device


def _other_device(name: str | torch.device) -> InputError:
    return InputError(f"a device is 'cpu' or 'cuda'; got {str(name)!r}; use device='cpu'")
