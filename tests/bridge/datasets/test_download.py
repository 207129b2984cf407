from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from toykit.bridge.datasets.download import Remote, fetched, folder
from toykit.errors import InputError, MissingExtra
from toykit.seeds import generator

CONTENT = generator("a downloaded file").bytes(100_000)


def remote(*addresses: str, content: bytes = CONTENT) -> Remote:
    return Remote("set.bin", len(content), hashlib.sha256(content).hexdigest(), addresses)


def test_a_file_is_downloaded_once(server, tmp_path: Path) -> None:
    server.files["/set.bin"] = CONTENT
    for _ in range(2):
        path = fetched(remote(server.address("set.bin")), tmp_path)
        assert path.read_bytes() == CONTENT
    assert server.ranges == [None]
    assert [p.name for p in tmp_path.iterdir()] == ["set.bin"]


def test_an_address_may_be_a_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    assert fetched(remote(source.as_uri()), tmp_path / "cache").read_bytes() == CONTENT


def test_a_broken_download_goes_on_where_it_stopped(server, tmp_path: Path) -> None:
    server.files["/set.bin"], server.break_after = CONTENT, 30_000
    wanted = remote(server.address("set.bin"))
    for have in (30_000, 60_000, 90_000):
        with pytest.raises(InputError, match=f"broke off after {have} of 100000 bytes|no address answered"):
            fetched(wanted, tmp_path)
        assert (tmp_path / "set.bin.part").stat().st_size == have
    assert fetched(wanted, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=30000-", "bytes=60000-", "bytes=90000-"]
    assert server.sent == len(CONTENT)


def test_a_server_without_ranges_starts_again(server, tmp_path: Path) -> None:
    server.files["/set.bin"], server.knows_ranges = CONTENT, False
    (tmp_path / "set.bin.part").write_bytes(CONTENT[:500])
    assert fetched(remote(server.address("set.bin")), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"x", CONTENT + b"x", CONTENT * 3])
def test_another_file_is_refused_and_not_kept(server, tmp_path: Path, wrong: bytes) -> None:
    server.files["/set.bin"] = wrong
    with pytest.raises(InputError, match=r"known by its size of 100000 bytes and its SHA-256.*sent another file") as caught:
        fetched(remote(server.address("set.bin")), tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    server.files["/set.bin"] = CONTENT
    assert fetched(remote(server.address("set.bin")), tmp_path).read_bytes() == CONTENT


def test_a_damaged_copy_is_replaced(server, tmp_path: Path) -> None:
    server.files["/set.bin"] = CONTENT
    (tmp_path / "set.bin").write_bytes(b"damaged")
    assert fetched(remote(server.address("set.bin")), tmp_path).read_bytes() == CONTENT


def test_the_next_address_is_tried_and_offline_is_one_sentence(server, tmp_path: Path) -> None:
    server.files["/set.bin"] = CONTENT
    missing, closed = server.address("other"), "http://127.0.0.1:9/set.bin"
    assert fetched(remote(missing, server.address("set.bin")), tmp_path / "one").read_bytes() == CONTENT
    with pytest.raises(InputError, match=r"no address answered.*Not Found.*refused.*; go online, or put the file") as caught:
        fetched(remote(missing, closed), tmp_path / "two")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is read-only for the superuser")
def test_a_folder_that_cannot_be_written_is_told(server, tmp_path: Path) -> None:
    server.files["/set.bin"] = CONTENT
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="a download is written to"):
        fetched(remote(server.address("set.bin")), tmp_path)


def test_a_file_in_place_of_the_folder_is_told(server, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(InputError, match="a download is written to"):
        fetched(remote(server.address("set.bin")), tmp_path / "taken")


def test_the_folder_is_named_or_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOYKIT_DATA", str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv("TOYKIT_DATA", str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="TOYKIT_DATA names a folder"):
        folder()
    monkeypatch.delenv("TOYKIT_DATA")
    assert folder().name == "toykit"
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtra, match=r"set TOYKIT_DATA.*extra 'torch'"):
        folder()
