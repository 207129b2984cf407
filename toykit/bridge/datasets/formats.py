"""The two file formats of the official image sets, gzip or not, decoded into arrays of bytes."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toykit.errors import InputError

Bytes = NDArray[np.uint8]
RECORD = 1 + 3 * 32 * 32
"""Bytes of one CIFAR-10 example: its label, then the red, green and blue planes row by row."""


class Images(NamedTuple):
    """Pixels (n, c, h, w) from 0 to 255, and labels (n,)."""

    pixels: Bytes
    labels: Bytes


def decoded(path: Path, size: int) -> bytes:
    """The bytes of a file, unpacked where its name ends in .gz; at most one more than `size` of them are read.

    Raises:
        InputError: the file cannot be read or unpacked.

    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            found: bytes = file.read(size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"a .gz file holds one whole gzip stream; {path} does not ({error}); fetch it anew") from error
    except OSError as error:
        raise InputError(f"data are read from a readable file; {path} is not ({error.strerror}); mend it") from error
    return found


def read_idx(data: bytes, source: object) -> Bytes:
    """The array of an IDX file of unsigned bytes: 0 0 8 ndim, the sizes as big-endian 32-bit numbers, then the entries.

    Raises:
        InputError: the magic number is another, or the entries do not fill the sizes.

    """
    if len(data) < 4 or data[:3] != b"\0\0\x08" or not 1 <= data[3] <= 4:
        raise InputError(
            f"an IDX file of bytes begins with 00 00 08 and its number of axes; {source} begins with "
            f"{data[:4].hex(' ') or 'nothing'}; is it another file?"
        )
    start = 4 + 4 * data[3]
    shape = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, start, 4))
    expected = int(np.prod(shape, dtype=object))
    if len(data) < start or len(data) - start != expected:
        raise InputError(
            f"an IDX file of shape {shape} has {expected} entries; {source} has {max(0, len(data) - start)}; "
            "was it truncated? fetch it anew"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_cifar(data: bytes, source: object) -> Images:
    """The images of a CIFAR-10 file in the binary layout.

    Raises:
        InputError: the file is empty, ends within an example, or has a label above 9.

    """
    if not data or len(data) % RECORD:
        raise InputError(
            f"a CIFAR-10 file holds examples of {RECORD} bytes; {source} holds {len(data)}, not a multiple; was it truncated? "
            "fetch it anew"
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    return Images(records[:, 1:].reshape(-1, 3, 32, 32), require_labels(records[:, 0], 10, source))


def require_labels(labels: Bytes, classes: int, source: object) -> Bytes:
    """The labels, all of them below `classes`.

    Raises:
        InputError: a label is not.

    """
    if labels.size and int(labels.max()) >= classes:
        raise InputError(f"labels are below {classes}; {source} has {labels.max()} at {labels.argmax()}; is it another file?")
    return labels
