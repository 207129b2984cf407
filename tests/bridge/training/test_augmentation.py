from __future__ import annotations

import pytest
import torch

from toykit.bridge.training.augmentation import SHIFT, augmented
from toykit.tolerances import sampled


def drawn(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def moved(image: torch.Tensor, down: int, right: int, mirror: bool) -> torch.Tensor:
    """The naive twin: entry by entry."""
    _, height, width = image.shape
    found = torch.zeros_like(image)
    for row in range(height):
        for column in range(width):
            source = width - 1 - column if mirror else column
            y, x = row + down - SHIFT, source + right - SHIFT
            if 0 <= y < height and 0 <= x < width:
                found[:, row, column] = image[:, y, x]
    return found


def test_each_image_is_one_of_the_moved_and_mirrored_ones() -> None:
    images = torch.rand((6, 2, 5, 7), generator=drawn(1)) + 1
    found = augmented(images, drawn(2))
    assert found.shape == images.shape
    for image, other in zip(images, found, strict=True):
        candidates = [moved(image, d, r, m) for d in range(2 * SHIFT + 1) for r in range(2 * SHIFT + 1) for m in (False, True)]
        assert any(torch.equal(other, candidate) for candidate in candidates)
    assert torch.equal(found, augmented(images, drawn(2)))
    assert not torch.equal(found, augmented(images, drawn(3)))


def test_half_are_mirrored_and_all_shifts_occur() -> None:
    count = 4000
    ramp = (1 + torch.arange(9.0)).expand(count, 1, 9, 9)
    found = augmented(ramp, drawn(4))[:, 0, 4]
    increasing = (found.diff(dim=1) > 0).sum(1) > (found.diff(dim=1) < 0).sum(1)
    assert float(increasing.double().mean()) == pytest.approx(0.5, abs=sampled(count))
    assert sorted(set(found[:, 4].tolist())) == list(range(1, 10))
