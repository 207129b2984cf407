"""Paths as safetensors bytes and back: waypoints in their own dtype, bit for bit, with the types of the segments."""

from __future__ import annotations

import torch

from toykit.bridge.checkpoint import CheckpointError
from toykit.bridge.checkpoint.safetensors_bytes import packed, unpacked
from toykit.paths import FOREIGN, Path

INDEX = "index"
"""The array of UTF-8 bytes that holds names, types, labels and moves."""


def path_to_bytes(path: Path) -> bytes:
    """The path in the safetensors format.

    Raises:
        NonFiniteError: a waypoint has an entry that is NaN or infinite.
        MissingExtra: safetensors is not installed.

    """
    for number, point in enumerate(path.waypoints):
        point.require_finite(f"waypoint {number}")
    arrays, index = path.stored()
    return packed({**arrays, INDEX: torch.frombuffer(bytearray(index.encode()), dtype=torch.uint8)})


def path_from_bytes(data: bytes) -> Path:
    """The path in safetensors bytes, on the CPU; its types are declared again, not proved.

    Raises:
        CheckpointError: the bytes are damaged or hold no path.
        NonFiniteError: a waypoint has an entry that is NaN or infinite.
        MissingExtra: safetensors is not installed.

    """
    arrays = unpacked(data)
    try:
        found = Path.restored(arrays, bytes(arrays[INDEX].tolist()).decode())
    except FOREIGN as error:
        raise CheckpointError(f"a stored path has waypoints and an index; these {len(data)} bytes do not: {error}") from error
    for number, point in enumerate(found.waypoints):
        point.require_finite(f"waypoint {number}")
    return found
