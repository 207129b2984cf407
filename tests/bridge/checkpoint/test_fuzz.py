"""Real files with some bytes changed: read as bounded tensors or refused in one sentence, soon, and nothing is run."""

from __future__ import annotations

import io
import os
import pickle  # the attacks are written with it; nothing here is read with it
import struct
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from toykit.bridge.checkpoint import read
from toykit.errors import InputError

RUN = Path(tempfile.gettempdir()) / f"toykit-was-run-{os.getpid()}"
"""What every attack creates; the fixture `untouched` looks for it."""


class Attack:
    """A value whose unpickling calls a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def pickled(value: object, protocol: int = 2) -> bytes:
    return pickle.dumps(value, protocol)


def originals() -> list[bytes]:
    """Real files, and one attack, that the fuzz mutates."""
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    for number, parameter in enumerate(net.parameters()):
        nn.init.constant_(parameter, number)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    whole = {"epoch": 3, "model": net.state_dict(), "optimizer": optimizer.state_dict(), "h": torch.ones(3, dtype=torch.bfloat16)}
    files = []
    for value in (net.state_dict(), whole):
        content = io.BytesIO()
        torch.save(value, content)
        files.append(content.getvalue())
    from safetensors.torch import save

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", pickled({"w": Attack(os.system, f"touch {RUN}")}))
    return [*files, save(dict(net.state_dict())), content.getvalue()]


ORIGINALS = originals()
MUTATION = st.tuples(st.sampled_from(["set", "flip", "cut", "insert", "number"]), st.integers(0, 1 << 20), st.integers(0, 255))
NUMBERS = (-1, 0, 1, 1 << 31, 1 << 62, (1 << 63) - 1)


def mutated(content: bytes, mutations: list[tuple[str, int, int]]) -> bytes:
    found = bytearray(content)
    for kind, place, value in mutations:
        at = place % max(1, len(found))
        match kind:
            case "set":
                found[at : at + 1] = bytes([value])
            case "flip":
                found[at : at + 1] = bytes([found[at] ^ (1 << value % 8)]) if found else b""
            case "cut":
                del found[at : at + value % 64]
            case "insert":
                found[at:at] = bytes([value]) * (value % 16)
            case _:
                found[at : at + 8] = struct.pack("<q", NUMBERS[value % len(NUMBERS)])
    return bytes(found)


def read_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    before = time.perf_counter()
    try:
        found = read(path).arrays
    except InputError as error:
        told = str(error)
    else:
        told = ""
        assert sum(array.numel() for array in found.values()) < 8 * max(1000, len(content))
    assert "\n" not in told
    assert time.perf_counter() - before < 10
    assert not RUN.exists()


@settings(max_examples=600)
@given(st.sampled_from(range(len(ORIGINALS))), st.lists(MUTATION, min_size=1, max_size=6))
def test_mutated_files_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, which: int, mutations) -> None:
    read_or_refused(tmp_path_factory.getbasetemp() / "mutated", mutated(ORIGINALS[which], mutations))


def rewritten(mutations: list[tuple[str, int, int]], which: int) -> bytes:
    """The archive with its pickle mutated and its checksums mended, so that the mutation reaches the interpreter."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ORIGINALS[which])) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), mutations) if name.endswith("data.pkl") else old.read(name))
    return content.getvalue()


@settings(max_examples=600)
@given(st.sampled_from([0, 1, 3]), st.lists(MUTATION, min_size=1, max_size=6))
def test_mutated_pickles_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, which: int, mutations) -> None:
    read_or_refused(tmp_path_factory.getbasetemp() / "mutated", rewritten(mutations, which))


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_pickle_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", data)
    read_or_refused(tmp_path_factory.getbasetemp() / "mutated", content.getvalue())
