"""The trained networks of these studies, in pairs and on both splits; a network is trained once in a process.

Every study asks the same networks: 64-n^L-10 on digits, first weights normal with variance 2/(fan in) and no biases (He et
al.), AdamW with learning rate 2e-3 and weight decay 1e-2, half a cosine, batches of 128. A configuration has `widths`, `epochs`
and `seeds`, and optionally `activation`, `data` and `first`, which is `torch` for torch's own, smaller first weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from toykit.arrays import to_numpy
from toykit.bridge.data import data
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.bridge.training.recipe import Recipe
from toykit.bridge.training.train import Trained, train
from toykit.combining.difference import chosen_labels
from toykit.data import Data
from toykit.landscape import Pair
from toykit.parameters import Array, Parameters
from toykit.seeds import seed as stable_seed

PROTOCOL = (
    "Networks 64-n-10 with one to four hidden layers on the 8x8 digits (1,437 for training, 360 for testing), cross-entropy, "
    "AdamW (2e-3, weight decay 1e-2), half a cosine, batches of 128, weights first normal with variance 2/(fan in), biases 0. "
    "Disjoint pairs of seeds. Units are matched on the training data; losses and accuracies are those of the test data where "
    "nothing else is said, $B$ the largest gap of 11 positions. Weight matching is coordinate descent from the order as it is, "
    "activation matching is by correlation after the activation."
)
"""The protocol that the studies have in common."""


FEW = 120
"""Test examples for what is too dear on all of them: the covariances of wide layers are large."""


class Scores(NamedTuple):
    """Mean loss in nats, and the fraction of examples classified correctly."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class Normal(Recipe):
    """A recipe for dense networks whose first weights are normal with variance 2/(fan in), and whose biases start at 0."""

    def module(self, data: Data, seed: int = 0) -> nn.Module:
        """The network before training."""
        net, stream = super().module(data, seed), torch.Generator().manual_seed(stable_seed("normal first weights", seed))
        for name, array in net.named_parameters():
            if name.endswith("weight"):
                nn.init.kaiming_normal_(array, nonlinearity="relu", generator=stream)
            else:
                nn.init.zeros_(array)
        return net


@dataclass(frozen=True)
class Networks:
    """Trained networks as points of the landscapes of the training and the test data; `few`: the first FEW test examples."""

    train: LayeredTorch
    test: LayeredTorch
    few: LayeredTorch
    thetas: tuple[Parameters, ...]

    @property
    def pairs(self) -> list[Pair]:
        """Disjoint pairs (1, 2), (3, 4), .. on the training data."""
        return [Pair(self.train, *both) for both in zip(self.thetas[::2], self.thetas[1::2], strict=False)]

    def tested(self, pair: Pair) -> Pair:
        """The same endpoints on the test data."""
        return Pair(self.test, pair.theta_a, pair.theta_b)


def networks(config: Mapping[str, Any], precision: str = "float32") -> Networks:
    """The networks of a configuration."""
    name, dtype = config.get("data", "digits"), getattr(torch, precision)
    recipe = recipe_of(config)
    found = [_trained(recipe, name, seed) for seed in config["seeds"]]
    whole = _examples(name, "test")
    few = Data(whole.inputs[:FEW], whole.targets[:FEW], classes=whole.classes, name=f"first {FEW} of {whole.name}")
    fitted, tested, some = (
        LayeredTorch(found[0].module, nn.CrossEntropyLoss(), each, dtype=dtype) for each in (_examples(name, "train"), whole, few)
    )
    return Networks(fitted, tested, some, tuple(fitted.parameters(each.theta) for each in found))


def recipe_of(config: Mapping[str, Any]) -> Recipe:
    """How the networks of a configuration are trained."""
    made = Recipe if config.get("first") == "torch" else Normal
    return made(
        tuple(config["widths"]),
        config.get("activation", "relu"),
        epochs=config["epochs"],
        learning_rate=2e-3,
        batch_size=128,
        weight_decay=1e-2,
        schedule="cosine",
    )


def scores(net: LayeredTorch, theta: Parameters) -> Scores:
    """Loss and accuracy from one pass forward."""
    return scores_of(net, net.outputs(theta))


def scores_of(net: LayeredTorch, outputs: Array) -> Scores:
    """Loss and accuracy of given outputs (n, k)."""
    return Scores(net.loss_of_outputs(outputs), float((chosen_labels(outputs) == truth(net)).mean()))


def truth(net: LayeredTorch) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The classes of the examples, shape (n,)."""
    return to_numpy(net.targets)


def architecture(config: Mapping[str, Any]) -> str:
    """The hidden widths in words: 64, 2x128, or 64-32."""
    widths = list(config["widths"])
    name = f"{len(widths)}x{widths[0]}" if len(widths) > 1 and len(set(widths)) == 1 else "-".join(map(str, widths))
    return f"{name} (torch)" if config.get("first") == "torch" else name


@lru_cache(maxsize=160)
def _trained(recipe: Recipe, name: str, seed: int) -> Trained:
    return train(recipe, _examples(name, "train"), seed)


@lru_cache(maxsize=4)
def _examples(name: str, split: str) -> Data:
    return data(name, split)
