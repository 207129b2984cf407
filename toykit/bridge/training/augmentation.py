"""Images shifted and mirrored at random, whole batches at once."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 4
"""Pixels by which an image is moved at most, as is usual for images of 32x32."""


def augmented(images: Tensor, draw: torch.Generator) -> Tensor:
    """Each image (c, h, w) moved by up to 4 pixels in both directions, zeros coming in, and mirrored with probability 1/2.

    The draws are made on the CPU, so that every device sees the same images.
    """
    count, _, height, width = images.shape
    offsets = torch.randint(0, 2 * SHIFT + 1, (2, count, 1), generator=draw)
    mirror = torch.randint(0, 2, (count, 1), generator=draw, dtype=torch.bool)
    rows, columns = offsets[0] + torch.arange(height), torch.arange(width).expand(count, width)
    columns = offsets[1] + torch.where(mirror, width - 1 - columns, columns)
    padded = functional.pad(images, (SHIFT,) * 4)
    which, rows, columns = (index.to(images.device) for index in (torch.arange(count)[:, None, None], rows, columns))
    return padded[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
