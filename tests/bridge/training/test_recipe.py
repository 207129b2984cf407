from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from toykit.bridge import Recipe, branched_pair, evaluate, independent_pair, train
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError, ShapeError
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import TORCH32


def images(count: int = 48, size: int = 32, classes: int = 3) -> Data:
    """Squares of one channel or another: learnt in a few steps."""
    draw = generator("coloured squares")
    labels = np.arange(count) % classes
    pixels = 0.1 * draw.normal(size=(count, 3, size, size)).astype(np.float32)
    pixels[np.arange(count), labels, 8:24, 8:24] += 1
    return Data(pixels, labels, classes, "squares")


SGD = Recipe(widths=(4,), network="resnet20", epochs=3, learning_rate=0.05, batch_size=16, optimizer="sgd", momentum=0.9)


def same(a: Parameters, b: Parameters) -> bool:
    return list(a) == list(b) and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(
    "recipe",
    [
        replace(SGD, schedule="cosine", augment=True, weight_decay=1e-4),
        replace(SGD, norm="layer", epochs=2),
        replace(SGD, norm="none", epochs=2),
        replace(SGD, network="vgg11", epochs=1),
        replace(SGD, network="lenet", widths=(6,), precision="float64", epochs=2),
    ],
    ids=lambda recipe: f"{recipe.network} {recipe.norm}",
)
def test_networks_on_images_are_trained_by_their_seed(recipe: Recipe) -> None:
    data, before = images(), torch.get_rng_state()
    first, again, other = (train(recipe, data, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert same(first.theta, again.theta)
    assert first.history == again.history
    assert not same(first.theta, other.theta)
    assert not first.module.training
    assert all(array.dtype == torch.float64 and array.is_contiguous() for array in first.theta.values())


def test_training_a_residual_network_learns_the_squares() -> None:
    data = images()
    found = train(replace(SGD, epochs=8), data, 1)
    assert evaluate(found.module, data).error == 0
    assert found.history[-1] < 0.5 * found.history[0]


def test_pairs_of_normalised_networks_carry_their_statistics() -> None:
    data = images()
    pair = independent_pair(replace(SGD, epochs=2), data, dtype=torch.float32)
    assert "norm.running_mean" in pair.theta_a
    assert pair.name == "squares resnet20 4 batch norm, independent, seeds 1 and 2"
    assert (pair.facts["network"], pair.facts["norm"]) == ("resnet20", "batch")
    module = train(replace(SGD, epochs=2), data, 1).module
    assert pair.landscape.loss(pair.theta_a) == pytest.approx(evaluate(module, data).loss, rel=TORCH32)
    branched = branched_pair(replace(SGD, epochs=2), data, step=2, dtype=torch.float32)
    assert branched.theta_0 is not None
    assert branched.theta_0["norm.running_mean"].shape == (4,)


def test_a_dense_network_flattens_images() -> None:
    data = images(size=28)
    recipe = Recipe(widths=(5,), epochs=1)
    assert recipe.architecture(data) == "2352-5-3 relu"
    assert independent_pair(recipe, data).landscape.depth == 2  # type: ignore[attr-defined]
    assert Recipe(widths=(6,), network="lenet").architecture(data) == "lenet 6"


FACTORY = """
from torch import nn
def network(): return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3)).eval()
"""


def test_a_factory_of_the_user_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_networks.py").write_text(FACTORY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_networks", raising=False)
    recipe = Recipe(network="own_networks:network", epochs=2)
    first, again, other = (train(recipe, gaussian_clusters(), seed) for seed in (1, 1, 2))
    assert same(first.theta, again.theta)
    assert not same(first.theta, other.theta)
    assert bool(first.theta["1.running_mean"].any())  # trained in train mode, whatever the factory chose
    assert "own_networks:network" in independent_pair(recipe, gaussian_clusters()).name


def test_recipes_that_do_not_fit_get_one_sentence() -> None:
    with pytest.raises(InputError, match="a network of a recipe is one of mlp, lenet, vgg11, resnet20; got 'resnet'"):
        Recipe(network="resnet")
    with pytest.raises(InputError, match="resnet20 has one width; got"):
        Recipe(network="resnet20")
    with pytest.raises(ShapeError, match=r"vgg11 takes images of shape \(c, 32, 32\); got \(3, 28, 28\)"):
        train(replace(SGD, network="vgg11"), images(size=28), 1)
    with pytest.raises(ShapeError, match=r"resnet20 takes images of shape \(c, h, w\); got \(5,\)"):
        train(SGD, gaussian_clusters(), 1)
    with pytest.raises(InputError, match="shifted and mirrored; got examples of shape"):
        train(Recipe(augment=True), gaussian_clusters(), 1)
    with pytest.raises(InputError, match="one of batch, layer, none"):
        train(replace(SGD, norm="group"), images(), 1)  # type: ignore[arg-type]
