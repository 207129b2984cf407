"""A torch archive: a zip file of plain entries, data.pkl and one for each storage. Nothing is unpacked to the disk."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from toykit.bridge.checkpoint.limits import ENTRIES, HEADER, SHARING, CheckpointError, shown
from toykit.bridge.checkpoint.opcodes import interpreted
from toykit.bridge.checkpoint.values import Storage, View

DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
}


class Archive:
    """An open torch archive: `value` is what its pickle describes, and `tensor` reads one of its views.

    Raises:
        CheckpointError: the file is no plain archive written by torch.save, or damaged.

    """

    def __init__(self, path: Path) -> None:
        self._file = zipfile.ZipFile(path)
        try:
            self._open(path)
        except BaseException:
            self._file.close()
            raise

    def _open(self, path: Path) -> None:
        entries = self._file.infolist()
        size = path.stat().st_size
        self._room = SHARING * size
        self._entries = {entry.filename: entry for entry in entries}
        untidy = f"a torch archive has its entries once and side by side; {path} does not; save it anew"
        if len(entries) > ENTRIES or len(self._entries) < len(entries):
            raise CheckpointError(untidy)
        described = [name for name in self._entries if name.count("/") == 1 and name.endswith("/data.pkl")]
        script = any(name.endswith("/constants.pkl") or "/code/" in name for name in self._entries)
        if len(described) != 1 or script:
            what = (
                "TorchScript, which holds code"
                if script
                else f"a zip archive of {', '.join(map(shown, list(self._entries)[:3])) or 'nothing'}"
            )
            raise CheckpointError(f"a checkpoint is what torch.save(model.state_dict()) writes; {path} is {what}; save it so")
        if sum(entry.file_size for entry in entries) > size:
            raise CheckpointError(untidy)
        if any(e.compress_type != zipfile.ZIP_STORED or e.file_size != e.compress_size or e.flag_bits & 1 for e in entries):
            raise CheckpointError(f"a torch archive is not compressed; {path} is; save it with torch.save or as safetensors")
        self._root = described[0].removesuffix("data.pkl")
        order = self._entries.get(f"{self._root}byteorder")
        if order is not None and (order.file_size > 16 or self._bytes(order) != b"little"):
            raise CheckpointError(f"the numbers of a checkpoint are little-endian; those of {path} are not; convert it")
        if self._entries[described[0]].file_size > HEADER:
            raise CheckpointError(f"data.pkl has at most {HEADER} bytes; that of {path} has more; save model.state_dict() alone")
        self.value: Any = interpreted(bytes(self._bytes(self._entries[described[0]])))
        self._read: dict[Storage, Tensor] = {}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tensor(self, view: View, name: str) -> Tensor:
        """The tensor of a view; views of one storage share their memory, as those that torch loads do.

        Raises:
            CheckpointError: the storage is missing or damaged, the view reaches beyond it, or is larger than it.

        """
        count = 1
        for size in view.sizes:
            count *= size
        last = view.offset + sum((size - 1) * stride for size, stride in zip(view.sizes, view.strides, strict=True))
        if count and (last >= view.storage.count or count > view.storage.count):
            raise CheckpointError(
                f"a tensor lies within its storage; {shown(name)} of shape {view.sizes} does not; "
                "call .contiguous() before saving"
            )
        self._room -= count * DTYPES[view.storage.kind].itemsize
        if self._room < 0:
            raise CheckpointError(f"the tensors of a checkpoint take at most {SHARING} times its size; {shown(name)} exceeds it")
        if not count:
            return torch.empty(view.sizes, dtype=DTYPES[view.storage.kind])
        if view.storage not in self._read:
            self._read[view.storage] = self._numbers(view.storage)
        return self._read[view.storage].as_strided(view.sizes, view.strides, view.offset)

    def _numbers(self, storage: Storage) -> Tensor:
        dtype = DTYPES[storage.kind]
        entry = self._entries.get(f"{self._root}data/{storage.key}")
        if entry is None or entry.file_size != storage.count * dtype.itemsize:
            raise CheckpointError(
                f"each storage is one entry of its size; data/{shown(storage.key, 40)} is not; save the checkpoint anew"
            )
        found = torch.frombuffer(self._bytes(entry), dtype=torch.uint8)
        if dtype == torch.bool and int(found.max()) > 1:
            raise CheckpointError(f"truth values are stored as 0 and 1; data/{shown(storage.key, 40)} has others; save it anew")
        return found.view(dtype)

    def _bytes(self, entry: zipfile.ZipInfo) -> bytearray:
        found = bytearray(entry.file_size)
        with self._file.open(entry) as file:
            have, view = 0, memoryview(found)
            while have < len(found) and (more := file.readinto(view[have:])):  # type: ignore[attr-defined]
                have += more
            if have < len(found) or file.read(1):
                raise CheckpointError(f"the entry {shown(entry.filename)} ends early; save the checkpoint anew")
        return found
