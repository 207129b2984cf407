"""Parameters as safetensors bytes and back, bit for bit, in order."""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from torch import Tensor

from toykit.bridge.checkpoint.limits import HEADER, CheckpointError
from toykit.errors import missing_extra
from toykit.parameters import Parameters

ORDER = "toykit.order"


def to_bytes(theta: Parameters) -> bytes:
    """theta in the safetensors format; the order of its names, which the format does not keep, is stored as metadata.

    Raises:
        NonFiniteError: an entry is NaN or infinite.
        MissingExtra: safetensors is not installed.

    """
    theta.require_finite("the checkpoint")
    return packed(theta)


def from_bytes(data: bytes) -> Parameters:
    """The parameters in safetensors bytes, on the CPU.

    Raises:
        CheckpointError: the bytes are damaged or of another format.
        NonFiniteError: an entry is NaN or infinite.
        MissingExtra: safetensors is not installed.

    """
    theta = Parameters(unpacked(data))
    theta.require_finite("the checkpoint")
    return theta


def packed(arrays: Mapping[str, object]) -> bytes:
    """Arrays of any dtype in the safetensors format.

    Raises:
        MissingExtra: safetensors is not installed.

    """
    try:
        from safetensors.torch import save
    except ImportError as error:
        raise missing_extra("writing a checkpoint", "torch") from error
    tensors = {name: torch.as_tensor(array).detach().cpu().contiguous().clone() for name, array in arrays.items()}
    found: bytes = save(tensors, metadata={ORDER: json.dumps(list(arrays))})
    return found


def unpacked(data: bytes) -> dict[str, Tensor]:
    """The tensors in safetensors bytes, in their order, on the CPU.

    Raises:
        CheckpointError: the bytes are damaged or of another format.
        MissingExtra: safetensors is not installed.

    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load
    except ImportError as error:
        raise missing_extra("reading a checkpoint", "torch") from error
    try:
        order = _order(data)
        tensors = load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, RecursionError) as error:
        told = str(error).split("\n")[0]
        raise CheckpointError(
            f"a checkpoint is in the safetensors format; got {len(data)} other bytes ({told[:200]}); save it anew"
        ) from error
    if order is not None and sorted(order) != sorted(tensors):
        raise CheckpointError(f"a checkpoint names its arrays once; got {sorted(order)} for {sorted(tensors)}; save it anew")
    return {name: tensors[name] for name in order or tensors}


def _order(data: bytes) -> list[str] | None:
    """The stored order; files of other programs have none and keep the order of the file."""
    length = int.from_bytes(data[:8], "little")
    if length > min(HEADER, len(data) - 8):
        raise ValueError(f"a header of {length} bytes")
    stored = json.loads(data[8 : 8 + length]).get("__metadata__", {}).get(ORDER)
    return None if stored is None else [str(name) for name in json.loads(stored)]
