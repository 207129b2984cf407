"""The trained networks of these studies: ReLU networks with biases, cross-entropy and no weight decay, measured in float64.

A configuration has `data`, `widths`, `seeds` and `epochs`, and optionally `examples` (a random part of the training set),
`test examples`, and `network`, "vgg11" or "lenet", whose hidden widths, channels first, `widths` then has. A network is
trained once in a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from torch import nn

from toykit.bridge.data import data
from toykit.bridge.landscapes.channelled import ChannelTorch
from toykit.bridge.landscapes.layered import LayeredTorch, landscape
from toykit.bridge.training.recipe import Recipe
from toykit.bridge.training.train import Trained, train
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.seeds import generator

RATES = {"digits": 5e-3, "mnist": 1e-3, "cifar10": 1e-3}
"""Learning rates of Adam, which reaches no training error on all three within the epochs that are affordable here."""

PROTOCOL = (
    "Dense ReLU networks with biases, cross-entropy, no weight decay, no normalisation, no dropout; Adam (5e-3 on "
    "digits, 1e-3 elsewhere), half a cosine, batches of 64 on digits (1,437 for training, 360 for testing) and of "
    "100 elsewhere, towards no training error. Everything is measured in float64 on the whole training set that was "
    "used. Networks come in disjoint pairs of seeds; the target of a pair is the loss of its worse endpoint. At "
    "every hidden layer half of the units is kept: 20 random halves are ranked by least squares and up to three are "
    "worked out, until one reaches the target. A small network is a read-out passed through (certified by theorem "
    "where it separates the classes) or trained on the kept features with half of the units of every layer above. "
    "Dropout: random halves of all layers above with the old weights, biases, and the best factor."
)
"""The protocol that the studies have in common."""


@dataclass(frozen=True)
class Networks:
    """Trained networks as points of the landscapes of the training and the test data, by seed."""

    train: LayeredTorch | ChannelTorch
    test: LayeredTorch | ChannelTorch
    thetas: Mapping[int, Parameters]

    @property
    def pairs(self) -> list[tuple[tuple[int, int], Pair]]:
        """Disjoint pairs of the seeds in order, on the training data."""
        seeds = list(self.thetas)
        both = zip(seeds[::2], seeds[1::2], strict=False)
        return [((a, b), Pair(self.train, self.thetas[a], self.thetas[b])) for a, b in both]

    def scores(self, theta: Parameters) -> dict[str, float | None]:
        """Loss and error on both splits."""
        splits = {"train": self.train, "test": self.test}
        losses = {f"{name} loss": net.loss(theta) for name, net in splits.items()}
        return {**losses, **{f"{name} error": net.error(theta) for name, net in splits.items()}}


def networks(config: Mapping[str, Any]) -> Networks:
    """The networks of a configuration.

    Raises:
        InputError: the networks do not have the widths that were asked for, or the seeds do not pair up.

    """
    if len(config["seeds"]) % 2:
        raise InputError(f"networks come in disjoint pairs; got the seeds {config['seeds']}; give an even number")
    name, recipe, count = config["data"], recipe_of(config), config.get("examples")
    found = {seed: trained(recipe, name, count, seed) for seed in config["seeds"]}
    module, rows = found[config["seeds"][0]].module, recipe.network == "mlp"
    fitted, tested = (
        landscape(module, nn.CrossEntropyLoss(), each)
        for each in (chosen(name, "train", count, rows), chosen(name, "test", config.get("test examples"), rows))
    )
    if not isinstance(fitted, LayeredTorch | ChannelTorch) or not isinstance(tested, LayeredTorch | ChannelTorch):
        raise InputError(f"these studies move units of chains of layers; got {config.get('network')}; choose another network")
    if fitted.widths != tuple(config["widths"]):
        raise InputError(f"the widths asked for reach the network; asked for {config['widths']}, got {fitted.widths}; mend it")
    return Networks(fitted, tested, {seed: fitted.parameters(each.theta) for seed, each in found.items()})


def recipe_of(config: Mapping[str, Any]) -> Recipe:
    """How the networks of a configuration are trained."""
    name, network = config["data"], config.get("network", "mlp")
    return Recipe(
        tuple(config["widths"]) if network == "mlp" else (config["widths"][0],),
        epochs=config["epochs"],
        learning_rate=RATES[name],
        batch_size=64 if name == "digits" else 100,
        schedule="cosine",
        network=network,
        norm="batch" if network == "mlp" else "none",  # which a dense network has not, whatever it says
    )


@lru_cache(maxsize=16)
def chosen(name: str, split: str, count: int | None, flat: bool = True) -> Data:
    """All examples, or a random part of `count` of them, the same for everyone; as rows, or in the shape of their images."""
    whole = data(name, split)
    if count is None or count >= whole.count:
        return whole
    rows = generator(f"part of {name} {split}", count).permutation(whole.count)[:count]
    inputs = whole.inputs[rows] if flat else whole.inputs[rows].reshape(count, *whole.shape)
    return Data(inputs, whole.targets[rows], whole.classes, f"{whole.name}, {count} of {whole.count}")


@lru_cache(maxsize=32)
def trained(recipe: Recipe, name: str, count: int | None, seed: int) -> Trained:
    """One network."""
    return train(recipe, chosen(name, "train", count, recipe.network == "mlp"), seed)


def architecture(config: Mapping[str, Any]) -> str:
    """Data and hidden widths in words: digits 3x42, cifar10 vgg11 from 8 channels."""
    widths = list(config["widths"])
    if "network" in config:
        return f"{config['data']} {config['network']} from {widths[0]} channels"
    same = len(set(widths)) == 1 and len(widths) > 1
    return f"{config['data']} {len(widths)}x{widths[0]}" if same else f"{config['data']} {'-'.join(map(str, widths))}"
