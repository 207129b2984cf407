"""Data of the user: arrays in a .npz file, or what a Python function returns."""

from __future__ import annotations

import inspect
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from toykit.bridge.datasets.splits import require_split
from toykit.bridge.landscapes.examples import examples
from toykit.bridge.named import named_function
from toykit.data import Data
from toykit.errors import InputError, ShapeError

LARGEST = 8 << 30
"""Bytes that the arrays of a .npz file may unpack to: 8 GiB, so that a small hostile file cannot fill the memory."""
NAMES = {"train": (("x", "y"),), "test": (("x_test", "y_test"),), "all": (("x", "y"), ("x_test", "y_test"))}


def from_npz(path: str | Path, split: str = "train") -> Data:
    """The arrays x (n, ...) and y of the file, labels (n,) or vectors (n, k); the test split is x_test and y_test.

    Without x_test the file has no test split, and "all" is x. The classes are 0 to the largest label in the file.

    Raises:
        InputError: the split is unknown, or the file cannot be read without unpickling, lacks an array or has bad labels.

    """
    require_split(split, "a .npz file")
    arrays = _arrays(Path(path))
    wanted = [pair for pair in NAMES[split] if split != "all" or pair[0] in arrays] or list(NAMES["train"])
    for name in (name for pair in wanted for name in pair):
        if name not in arrays:
            there = ", ".join(arrays) or "none of them"
            raise InputError(
                f"the {split} split of a .npz file needs {' and '.join(wanted[-1])}; {path} has {there}; add {name}"
                + (" or use split='train'" if split == "test" else "")
            )
    xs, ys = (_joined([arrays[pair[part]] for pair in wanted], path) for part in (0, 1))
    labels = [arrays[y] for y in ("y", "y_test") if y in arrays]
    largest = max((int(y.max(initial=0)) for y in labels if y.dtype.kind in "biu"), default=0)
    return _data(xs, ys, f"{Path(path).name} ({split})", largest)


def from_loader(name: str, split: str = "train") -> Data:
    """What the function `package.module:function` returns, called with the split if it takes an argument.

    It returns a pair (x, y) of arrays or tensors, a DataLoader, or `toykit.data.Data`. The module is run: name only what you
    would run yourself.

    Raises:
        InputError: there is no such function, it raises, or it returns something else.

    """
    require_split(split, "a loader")
    function = named_function(name, "a loader")
    if not (takes := _takes_argument(function)) and split != "train":
        raise InputError(f"a loader with several splits takes one as its argument; {name} takes none; write def loader(split)")
    try:
        found = function(split) if takes else function()
    except Exception as error:  # whatever the user's code raises is told, not hidden
        raise InputError(f"a loader returns data; {name} raised {type(error).__name__} ({_line(error)}); mend it") from error
    if isinstance(found, Data):
        return found
    if isinstance(found, tuple | list) and len(found) == 2:
        found = tuple(torch.as_tensor(part) if isinstance(part, np.ndarray) else part for part in found)
    given = examples(found, torch.device("cpu"))
    return _data(given.inputs.numpy(), given.targets.numpy(), f"{name} ({split})", 0)


def _data(xs: NDArray[Any], ys: NDArray[Any], name: str, largest: int) -> Data:
    if ys.ndim != 1:
        return Data(xs, ys, None, name)
    if ys.dtype.kind not in "biu":
        raise InputError(
            f"targets are whole-number labels (n,) or vectors (n, k); {name} has {ys.dtype} of shape {ys.shape}; "
            "use an integer type, or add an axis"
        )
    found = Data(xs, ys, max(largest, int(ys.max(initial=0))) + 1, name)
    if len(np.unique(found.targets)) == 1:
        raise InputError(f"a classification has at least two classes; {name} has only the label {ys[0]}; was it filtered?")
    return found


def _joined(parts: list[NDArray[Any]], path: object) -> NDArray[Any]:
    if len({part.shape[1:] for part in parts}) > 1 or not all(part.ndim for part in parts):
        shapes = " and ".join(str(part.shape) for part in parts)
        raise ShapeError(f"examples of both splits have one shape; {path} has arrays {shapes}; reshape them")
    return np.concatenate(parts)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST:
            raise InputError(f"a .npz file unpacks to at most {LARGEST} bytes; {path} to {size}; split it")
        with np.load(path, allow_pickle=False) as file:
            return {name: np.asarray(file[name]) for pair in NAMES["all"] for name in pair if name in file.files}
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"data are read from a file that exists; there is no {path}; check the name") from error
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(
            f"a .npz file holds plain arrays x and y; {path} cannot be read so ({_line(error)}); write it with numpy.savez"
        ) from error


def _takes_argument(function: Any) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL} for p in parameters)


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]
