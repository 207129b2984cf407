"""MNIST, CIFAR-10 and MNIST-1D from their official files: found in $TOYKIT_DATA, else downloaded; every byte is known beforehand.

Each file is known by the SHA-256 of its decoded bytes, so that a copy is accepted with or without gzip.
"""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from toykit.bridge.datasets.download import Remote, fetched, folder
from toykit.bridge.datasets.formats import RECORD, Images, decoded, read_cifar, read_idx, require_labels
from toykit.bridge.datasets.own import from_npz
from toykit.bridge.datasets.splits import require_split
from toykit.data import Data
from toykit.errors import InputError

PLACES = ("", "mnist", "MNIST/raw", "cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "mnist1d")
"""Folders inside $TOYKIT_DATA that are looked into, in order."""


@dataclass(frozen=True)
class Official:
    """A file by name, with the size and the SHA-256 of its decoded bytes; `packed` is what is downloaded."""

    name: str
    size: int
    sha256: str
    packed: Remote | None = None


def _idx(name: str, size: int, sha256: str, packed_size: int, packed_sha256: str) -> Official:
    file = f"{name}.gz"
    mirrors = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
    return Official(name, size, sha256, Remote(file, packed_size, packed_sha256, tuple(mirror + file for mirror in mirrors)))


MNIST = {
    "train": (
        _idx(
            *("train-images-idx3-ubyte", 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            *(9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        ),
        _idx(
            *("train-labels-idx1-ubyte", 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            *(28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ),
    ),
    "test": (
        _idx(
            *("t10k-images-idx3-ubyte", 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            *(1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        ),
        _idx(
            *("t10k-labels-idx1-ubyte", 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            *(4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
    ),
}
BATCH = 10_000 * RECORD
CIFAR10 = {
    "train": (
        Official("data_batch_1.bin", BATCH, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        Official("data_batch_2.bin", BATCH, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        Official("data_batch_3.bin", BATCH, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        Official("data_batch_4.bin", BATCH, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        Official("data_batch_5.bin", BATCH, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
    ),
    "test": (Official("test_batch.bin", BATCH, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),),
}
HALF_TEST = Official("test_batch_first_5000.bin", BATCH // 2, "81bf0a9715c416403470647beac07e40417e39f3a92de01ec527fbc786ad796a")
"""The first 5,000 examples of the test set: half as large to carry about, taken where the whole is not there."""
ARCHIVE = Remote(
    *("cifar-10-binary.tar.gz", 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
)
MNIST1D = Official("mnist1d.npz", 1_542_497, "e0c8b242a3b16e1c66705874f3a2c47f5ec792cdb4fa5d1ddaab302f7d44a5fd")
MEANS = {"MNIST": (0.1307,), "CIFAR-10": (0.4914, 0.4822, 0.4465)}
DEVIATIONS = {"MNIST": (0.3081,), "CIFAR-10": (0.2470, 0.2435, 0.2616)}
"""The usual constants of both sets, per channel over the whole training set, for pixels from 0 to 1."""


def mnist(split: str = "train", standardised: bool = True) -> Data:
    """Handwritten digits, 60,000 train and 10,000 test images of shape (1, 28, 28) in 10 classes, in float32.

    x = (pixel/255 - mean) / deviation with the usual constants of each channel, or pixel/255 where not `standardised`.

    Raises:
        InputError: the split is unknown, or a file is missing, damaged or another one.

    """
    require_split(split, "MNIST")
    parts = []
    for one in _parts(split):
        images, labels = (read_idx(_mnist_file(file), file.name) for file in MNIST[one])
        if images.ndim != 3 or len(images) != len(labels):
            raise InputError(f"MNIST has one label per image; got images {images.shape} and labels {labels.shape}; fetch it anew")
        parts.append(Images(images[:, None], require_labels(labels, 10, MNIST[one][1].name)))
    return _data(parts, "MNIST", split, standardised)


def cifar10(split: str = "train", standardised: bool = True) -> Data:
    """Colour photographs, 50,000 train and 10,000 test images of shape (3, 32, 32) in 10 classes, in float32; as `mnist`.

    Where only some of the official batches lie in $TOYKIT_DATA, those are the data set, and its name says how many examples.

    Raises:
        InputError: the split is unknown, or a file is missing, damaged or another one.

    """
    require_split(split, "CIFAR-10")
    expected = sum(file.size // RECORD for one in _parts(split) for file in CIFAR10[one])
    parts = [images for one in _parts(split) for images in _cifar_files(CIFAR10[one])]
    got = sum(len(part.labels) for part in parts)
    return _data(parts, "CIFAR-10", split if got == expected else f"{split}, {got:,} of {expected:,}", standardised)


def mnist1d(split: str = "train") -> Data:
    """MNIST-1D, 4,000 train and 1,000 test signals of 40 points in 10 classes, from mnist1d.npz in $TOYKIT_DATA.

    Raises:
        InputError: the split is unknown, or the file is missing, damaged or another one.

    """
    require_split(split, "MNIST-1D")
    path = _place(MNIST1D.name)
    if path is None:
        raise InputError(f"MNIST-1D is read from {MNIST1D.name}; it is not in {folder()}; put it there or set TOYKIT_DATA")
    _verified(decoded(path, MNIST1D.size), MNIST1D, path)
    found = from_npz(path, split)
    return Data(found.inputs, found.targets, found.classes, f"MNIST-1D ({split})")


def _parts(split: str) -> tuple[str, ...]:
    return ("train", "test") if split == "all" else (split,)


def _mnist_file(file: Official) -> bytes:
    path = _place(file.name)
    if path is None and file.packed is not None:
        path = fetched(file.packed, folder())
    found = decoded(Path(path or file.name), file.size)
    read_idx(found, path)  # says of a damaged file what is wrong with it, which a checksum cannot
    return _verified(found, file, path)


def _cifar_files(files: Sequence[Official]) -> list[Images]:
    there = [(file, path) for file in files if (path := _place(file.name))]
    if not there and files is CIFAR10["test"] and (half := _place(HALF_TEST.name)):
        there = [(HALF_TEST, half)]
    if there:
        return [_cifar_images(decoded(path, file.size), file, path) for file, path in there]
    archive = _place(ARCHIVE.name)
    path = fetched(ARCHIVE, folder()) if archive is None else archive
    return [_cifar_images(content, file, path) for file, content in zip(files, _members(path, files), strict=True)]


def _cifar_images(content: bytes, file: Official, source: object) -> Images:
    images = read_cifar(content, source)
    _verified(content, file, source)
    return images


def _members(path: Path, files: Sequence[Official]) -> list[bytes]:
    """The files inside the archive, read one by one; nothing is unpacked to the disk."""
    try:
        with tarfile.open(path) as archive:
            opened = ((file, archive.extractfile(f"cifar-10-batches-bin/{file.name}")) for file in files)
            return [b"" if member is None else member.read(file.size + 1) for file, member in opened]
    except (tarfile.TarError, KeyError, EOFError, OSError, zlib.error) as error:
        told = str(error).split("\n")[0].rstrip(":")
        raise InputError(f"CIFAR-10 comes as {ARCHIVE.name}; {path} is damaged ({told}); delete it and try again") from error


def _place(name: str) -> Path | None:
    """Where a file lies, packed or not."""
    places = (folder() / place / file for place in PLACES for file in (name, f"{name}.gz"))
    return next((path for path in places if path.is_file()), None)


def _verified(content: bytes, file: Official, source: object) -> bytes:
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise InputError(
            f"{file.name} is known by its {file.size} bytes and their SHA-256; {source} has others; fetch it anew, "
            "or give data of your own as a .npz file"
        )
    return content


def _data(parts: Sequence[Images], name: str, told: str, standardised: bool) -> Data:
    pixels, labels = np.concatenate([p.pixels for p in parts]), np.concatenate([p.labels for p in parts])
    inputs: NDArray[np.float32] = pixels.astype(np.float32)
    inputs /= np.float32(255)
    if standardised:
        inputs -= np.array(MEANS[name], np.float32)[:, None, None]
        inputs /= np.array(DEVIATIONS[name], np.float32)[:, None, None]
    return Data(inputs, labels, 10, f"{name} ({told})" if standardised else f"{name} ({told}, pixels from 0 to 1)")
