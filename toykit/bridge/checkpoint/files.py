"""Checkpoints as files: safetensors in and out, and .pt or .pth files read without running anything that they contain."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from toykit.bridge.checkpoint.archive import Archive
from toykit.bridge.checkpoint.choice import Chosen, chosen, state_dicts
from toykit.bridge.checkpoint.limits import FILE, CheckpointError, shown
from toykit.bridge.checkpoint.safetensors_bytes import packed, require_header, unpacked
from toykit.bridge.state import require_state
from toykit.errors import NonFiniteError
from toykit.parameters import Parameters
from toykit.store.files import write_atomically


class Checkpoint(NamedTuple):
    """The arrays of a file by name, in their order, dtype and on the CPU, and what was decided in reading it."""

    arrays: dict[str, Tensor]
    notes: tuple[str, ...]


def read(path: str | Path, module: nn.Module | None = None, *, key: str | None = None) -> Checkpoint:
    """The state dict in a safetensors, .pt or .pth file; the format is known by the content, not by the name.

    In a training checkpoint it is the entry `key` ("ema" or "trainer.model", say), else the one with the names of the module,
    else that at the usual places. Prefixes of wrappers are taken off where the names are then those of the module.

    Raises:
        CheckpointError: the file is missing, damaged, too large, of another format, or would need code to be read.
        NonFiniteError: a parameter is NaN or infinite; without a module, any array.

    """
    place = Path(path)
    expected = None if module is None else list(module.state_dict(keep_vars=True))
    try:
        size = place.stat().st_size
        if size > FILE:
            raise CheckpointError(f"a checkpoint has at most {FILE} bytes; {place} has {size}; split it")
        with place.open("rb") as file:
            begins = file.read(16)
        found = _archived(place, expected, key) if begins[:2] == b"PK" else _plain(place, begins, expected, key)
    except CheckpointError as error:
        raise error if str(place) in str(error) else CheckpointError(f"{place}: {error}") from error
    except OSError as error:
        raise CheckpointError(
            f"a checkpoint is a readable file; {place} is not ({error.strerror or error}); check the name"
        ) from error
    except Exception as error:  # the boundary: no hostile file may surface as an error of a library
        raise CheckpointError(f"a checkpoint can be read; {place} is damaged ({type(error).__name__}); save it anew") from error
    strict = found.arrays if module is None else [name for name, _ in module.named_parameters(remove_duplicate=False)]
    for name in strict:
        _require_finite(name, found.arrays.get(name), str(place))
    return found


def load(path: str | Path, module: nn.Module, *, key: str | None = None) -> Parameters:
    """The state dict in a file under the names of the module and in their order; what had to be decided is a warning.

    Raises:
        CheckpointError: as `read`.
        NonFiniteError: a parameter is NaN or infinite.
        ShapeError: the arrays are not those of the module; the sentence lists what is missing, unexpected or of another shape.

    """
    found = read(path, module, key=key)
    expected = {
        name: tuple(array.shape) for name, array in module.state_dict(keep_vars=True).items() if isinstance(array, Tensor)
    }
    require_state({name: tuple(array.shape) for name, array in found.arrays.items()}, expected, str(path))
    for note in found.notes:
        warnings.warn(f"{path}: {note}", stacklevel=2)
    return Parameters({name: found.arrays[name] for name in expected if name in found.arrays})


def write(path: str | Path, arrays: Mapping[str, object]) -> None:
    """Parameters or a state dict as a safetensors file, whole or not at all; in order, in their dtype.

    Raises:
        CheckpointError: the file cannot be written.
        NonFiniteError: an array of floating numbers has NaN or infinite entries.
        MissingExtra: safetensors is not installed.

    """
    tensors = {name: torch.as_tensor(array) for name, array in arrays.items()}
    for name, array in tensors.items():
        _require_finite(name, array, "the checkpoint")
    try:
        write_atomically(Path(path), packed(tensors))
    except OSError as error:
        raise CheckpointError(
            f"a checkpoint is written to a folder; {path} cannot be ({error.strerror or error}); name another"
        ) from error


def _archived(path: Path, expected: Collection[str] | None, key: str | None) -> Checkpoint:
    with Archive(path) as archive:
        found = chosen(state_dicts(archive.value), expected, key)
        return Checkpoint({name: archive.tensor(view, name) for name, view in found.items.items()}, found.notes)


def _plain(path: Path, begins: bytes, expected: Collection[str] | None, key: str | None) -> Checkpoint:
    if begins[:1] == b"\x80":
        raise CheckpointError(
            f"a .pt file is the zip archive that torch.save has written since torch 1.6; {path} is an older pickle, which cannot "
            "be read without running it; load it in torch where you trust it and save it anew"
        )
    if key is not None:
        raise CheckpointError(f"a key names an entry of a training checkpoint; {path} is a safetensors file; leave out key")
    require_header(begins, path.stat().st_size)
    tensors = unpacked(path.read_bytes())
    found: Chosen[Tensor] = chosen({"": tensors}, expected)
    return Checkpoint(found.items, found.notes)


def _require_finite(name: str, array: Tensor | None, source: str) -> None:
    if array is None or not (array.is_floating_point() or array.is_complex()):
        return
    wide = array.float() if array.itemsize == 1 else array  # the kinds of eight bits know no isfinite
    bad = int((~torch.isfinite(wide)).sum())
    if bad:
        raise NonFiniteError(
            f"parameters must be finite; {source} has {bad} non-finite entries in {shown(name)}; was it diverging?"
        )
