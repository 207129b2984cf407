"""Downloads that are known beforehand by size and SHA-256, and that go on where they stopped."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from toykit.errors import InputError, missing_extra

FOLDER = "TOYKIT_DATA"
"""The environment variable that names the folder of data sets."""
BLOCK = 1 << 20
PATIENCE = 30.0
"""Seconds without an answer after which a server counts as unreachable."""


@dataclass(frozen=True)
class Remote:
    """A file with the addresses that offer it, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str
    addresses: tuple[str, ...]


def folder() -> Path:
    """Where data sets lie and are downloaded to: $TOYKIT_DATA, else the user's cache.

    Raises:
        InputError: the variable names no folder.
        MissingExtra: it is not set and pooch, which knows where caches lie, is not installed.

    """
    named = os.environ.get(FOLDER)
    if not named:
        return Path(_pooch().os_cache("toykit"))
    found = Path(named).expanduser()
    if not found.is_dir():
        raise InputError(f"{FOLDER} names a folder of data sets; got {named!r}, which is none; create it or unset {FOLDER}")
    return found


def fetched(remote: Remote, into: Path) -> Path:
    """The path of the file in the folder, downloaded unless it lies there with the right SHA-256.

    A stopped download leaves `NAME.part`, and the next call asks for the rest only.

    Raises:
        InputError: no address can be reached, or what came is another file.
        MissingExtra: pooch is not installed.

    """
    pooch, told = _pooch(), []
    pooch.get_logger().setLevel("WARNING")
    for address in remote.addresses:
        try:
            found = pooch.retrieve(
                address, f"sha256:{remote.sha256}", fname=remote.name, path=into, downloader=_Resumed(remote, into)
            )
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            told.append(f"{address}: {getattr(error, 'reason', None) or error}")
        except OSError as error:
            raise InputError(f"a download is written to {into}; that failed ({error.strerror or error}); set {FOLDER}") from error
        except ValueError as error:  # what pooch raises for another SHA-256
            raise InputError(
                f"{remote.name} is known by its size of {remote.size} bytes and its SHA-256; {address} sent another file; "
                f"try again later or put the file into {into} yourself"
            ) from error
        else:
            return Path(found)
    raise InputError(
        f"{remote.name} is not in {into} and is downloaded; no address answered ({'; '.join(told)}); go online, or put the file "
        "there yourself"
    )


class _Resumed:
    """A downloader of pooch that keeps what came before a break and never writes more than the known size."""

    def __init__(self, remote: Remote, into: Path) -> None:
        self.remote, self.part = remote, into / f"{remote.name}.part"

    def __call__(self, address: str, target: str, _pooch: Any) -> None:
        have = self.part.stat().st_size if self.part.exists() else 0
        if have < self.remote.size:
            self._rest(address, have)
        if self.part.stat().st_size < self.remote.size:
            raise urllib.error.URLError(f"it broke off after {self.part.stat().st_size} of {self.remote.size} bytes")
        self.part.replace(target)  # complete, right or wrong: pooch compares the SHA-256, and a wrong one must not be resumed

    def _rest(self, address: str, have: int) -> None:
        request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            resumed = have > 0 and getattr(answer, "status", None) == 206
            room = self.remote.size - (have if resumed else 0) + 1  # one byte too many is enough to be refused
            with self.part.open("ab" if resumed else "wb") as file:
                while room > 0 and (block := answer.read(min(BLOCK, room))):
                    file.write(block)
                    room -= len(block)


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise missing_extra(f"a download (or set {FOLDER} to a folder with the files: that)", "torch") from error
    return pooch
