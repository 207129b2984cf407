"""The store of runs: one SQLite file (write-ahead log, synchronous=FULL) and a folder of blobs.

Starting and recovering are the same thing: open, skip what is committed, compute the rest. What `commit` has
returned from survives a kill at any instant.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from toykit.errors import StoreError
from toykit.store.files import Blobs
from toykit.store.identity import Identity, canonical, digest

_APPLICATION = 0x746F796B  # "toyk" in the header of the SQLite file: tells our stores from other people's databases
_SCHEMA = 1
WAIT = 60.0
"""Seconds for which a writer waits for its turn."""
_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    key TEXT PRIMARY KEY, identity BLOB NOT NULL, status TEXT NOT NULL CHECK (status IN ('ok', 'failed', 'lost')),
    result BLOB NOT NULL, blobs BLOB NOT NULL, seconds REAL NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jobs (name TEXT PRIMARY KEY, content BLOB NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Record:
    """One committed run. `status` is ok, failed (final: it raised) or lost (its process died; it is run again).

    A failed or lost run has `result["reason"]`. `blobs` maps names to digests.
    """

    identity: Identity
    status: str
    result: Mapping[str, Any]
    blobs: Mapping[str, str]
    seconds: float

    @property
    def key(self) -> str:
        """The key of the identity."""
        return self.identity.key


class Store:
    """Results by key. Only one process of a job writes; others may read, and a second writer waits its turn."""

    def __init__(self, folder: Path | str, *, create: bool = True) -> None:
        self.folder = Path(folder)
        self.blobs = Blobs(self.folder / "blobs")
        path = self.folder / "runs.sqlite"
        if not create and not path.exists():
            raise StoreError(f"a run store is a folder with runs.sqlite; got {self.folder}; run: python -m experiments.verify")
        try:
            self.blobs.folder.mkdir(parents=True, exist_ok=True)
            self.blobs.sweep()
        except OSError as error:
            raise StoreError(
                f"a run store is a folder that can be written; got {error.strerror} for {self.folder}; choose another --store"
            ) from None
        with self._sentence("open"):
            self._database = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise

    def _prepare(self) -> None:
        """Refuse a foreign file before anything is written to it; create the tables of an empty one."""
        self._database.execute("BEGIN")  # one snapshot, or a second writer's tables look like another program's
        tables = [str(row[0]) for row in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        stamp = self._pragma("application_id")
        self._database.execute("COMMIT")
        if stamp != _APPLICATION and tables:
            raise StoreError(
                f"a run store is written by toykit; {self.folder / 'runs.sqlite'} is another program's database with the "
                f"tables {', '.join(tables[:3])}; choose another --store"
            )
        self._write_ahead()
        self._database.execute("PRAGMA synchronous = FULL")
        if stamp != _APPLICATION:
            self._database.executescript(
                f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_SCHEMA}; COMMIT;"
            )
        version = self._pragma("user_version")
        if version != _SCHEMA:
            raise StoreError(
                f"this release reads run stores of schema {_SCHEMA}; {self.folder} has schema {version}; choose another --store"
            )

    def _write_ahead(self) -> None:
        """Switch to the write-ahead log, with patience: SQLite does not wait here for another process that is switching too."""
        patience = time.monotonic() + WAIT
        while True:
            try:
                self._database.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > patience:
                    raise
                time.sleep(0.01)

    def _pragma(self, name: str) -> int:
        return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _sentence(self, deed: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"a run store is a healthy SQLite file; could not {deed} {self.folder / 'runs.sqlite'}: {error}; "
                "make room or choose another --store: finished work is kept"
            ) from None

    def find(self, key: str) -> Record | None:
        """The record of a key, checked against its digest; None where nothing is committed.

        Raises:
            StoreError: the record is damaged.

        """
        with self._sentence("read"):
            row = self._database.execute(
                "SELECT key, identity, status, result, blobs, seconds, digest FROM runs WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else self._record(*row)

    def _record(self, key: str, identity: bytes, status: str, result: bytes, blobs: bytes, seconds: float, sealed: str) -> Record:
        kinds = all(type(part) is bytes for part in (identity, result, blobs)) and type(seconds) is float and isfinite(seconds)
        if not kinds or digest(identity) != key or _seal(identity, status, result, blobs) != sealed:
            raise StoreError(
                f"a record has the digest it was stored with; {key[:12]} in {self.folder} is damaged; run the job again"
            )
        return Record(Identity(**json.loads(identity)), status, json.loads(result), json.loads(blobs), seconds)

    def intact(self, key: str) -> Record | None:
        """The record of a key if it is committed and all its blobs are readable; None where the run must be repeated."""
        try:
            record = self.find(key)
            if record is not None:
                for name in record.blobs.values():
                    self.blobs.read(name)
        except StoreError:
            return None
        return None if record is None or record.status == "lost" else record

    def commit(
        self,
        identity: Identity,
        result: Mapping[str, Any],
        *,
        blobs: Mapping[str, bytes] | None = None,
        status: str = "ok",
        seconds: float = 0.0,
    ) -> Record:
        """Store a run, blobs first; when this returns the run survives a crash. An intact `ok` run is never overwritten.

        Raises:
            StoreError: the result holds NaN or infinity, or it could not be written; what was committed is kept.

        """
        who, what = canonical(identity.to_json()), canonical(dict(result))
        names = {name: self.blobs.put(content) for name, content in (blobs or {}).items()}
        which = canonical(names)
        row = (identity.key, who, status, what, which, float(seconds), _seal(who, status, what, which))
        with self._sentence("write to"), self._database:
            self._database.execute("BEGIN IMMEDIATE")  # no other writer finishes this run between the look and the write
            existing = self.intact(identity.key)
            if existing is not None and existing.status == "ok":
                return existing
            self._database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return Record(identity, status, dict(result), names, float(seconds))

    def record(self, key: str) -> Record:
        """The record of a key that must be there.

        Raises:
            StoreError: it is absent or damaged.

        """
        found = self.find(key)
        if found is None:
            raise StoreError(f"a job names runs of its store; {key[:12]} is absent from {self.folder}; run the job again")
        return found

    def copy(self, source: Store, key: str) -> None:
        """Take over one record of another store, with its blobs, each checked against its digest on the way."""
        found = source.record(key)
        blobs = {name: source.blobs.read(content) for name, content in found.blobs.items()}
        self.commit(found.identity, found.result, blobs=blobs, status=found.status, seconds=found.seconds)

    def has(self, job: str) -> bool:
        """Whether a job of this name was ever published here."""
        with self._sentence("read"):
            return self._database.execute("SELECT 1 FROM jobs WHERE name = ?", (job,)).fetchone() is not None

    def publish(self, job: str, content: Mapping[str, Any]) -> None:
        """Name the records that make up a job's present outcome: what a report reads."""
        text = canonical(dict(content))
        with self._sentence("write to"):
            self._database.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?)", (job, text, digest(text)))

    def job(self, name: str) -> dict[str, Any]:
        """What `publish` stored last.

        Raises:
            StoreError: the job was never published here, or its record is damaged.

        """
        with self._sentence("read"):
            row = self._database.execute("SELECT content, digest FROM jobs WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise StoreError(f"a report needs a finished job; {self.folder} has no {name!r}; run: python -m experiments.verify")
        if digest(row[0]) != row[1]:
            raise StoreError(f"a record has the digest it was stored with; {name!r} in {self.folder} has not; run the job again")
        return dict(json.loads(row[0]))

    def verify(self) -> int:
        """Read everything: the SQLite file, each record's digest, each blob; the number of records.

        Raises:
            StoreError: the first thing that is damaged.

        """
        with self._sentence("check"):
            health = str(self._database.execute("PRAGMA integrity_check").fetchone()[0])
            if health != "ok":
                raise StoreError(f"a run store is a healthy SQLite file; {self.folder} is damaged: {health}; run the job again")
            rows = self._database.execute("SELECT key, identity, status, result, blobs, seconds, digest FROM runs").fetchall()
        for row in rows:
            for name in self._record(*row).blobs.values():
                self.blobs.read(name)
        return len(rows)

    def close(self) -> None:
        """Close the file; committed work needs no closing."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _seal(*parts: str | bytes) -> str:
    return digest(b"\0".join(part.encode() if isinstance(part, str) else part for part in parts))
