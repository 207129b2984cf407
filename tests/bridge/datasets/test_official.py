from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from toykit.bridge.data import data
from toykit.bridge.datasets import cifar10, mnist, mnist1d, official
from toykit.bridge.datasets.download import Remote
from toykit.bridge.datasets.formats import RECORD
from toykit.bridge.datasets.official import Official
from toykit.errors import InputError
from toykit.seeds import generator

HERE = Path(os.environ.get("TOYKIT_DATA", ""))
"""The real files, where they are."""


def known(name: str, content: bytes, packed: Remote | None = None) -> Official:
    return Official(name, len(content), hashlib.sha256(content).hexdigest(), packed)


def remote(name: str, content: bytes, address: str) -> Remote:
    return Remote(name, len(content), hashlib.sha256(content).hexdigest(), (address,))


class Small:
    """MNIST with 6 and 4 images of 2x2 pixels, and CIFAR-10 with two train batches and one test batch of 3 images each."""

    def __init__(self, server, monkeypatch: pytest.MonkeyPatch) -> None:
        draw = generator("small image sets")
        self.files: dict[str, bytes] = {}
        self.images = {"train": draw.integers(256, size=(6, 2, 2)), "test": draw.integers(256, size=(4, 2, 2))}
        table = {}
        for split, images in self.images.items():
            pixels = b"\0\0\x08\x03" + struct.pack(">3I", *images.shape) + images.astype(np.uint8).tobytes()
            labels = b"\0\0\x08\x01" + struct.pack(">I", len(images)) + bytes(range(len(images)))
            table[split] = tuple(
                self._served(server, f"{split}-{kind}", content) for kind, content in (("images", pixels), ("labels", labels))
            )
        monkeypatch.setattr(official, "MNIST", table)
        batches = {
            split: tuple(known(name, self._batch(draw, name)) for name in names)
            for split, names in (("train", ("data_batch_1.bin", "data_batch_2.bin")), ("test", ("test_batch.bin",)))
        }
        half = self.files["test_batch.bin"][:RECORD]
        self.files["half.bin"] = half
        monkeypatch.setattr(official, "CIFAR10", batches)
        monkeypatch.setattr(official, "HALF_TEST", known("half.bin", half))
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            for file in (*batches["train"], *batches["test"]):
                entry = tarfile.TarInfo(f"cifar-10-batches-bin/{file.name}")
                entry.size = file.size
                tar.addfile(entry, io.BytesIO(self.files[file.name]))
        server.files["/cifar.tar.gz"] = self.archive = archive.getvalue()
        monkeypatch.setattr(official, "ARCHIVE", remote("cifar.tar.gz", self.archive, server.address("cifar.tar.gz")))

    def _served(self, server, name: str, content: bytes) -> Official:
        packed = gzip.compress(content)
        self.files[name], server.files[f"/{name}.gz"] = content, packed
        return known(name, content, remote(f"{name}.gz", packed, server.address(f"{name}.gz")))

    def _batch(self, draw: np.random.Generator, name: str) -> bytes:
        records = draw.integers(256, size=(3, RECORD), dtype=np.uint8)
        records[:, 0] = draw.permutation(10)[:3]
        self.files[name] = records.tobytes()
        return self.files[name]


