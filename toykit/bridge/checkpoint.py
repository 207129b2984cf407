"""Parameters as safetensors bytes and back, bit for bit, in order."""

from __future__ import annotations

import json

import torch

from toykit.errors import InputError, missing_extra
from toykit.parameters import Parameters

ORDER = "toykit.order"


class CheckpointError(InputError):
    """Bytes that are no checkpoint of finite tensors."""


def to_bytes(theta: Parameters) -> bytes:
    """theta in the safetensors format; the order of its names, which the format does not keep, is stored as metadata.

    Raises:
        NonFiniteError: an entry is NaN or infinite.
        MissingExtra: safetensors is not installed.

    """
    try:
        from safetensors.torch import save
    except ImportError as error:
        raise missing_extra("writing a checkpoint", "torch") from error
    theta.require_finite("the checkpoint")
    tensors = {name: torch.as_tensor(array).detach().cpu().contiguous().clone() for name, array in theta.items()}
    found: bytes = save(tensors, metadata={ORDER: json.dumps(list(theta))})
    return found


def from_bytes(data: bytes) -> Parameters:
    """The parameters in safetensors bytes, on the CPU.

    Raises:
        CheckpointError: the bytes are damaged or of another format.
        NonFiniteError: an entry is NaN or infinite.
        MissingExtra: safetensors is not installed.

    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load
    except ImportError as error:
        raise missing_extra("reading a checkpoint", "torch") from error
    try:
        tensors = load(data)
        order = _order(data, list(tensors))
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        told = str(error).split("\n")[0]
        raise CheckpointError(
            f"a checkpoint is in the safetensors format; got {len(data)} other bytes ({told}); save it anew"
        ) from error
    if sorted(order) != sorted(tensors):
        raise CheckpointError(f"a checkpoint names its arrays once; got {sorted(order)} for {sorted(tensors)}; save it anew")
    theta = Parameters({name: tensors[name] for name in order})
    theta.require_finite("the checkpoint")
    return theta


def _order(data: bytes, names: list[str]) -> list[str]:
    """The stored order; files of other programs have none and keep the order of the file."""
    length = int.from_bytes(data[:8], "little")
    stored = json.loads(data[8 : 8 + length]).get("__metadata__", {}).get(ORDER)
    return names if stored is None else [str(name) for name in json.loads(stored)]
