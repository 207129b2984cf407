"""Parameters as safetensors bytes and back, bit for bit, in order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from toykit.bridge.checkpoint.limits import HEADER, CheckpointError, shown
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
    require_header(data, len(data))
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
    for name, tensor in tensors.items():
        if tensor.dtype == torch.bool and tensor.numel() and int(tensor.view(torch.uint8).max()) > 1:
            raise CheckpointError(f"truth values of a checkpoint are stored as 0 and 1; {shown(name)} has others; save it anew")
    return {name: tensors[name] for name in order or tensors}


def require_header(begins: bytes, size: int) -> None:
    """Refuse what cannot begin a safetensors file of `size` bytes, before the rest of it is read.

    Raises:
        CheckpointError: the first eight bytes are no length of a header.

    """
    length = int.from_bytes(begins[:8], "little")
    if not 2 <= length <= min(HEADER, size - 8):
        raise CheckpointError(
            f"a checkpoint is in the safetensors format or a .pt archive; got {size} other bytes, which begin with "
            f"{begins[:8].hex(' ') or 'nothing'}; save it anew"
        )


def _order(data: bytes) -> list[str] | None:
    """The stored order; files of other programs have none and keep the order of the file."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")], object_pairs_hook=_once)
    stored = header.get("__metadata__", {}).get(ORDER)
    return None if stored is None else [str(name) for name in json.loads(stored)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a name that comes twice would mean one array to us and another one to the next program."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found
