"""What a checkpoint may cost: every size is compared with these before memory is taken."""

from __future__ import annotations

from toykit.errors import InputError

FILE = 32 << 30
"""Bytes of a file."""
HEADER = 64 << 20
"""Bytes of the part that describes the tensors: a safetensors header, or data.pkl of a torch archive."""
INSTRUCTIONS = 2_000_000
"""Instructions of data.pkl; a tensor takes about forty."""
ENTRIES = 400_000
"""Files inside a torch archive: one for each storage."""
NODES = 1_000_000
"""Values looked at in search of state dicts; shared lists could otherwise be walked through without end."""
PLACES = 1_000
"""State dicts in a checkpoint."""
NAME = 1_000
"""Characters of a name; longer ones are passed over."""
DEPTH = 8
"""Dictionaries inside dictionaries."""
AXES = 16
"""Axes of a tensor."""
SHARING = 8
"""Bytes of all tensors over bytes of the file; tied weights share a storage, and each view of it is looked through."""


class CheckpointError(InputError):
    """A file or bytes that are no checkpoint of tensors."""


def shown(text: str, most: int = 80) -> str:
    r"""The beginning of a text from a file as it may stand in a sentence: line ends and control characters are spelt out.

    >>> print(shown("a\nb"))
    a\nb
    """
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text[:most])
