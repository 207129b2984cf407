"""The run store: results under the digest of everything they depend on, safe against crashes."""

from toykit.store.database import Record, Store
from toykit.store.files import write_atomically
from toykit.store.identity import Identity, canonical
from toykit.store.version import code_version, fingerprint

__all__ = ["Identity", "Record", "Store", "canonical", "code_version", "fingerprint", "write_atomically"]
