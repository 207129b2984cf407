"""The two places where arrays of any backend become NumPy arrays and come back; torch is never imported here."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np
from numpy.typing import NDArray

from toykit.parameters import Array


def to_numpy(array: Array) -> NDArray[Any]:
    """The same numbers as a NumPy array, detached and on the host."""
    return np.asarray(array.detach().cpu() if hasattr(array, "detach") else array)


def like(values: NDArray[Any], template: Array) -> Array:
    """The values in the namespace, precision and device of the template."""
    namespace = array_api_compat.array_namespace(template)
    return namespace.asarray(values, dtype=template.dtype, device=array_api_compat.device(template))


def copied(array: Array) -> Array:
    """An array of its own with the same numbers, free to be written into."""
    detached = array.detach() if hasattr(array, "detach") else array
    return array_api_compat.array_namespace(detached).asarray(detached, copy=True)