@pytest.fixture
def small(server, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Small:
    return Small(server, monkeypatch)


def test_mnist_is_downloaded_into_the_folder_and_read_from_there(small: Small, server, folder: Path) -> None:
    first = mnist("train", standardised=False)
    asked = len(server.ranges)
    assert first.name == "MNIST (train, pixels from 0 to 1)"
    assert first.shape == (1, 2, 2)
    assert first.inputs.dtype == np.float32
    assert (first.inputs == small.images["train"].reshape(6, 4).astype(np.float32) / np.float32(255)).all()
    assert first.targets.tolist() == list(range(6))
    assert mnist("train", standardised=False).digest == first.digest
    assert asked == len(server.ranges) == 2
    both = mnist("all", standardised=False)
    assert both.count == 10
    assert (both.inputs[6:] == mnist("test", standardised=False).inputs).all()


@pytest.mark.parametrize("place", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_files_that_are_there_are_not_downloaded(small: Small, server, folder: Path, place: str, packed: bool) -> None:
    (folder / place).mkdir(parents=True, exist_ok=True)
    for kind in ("images", "labels"):
        content = small.files[f"test-{kind}"]
        name = f"test-{kind}.gz" if packed else f"test-{kind}"
        (folder / place / name).write_bytes(gzip.compress(content, 1) if packed else content)
    found = mnist("test")
    assert server.ranges == []
    assert found.inputs == pytest.approx((small.images["test"].reshape(4, 4) / 255 - 0.1307) / 0.3081, rel=official_rounding())


def official_rounding() -> float:
    from toykit.tolerances import TORCH32

    return TORCH32


def test_damaged_and_foreign_files_get_one_sentence_each(small: Small, folder: Path) -> None:
    (folder / "train-labels").write_bytes(small.files["train-labels"])
    images = small.files["train-images"]
    for content, sentence in (
        (images[:-1], "was it truncated"),
        (b"PK\x03\x04" + images, "begins with 50 4b 03 04; is it another file"),
        (images[:-1] + bytes([images[-1] ^ 1]), "known by its 40 bytes and their SHA-256.*has others"),
    ):
        (folder / "train-images").write_bytes(content)
        with pytest.raises(InputError, match=sentence) as caught:
            mnist()
        assert "\n" not in str(caught.value)


def test_images_and_labels_belong_together(small: Small, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("train-images", "test-labels"):
        (folder / name).write_bytes(small.files[name])
    monkeypatch.setattr(official, "MNIST", {"train": (official.MNIST["train"][0], official.MNIST["test"][1])})
    with pytest.raises(InputError, match="one label per image"):
        mnist()


def test_cifar_is_read_out_of_its_archive(small: Small, server, folder: Path) -> None:
    found, test = cifar10(standardised=False), cifar10("test", standardised=False)
    assert len(server.ranges) == 1
    assert (folder / "cifar.tar.gz").exists()
    assert [path.name for path in folder.iterdir()] == ["cifar.tar.gz"]
    records = np.frombuffer(small.files["data_batch_1.bin"] + small.files["data_batch_2.bin"], np.uint8).reshape(6, RECORD)
    assert found.shape == (3, 32, 32)
    assert found.name == "CIFAR-10 (train, pixels from 0 to 1)"
    assert (found.inputs == records[:, 1:].astype(np.float32) / np.float32(255)).all()
    assert found.targets.tolist() == records[:, 0].tolist()
    assert (found.count, test.count, cifar10("all").count) == (6, 3, 9)
    mean = found.inputs.reshape(6, 3, -1).mean(axis=(0, 2))
    deviation = np.array([0.2470, 0.2435, 0.2616])
    assert cifar10().inputs.reshape(6, 3, -1).mean(axis=(0, 2)) == pytest.approx(
        (mean - np.array([0.4914, 0.4822, 0.4465])) / deviation, rel=official_rounding()
    )


def test_some_batches_are_a_named_part(small: Small, server, folder: Path) -> None:
    (folder / "cifar10").mkdir()
    (folder / "cifar10" / "data_batch_2.bin.gz").write_bytes(gzip.compress(small.files["data_batch_2.bin"]))
    (folder / "half.bin").write_bytes(small.files["half.bin"])
    assert cifar10().name == "CIFAR-10 (train, 3 of 6)"
    assert cifar10("test").name == "CIFAR-10 (test, 1 of 3)"
    assert server.ranges == []
    (folder / "test_batch.bin").write_bytes(small.files["test_batch.bin"])
    assert cifar10("test").count == 3


def test_damaged_cifar_files_get_one_sentence_each(small: Small, folder: Path) -> None:
    batch = small.files["test_batch.bin"]
    for content, sentence in ((batch[:-5], "truncated"), (batch[:-1] + b"?", "has others"), (b"\xff" + batch[1:], "below 10")):
        (folder / "test_batch.bin").write_bytes(content)
        with pytest.raises(InputError, match=sentence):
            cifar10("test")
    for content in (small.archive[:-200], b"", small.archive[:30] + b"?" * 30 + small.archive[60:]):
        (folder / "cifar.tar.gz").write_bytes(content)
        with pytest.raises(InputError, match=r"is damaged \(.*\); delete it and try again") as caught:
            cifar10("train")
        assert "\n" not in str(caught.value)


def test_offline_is_one_sentence(small: Small, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official, "ARCHIVE", replace(official.ARCHIVE, addresses=("http://127.0.0.1:9/cifar.tar.gz",)))
    with pytest.raises(InputError, match=r"cifar.tar.gz is not in .*no address answered.*put the file there yourself"):
        cifar10()
    with pytest.raises(InputError, match=r"read from mnist1d.npz; it is not in"):
        mnist1d()


def test_mnist1d_is_read_by_its_checksum(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    np.savez(content, x=np.eye(4), y=np.array([0, 1, 2, 3], np.uint8), x_test=np.ones((2, 4)), y_test=np.array([0, 1], np.uint8))
    (folder / "mnist1d.npz").write_bytes(content.getvalue())
    with pytest.raises(InputError, match="has others"):
        data("mnist1d")
    monkeypatch.setattr(official, "MNIST1D", known("mnist1d.npz", content.getvalue()))
    assert mnist1d("test").name == "MNIST-1D (test)"
    assert (data("mnist1d", "all").count, data("mnist1d").classes) == (6, 4)


@pytest.mark.parametrize("name", ["mnist", "cifar10", "cifar10-unit", "mnist1d"])
def test_unknown_splits_are_refused_before_anything_is_read(name: str, folder: Path) -> None:
    with pytest.raises(InputError, match="choose one"):
        data(name, "validation")


@pytest.mark.skipif(not (HERE / "mnist").is_dir(), reason="TOYKIT_DATA has no folder mnist")
def test_the_real_mnist_files() -> None:
    test = mnist("test")
    assert (test.count, test.shape, test.classes) == (10_000, (1, 28, 28), 10)
    assert test.targets[:5].tolist() == [7, 2, 1, 0, 4]


@pytest.mark.skipif(not (HERE / "cifar10").is_dir(), reason="TOYKIT_DATA has no folder cifar10")
def test_the_real_cifar_files() -> None:
    train = cifar10("train")
    assert train.shape == (3, 32, 32)
    assert train.targets[:5].tolist() == [6, 9, 9, 4, 1]
    assert np.bincount(train.targets).min() > 0.09 * train.count
