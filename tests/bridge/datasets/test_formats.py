from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from toykit.bridge.datasets.formats import RECORD, decoded, read_cifar, read_idx, require_labels
from toykit.errors import InputError


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@given(arrays(np.uint8, array_shapes(max_dims=4)))
def test_idx_round_trip(array: np.ndarray) -> None:
    found = read_idx(idx(array), "here")
    assert found.shape == array.shape
    assert (found == array).all()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "begins with nothing"),
        (b"\0\0\x0d\x01\0\0\0\x01x", "begins with 00 00 0d 01"),
        (b"\x1f\x8b\x08\x00rest", "begins with 1f 8b 08 00; is it another file"),
        (b"\0\0\x08\x03\0\0", "was it truncated"),
        (idx(np.zeros((5, 2, 2), np.uint8))[:-1], r"shape \(5, 2, 2\) has 20 entries; here has 19; was it truncated"),
        (idx(np.zeros(3, np.uint8)) + b"x", "has 3 entries; here has 4"),
        (b"\0\0\x08\x04" + b"\xff" * 16 + b"x", "entries; here has 1"),
    ],
)
def test_what_is_no_idx_file_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_idx(data, "here")
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_other_bytes_give_an_array_or_one_sentence(data: bytes) -> None:
    try:
        found = read_idx(data, "here")
    except InputError:
        return
    assert idx(found) == data


def test_cifar_planes_and_labels() -> None:
    records = np.arange(2 * RECORD, dtype=np.uint32).reshape(2, RECORD).astype(np.uint8)
    records[:, 0] = [9, 3]
    found = read_cifar(records.tobytes(), "here")
    assert found.pixels.shape == (2, 3, 32, 32)
    assert found.labels.tolist() == [9, 3]
    assert found.pixels[1, 2, 31, 31] == records[1, -1]
    assert found.pixels[0, 1, 0, 0] == records[0, 1 + 1024]


def test_damaged_cifar_files_are_refused() -> None:
    record = np.zeros(RECORD, np.uint8)
    with pytest.raises(InputError, match="not a multiple; was it truncated"):
        read_cifar(record.tobytes()[:-1], "here")
    with pytest.raises(InputError, match="holds 0"):
        read_cifar(b"", "here")
    record[0] = 10
    with pytest.raises(InputError, match="labels are below 10; here has 10 at 0"):
        read_cifar(record.tobytes(), "here")
    assert require_labels(np.zeros(0, np.uint8), 2, "here").size == 0


def test_files_are_read_packed_or_not_and_never_much_further_than_expected(tmp_path: Path) -> None:
    plain, packed = tmp_path / "file", tmp_path / "file.gz"
    plain.write_bytes(b"abcdef")
    packed.write_bytes(gzip.compress(b"abcdef"))
    assert decoded(plain, 10) == decoded(packed, 10) == b"abcdef"
    assert decoded(plain, 3) == decoded(packed, 3) == b"abcd"
    packed.write_bytes(gzip.compress(b"abcdef")[:-3])
    with pytest.raises(InputError, match="one whole gzip stream"):
        decoded(packed, 10)
    packed.write_bytes(b"no gzip at all")
    with pytest.raises(InputError, match="one whole gzip stream"):
        decoded(packed, 10)
    with pytest.raises(InputError, match="read from a readable file"):
        decoded(tmp_path / "missing", 10)
