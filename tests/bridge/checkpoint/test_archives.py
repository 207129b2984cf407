"""Archives and files whose tensors, entries or sizes are not what they say: one sentence each."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import pytest

from toykit.bridge.checkpoint import limits, read


def view(
    storage: str = "FloatStorage", key: str = "0", count: int = 4, offset: int = 0, size: object = (2, 2), stride: object = (2, 1)
):
    """The pickle of one tensor."""
    out = b"}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\n" + storage.encode() + b"\n"
    out += b"X" + struct.pack("<I", len(key)) + key.encode() + b"X\x03\0\0\0cpu" + number(count) + b"tQ"
    out += number(offset) + numbers(size) + numbers(stride) + b"\x89ccollections\nOrderedDict\n)RtRs."
    return out


def number(value: int) -> bytes:
    raw = value.to_bytes(9, "little", signed=True)
    return b"\x8a\x09" + raw


def numbers(values: object) -> bytes:
    return b"(" + b"".join(number(value) for value in values) + b"t" if isinstance(values, tuple) else b"N"


FLOATS = struct.pack("<4f", 1, 2, 3, 4)


def test_the_written_tensor_is_one(refused, zipped) -> None:
    found = read(zipped(view(), {"data/0": FLOATS})).arrays["w"]
    assert found.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"offset": 1}, "lies within its storage"),
        ({"offset": -1}, "another form"),
        ({"stride": (3, 1)}, "lies within its storage"),
        ({"stride": (-2, 1)}, "another form"),
        ({"stride": (2,)}, "another form"),
        ({"stride": None}, "another form"),
        ({"size": (1 << 40, 1 << 40), "stride": (0, 0)}, "lies within its storage.*contiguous"),
        ({"size": (1 << 60,), "stride": (1,)}, "another form"),
        ({"size": (1,) * 40, "stride": (1,) * 40}, "another form"),
        ({"count": 5}, "one entry of its size"),
        ({"count": 1 << 47}, "one entry of its size"),
        ({"count": -4}, "reference to no storage"),
        ({"key": "1"}, "one entry of its size"),
        ({"key": "../data.pkl"}, "one entry of its size"),
        ({"key": "0" * 5000}, "one entry of its size"),
        ({"storage": "QInt8Storage"}, "needs torch.QInt8Storage"),
        ({"storage": "BoolStorage", "count": 16, "size": (16,), "stride": (1,)}, "stored as 0 and 1"),
    ],
)
def test_tensors_beyond_their_storage_are_refused(refused, zipped, changes: dict[str, object], sentence: str) -> None:
    refused(zipped(view(**changes), {"data/0": FLOATS}), sentence)


def test_many_views_of_one_storage_are_bounded(refused, zipped) -> None:
    body = b"".join(b"X\x04\0\0\0" + f"{n:04d}".encode() + view(count=4096, size=(4096,), stride=(1,))[7:-2] for n in range(200))
    refused(zipped(b"}(" + body + b"u.", {"data/0": bytes(4 * 4096)}), "at most 8 times its size")


def test_strange_archives_get_one_sentence(refused, zipped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(zipped(view(), {"data/0": FLOATS}, zipfile.ZIP_DEFLATED), "is not compressed; .* is")
    refused(zipped(view(), {"data/0": FLOATS, "constants.pkl": b"\x80\x02)."}), "is TorchScript, which holds code")
    refused(zipped(view(), {"data/0": FLOATS, "byteorder": b"big"}), "little-endian; those of .* are not")
    path = zipped(view(), {"data/0": FLOATS})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("archive/data/0", FLOATS)
    refused(path, "its entries once")
    other = tmp_path / "other.pt"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("x.npy", b"")
    refused(other, "is a zip archive of x.npy; save it so")
    with zipfile.ZipFile(other, "w"):
        pass
    refused(other, "a zip archive of nothing")
    whole = zipped(view(), {"data/0": FLOATS}).read_bytes()
    other.write_bytes(whole.replace(FLOATS, FLOATS[::-1]))
    refused(other, "damaged .BadZipFile")
    other.write_bytes(whole[:-30])
    refused(other, "damaged .BadZipFile")
    for name in ("HEADER", "INSTRUCTIONS", "FILE"):
        assert getattr(limits, name) > len(whole)
    monkeypatch.setattr("toykit.bridge.checkpoint.archive.HEADER", 10)
    refused(zipped(view(), {"data/0": FLOATS}), "data.pkl has at most 10 bytes")
    monkeypatch.setattr("toykit.bridge.checkpoint.opcodes.INSTRUCTIONS", 10)
    monkeypatch.setattr("toykit.bridge.checkpoint.archive.HEADER", 1000)
    refused(zipped(view(), {"data/0": FLOATS}), "at most 10 instructions")
    monkeypatch.setattr("toykit.bridge.checkpoint.files.FILE", 10)
    refused(zipped(view()), "at most 10 bytes")


def header(description: object, body: bytes = b"", length: int | None = None) -> bytes:
    text = description if isinstance(description, bytes) else json.dumps(description).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


ENTRY = json.dumps(entry([1], 0, 4)).encode()


@pytest.mark.parametrize(
    "data",
    [
        header({}, length=1 << 60),
        header({}, length=1 << 63),
        header(b"[" * 100_000),
        header({"a": entry([1 << 40], 0, 4)}, b"\0" * 4),
        header({"a": entry([1], 0, 4), "b": entry([1], 0, 4)}, b"\0" * 4),
        header({"a": entry([1], 4, 8)}, b"\0" * 8),
        header({"a": entry([1], 0, 4)}, b"\0" * 9),
        header({"a": entry([1], 0, 4, "Z9")}, b"\0" * 4),
        header({"a": entry([-1], 0, 4)}, b"\0" * 4),
        header({"__metadata__": {"toykit.order": '["a", "a"]'}, "a": entry([1], 0, 4)}, b"\0" * 4),
        header({"__metadata__": {"toykit.order": "5"}, "a": entry([1], 0, 4)}, b"\0" * 4),
        header({"__metadata__": [], "a": entry([1], 0, 4)}, b"\0" * 4),
        header([]),
        header({"a": entry([2], 0, 2, "BOOL")}, b"\0\7"),
        header(b'{"a": %s, "a": %s}' % (ENTRY, ENTRY), b"\0" * 4),
        header(b'{"a\\nb": %s}' % ENTRY, b"\0" * 4),
    ],
)
def test_hostile_safetensors_get_one_sentence(refused, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(data)
    refused(path, "checkpoint")


def test_a_large_file_of_another_format_is_not_read_whole(refused, tmp_path: Path) -> None:
    path = tmp_path / "film.safetensors"
    with path.open("wb") as file:
        file.truncate(limits.FILE)
    refused(path, f"{path}: .*got {limits.FILE} other bytes, which begin with 00 00")
