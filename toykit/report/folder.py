"""Put a folder of files in place as a whole: a reader never meets half a report, and other people's files are never deleted."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toykit.errors import InputError


@dataclass(frozen=True)
class Kind:
    """What a folder of ours is known by: its JSON file with a `schema`, and the names that may lie at its top."""

    what: str
    marker: str
    schema: str
    own: frozenset[str]


def replace_folder(files: Mapping[str, bytes], folder: Path, kind: Kind) -> None:
    """Write all files, by their paths inside the folder; an earlier folder of the same kind is replaced as a whole.

    Raises:
        InputError: the folder holds something else, or cannot be written.

    """
    require_own_or_nothing(folder, kind)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-unfinished-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error, kind) from None
    try:
        for name, content in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        fresh.chmod(0o755)  # mkdtemp makes folders that only their owner may read
        _exchange(fresh, folder)
    except OSError as error:
        raise _unwritable(folder, error, kind) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def require_own_or_nothing(folder: Path, kind: Kind) -> None:
    """Replacing a folder deletes what it holds, so it must hold one of ours and nothing else.

    Raises:
        InputError: it holds something else, or cannot be read.

    """
    if not folder.exists() and not folder.is_symlink():
        return
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise _unwritable(folder, error, kind) from None
    if not names:
        return
    schema = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        schema = json.loads((folder / kind.marker).read_text(encoding="utf-8")).get("schema")
    strangers = sorted(names - kind.own) if schema == kind.schema else sorted(names)
    if strangers:
        raise InputError(
            f"{kind.what} replaces only an earlier one; {folder} also holds {', '.join(strangers[:3])}; name another folder"
        )


def _unwritable(folder: Path, error: OSError, kind: Kind) -> InputError:
    return InputError(f"{kind.what} needs a folder that can be written; got {error.strerror} for {folder}; name another folder")


def _exchange(fresh: Path, folder: Path) -> None:
    """Put `fresh` where `folder` is; if that fails the earlier folder is put back."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(fresh.name + "-old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
