"""What a result depends on, as canonical JSON, and the key that is its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toykit.errors import StoreError


def digest(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8.

    >>> canonical({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'

    Raises:
        StoreError: the value holds NaN, infinity or something that is not JSON.

    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError(
            f"a stored value is finite JSON; got {_first_offender(value)} ({error}); "
            "store a failed run as failed, with its reason"
        ) from None


def _first_offender(value: Any) -> str:
    try:
        return _offender(value)
    except RecursionError:
        return "a value inside itself"


def _offender(value: Any, where: str = "value") -> str:
    """The path of the first entry that is not finite JSON: `value.losses[3] = nan`."""
    if isinstance(value, Mapping):
        inside: list[tuple[str, Any]] = [(f"{where}.{key}", entry) for key, entry in value.items()]
    elif isinstance(value, (list, tuple)):
        inside = [(f"{where}[{number}]", entry) for number, entry in enumerate(value)]
    else:
        try:
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, TypeError):
            return f"{where} = {value!r}"
        return ""
    return next((found for path, entry in inside if (found := _offender(entry, path))), "")


@dataclass(frozen=True)
class Identity:
    """Everything a result is a function of; two runs with one key have one result.

    `code` is the digest of the source files used, `data` the digest of the inputs that are not in `config`,
    `fingerprint` what changes the last bits: threads, device, dtype, BLAS, versions.
    """

    task: str
    config: Mapping[str, Any]
    code: str = ""
    data: str = ""
    fingerprint: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object whose canonical text is digested."""
        return {
            "task": self.task,
            "config": dict(self.config),
            "code": self.code,
            "data": self.data,
            "fingerprint": dict(self.fingerprint),
        }

    @property
    def key(self) -> str:
        """SHA-256 of the canonical JSON of all fields."""
        return digest(canonical(self.to_json()))
