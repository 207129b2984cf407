"""Files that are either complete or absent: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from pathlib import Path

from toykit.errors import StoreError
from toykit.store.identity import digest

_PREFIX = ".unfinished-"
_ABANDONED = 3600.0  # seconds; no write of one file takes an hour, so an older one belongs to a process that died


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that readers see whole or not at all, also after a power failure.

    Raises:
        OSError: the folder cannot be written or the disk is full; nothing is left behind.

    """
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Blobs:
    """Byte strings by the SHA-256 of their content, one file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Store and return the digest; an intact copy is not written again, a damaged one is replaced.

        Raises:
            StoreError: it could not be written; nothing else is lost.

        """
        name = digest(content)
        path = self.folder / name
        try:
            if not (path.exists() and path.read_bytes() == content):
                write_atomically(path, content)
        except OSError as error:
            raise StoreError(
                f"a blob of {len(content)} bytes must fit into {self.folder}; got {error.strerror}; "
                "make room or choose another folder: finished work is kept"
            ) from None
        return name

    def read(self, name: str) -> bytes:
        """The content of a digest.

        Raises:
            StoreError: the file is missing or its content has another digest.

        """
        if not re.fullmatch("[0-9a-f]{64}", name):  # a record of another machine's store could name any file, or a device
            raise StoreError(f"a blob is named by its SHA-256; got {name[:80]!r}; run the job again")
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise StoreError(
                f"a result's blob lies in its store; got {error.strerror} for {self.folder / name}; run the job again"
            ) from None
        if digest(content) != name:
            raise StoreError(f"a blob has the digest it is named after; {self.folder / name} is damaged; run the job again")
        return content

    def sweep(self) -> int:
        """Remove what crashed writers left unfinished; the number of files removed."""
        count = 0
        for path in self.folder.glob(_PREFIX + "*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()
                    count += 1
        return count
