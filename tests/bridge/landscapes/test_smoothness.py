from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.landscapes.smoothness import smoothness


class Functional(nn.Module):
    def __init__(self, function: object) -> None:
        super().__init__()
        self.inside, self.function = nn.Linear(3, 3), function

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.function(self.inside(x))
        return found


class Branching(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if float(x.sum()) > 0 else -x


CASES = [
    (nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2)), True, True),
    (nn.Sequential(nn.Conv2d(1, 1, 3), nn.GELU(), nn.AvgPool2d(2), nn.Flatten()), True, True),
    (nn.Sequential(nn.Linear(3, 3), nn.Softsign()), True, False),
    (nn.Sequential(nn.Linear(3, 3), nn.ELU()), True, False),
    (nn.Sequential(nn.Linear(3, 3), nn.ELU(alpha=2.0)), False, False),
    (nn.Sequential(nn.Linear(3, 3), nn.Softplus(threshold=1)), False, False),
    (nn.Sequential(nn.Linear(3, 3), nn.ReLU()), False, False),
    (nn.Sequential(nn.Linear(3, 3), nn.LeakyReLU()), False, False),
    (nn.Sequential(nn.Conv2d(1, 1, 3), nn.Tanh(), nn.MaxPool2d(2)), False, False),
    (Functional(torch.tanh), True, True),
    (Functional(lambda x: torch.tanh(x) + x.flatten(1)), True, True),
    (Functional(functional.relu), False, False),
    (Functional(torch.relu), False, False),
    (Functional(lambda x: x.clamp(min=0)), False, False),
    (Functional(lambda x: x.abs()), False, False),
    (Functional(lambda x: x.max(1).values), False, False),
    (Branching(), False, False),
]


@pytest.mark.parametrize(("module", "smooth", "analytic"), CASES)
def test_only_what_is_known_to_be_smooth_is_called_smooth(module: nn.Module, smooth: bool, analytic: bool) -> None:
    found = smoothness(module)
    assert (found.smooth, found.analytic) == (smooth, analytic)
    assert bool(found.notes) is not smooth
