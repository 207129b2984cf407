"""Networks outside the constructions of paths: batch norm in training mode and residual sums are named, not walked."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from theory.catalogue import slugs
from toykit.bridge import TorchLandscape, landscape
from toykit.connectivity import Layers
from toykit.connectivity.comparison import comparison
from toykit.data import gaussian_clusters
from toykit.errors import InputError
from toykit.hunt import check
from toykit.landscape import Landscape, Pair
from toykit.losses import CrossEntropy
from toykit.verdict import Verdict

SLUGS = [slug for slug in slugs() if slug.startswith("connectivity/")]


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.block, self.last = nn.Linear(3, 6), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        found: Tensor = self.last(hidden + torch.relu(self.block(hidden)))
        return found


def pair_of(made: Landscape) -> Pair:
    assert isinstance(made, TorchLandscape)
    theta = made.parameters()
    return Pair(made, theta, theta * 0.5)


def data() -> object:
    return gaussian_clusters(12, 3, 2, 2)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_residual_network_is_inapplicable_with_the_reason(slug: str) -> None:
    result = check(slug, pair_of(landscape(Residual(), CrossEntropy(), data())))
    assert result.verdict is Verdict.INAPPLICABLE
    assert "TorchLandscape" in result.reason


@pytest.mark.parametrize("slug", SLUGS)
def test_batch_norm_in_training_mode_is_inapplicable(slug: str) -> None:
    module = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2))
    result = check(slug, pair_of(landscape(module, CrossEntropy(), data(), mode="train")))
    assert result.verdict is Verdict.INAPPLICABLE


def test_batch_norm_needs_a_decision_first() -> None:
    module = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2))
    with pytest.raises(InputError, match="need a decision"):
        landscape(module, CrossEntropy(), data())


def test_paths_name_what_they_cannot_walk() -> None:
    pair = pair_of(landscape(Residual(), CrossEntropy(), data()))
    with pytest.raises(InputError, match="residual sums, tied weights and normalisation"):
        Layers.of(pair.landscape, pair.theta_a)
    with pytest.raises(InputError, match="residual sums"):
        comparison(pair)
