from __future__ import annotations

import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from toykit.bridge.checkpoint import CheckpointError, read

Saved = Callable[..., Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """A function that saves a value as torch does and returns the path."""

    def save(value: object, **options: object) -> Path:
        path = tmp_path / "checkpoint.pt"
        torch.save(value, path, **options)  # type: ignore[arg-type]
        return path

    return save


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a torch archive around a pickle of one's own."""

    def write(pickled: bytes, entries: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED) -> Path:
        path, content = tmp_path / "hostile.pt", io.BytesIO()
        with zipfile.ZipFile(content, "w", compression) as archive:
            for name, data in {"data.pkl": pickled, "version": b"3\n", **(entries or {})}.items():
                archive.writestr(f"archive/{name}", data)
        path.write_bytes(content.getvalue())
        return path

    return write


@pytest.fixture
def untouched() -> Iterator[Path]:
    """The file that every attack creates; it is absent after each test."""
    path = Path(tempfile.gettempdir()) / f"toykit-was-run-{os.getpid()}"
    yield path
    assert not path.exists()


@pytest.fixture
def refused(untouched: Path) -> Callable[[Path, str], None]:
    """A function that asserts that a file is refused in one sentence, soon."""

    def refuse(path: Path, sentence: str) -> None:
        before = time.perf_counter()
        with pytest.raises(CheckpointError, match=sentence) as caught:
            read(path)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 1000
        assert time.perf_counter() - before < 20
        assert not untouched.exists()

    return refuse
