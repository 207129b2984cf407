"""The arithmetic of a GPU made that of a CPU: the dtype says how precise a number is, and the same call gives the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def full_precision() -> Iterator[None]:
    """Convolutions in the dtype of their tensors by kernels that sum in one order; also for decorating a function.

    By default cuDNN rounds float32 to 10 bits behind the point (TF32), far more than `toykit.tolerances.TORCH32`.
    """
    if not torch.backends.cudnn.is_available():  # type: ignore[no-untyped-call]
        yield
        return
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        yield
