"""Finished sections in a run store: the same comparison, run again, goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from theory.catalogue import slugs
from toykit.arrays import to_numpy
from toykit.bridge.checkpoint import from_bytes, to_bytes
from toykit.bridge.compare.comparing import Done
from toykit.bridge.compare.setting import Setting
from toykit.errors import StoreError
from toykit.store import Identity, Store, code_version, fingerprint
from toykit.store.identity import digest

PROBE = 8
"""Examples whose outputs tell one forward function from another of the same arrays."""


class StoreKeeper:
    """Keeps what a section found under everything that it depends on: networks, function, data, options and code."""

    def __init__(self, store: Store, made: Setting) -> None:
        self.store = store
        self._config = described(made)
        modules = ["toykit.bridge.compare.sections", *(f"toykit.checks.{slug.replace('/', '.')}" for slug in slugs())]
        self._code, self._fingerprint = code_version(modules), fingerprint()

    def kept(self, section: str) -> Done | None:
        """What an earlier run of the same comparison has left; what failed then is tried again."""
        record = self.store.intact(self._identity(section).key)
        if record is None:
            return None
        arrays = {name: from_bytes(self.store.blobs.read(content)) for name, content in record.blobs.items()}
        return Done(str(record.result["state"]), record.result["found"], arrays, record.seconds)

    def keep(self, section: str, done: Done) -> None:
        """Keep a finished section; a result that is not finite JSON is reported by the run alone."""
        if done.state == "failed":
            return
        blobs = {name: to_bytes(theta) for name, theta in done.arrays.items()}
        result = {"state": done.state, "found": dict(done.result)}
        try:
            self.store.commit(self._identity(section), result, blobs=blobs, seconds=done.seconds)
        except StoreError as error:
            if "finite JSON" not in str(error):
                raise

    def _identity(self, section: str) -> Identity:
        return Identity(f"compare: {section}", self._config, self._code, fingerprint=self._fingerprint)


def described(made: Setting) -> Mapping[str, Any]:
    """What the numbers of a comparison depend on, as JSON."""
    pair = made.pair
    few = made.on(
        type(made.data)(made.data.inputs[:PROBE].reshape(-1, *made.data.shape), made.data.targets[:PROBE], made.data.classes)
    )
    with torch.no_grad():
        outputs = to_numpy(few.outputs(pair.theta_a)).tobytes()
    return {
        "a": digest(to_bytes(pair.theta_a)),
        "b": digest(to_bytes(pair.theta_b)),
        "function": digest(repr(made.module).encode() + outputs),
        "loss": repr(made.loss),
        "data": made.data.digest,
        "test": None if made.test is None else made.test.digest,
        "options": {name: str(value) for name, value in made.options.items()},
        "draws": made.draws,
        "seed": made.seed,
        "claim_seconds": made.claim_seconds,
    }
