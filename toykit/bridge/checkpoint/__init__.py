"""Checkpoints in and out: safetensors, and .pt files that are read without running them."""

from toykit.bridge.checkpoint.files import Checkpoint, load, read, write
from toykit.bridge.checkpoint.limits import CheckpointError
from toykit.bridge.checkpoint.safetensors_bytes import from_bytes, to_bytes

__all__ = ["Checkpoint", "CheckpointError", "from_bytes", "load", "read", "to_bytes", "write"]
