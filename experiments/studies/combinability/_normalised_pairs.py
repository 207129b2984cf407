"""Pairs of networks with normalisation: trained, matched over the symmetries of their graph, and measured on their segment."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from experiments.studies.combinability import _small_convolutions
from experiments.studies.combinability._channel_repair import channel_moments, repaired, variance_ratios
from toykit.bridge.compare.sections import planted
from toykit.bridge.compare.setting import Setting, setting
from toykit.bridge.data import data
from toykit.bridge.landscapes.examples import examples
from toykit.bridge.landscapes.statistics import has_batch_norm, reset_statistics
from toykit.bridge.training.evaluation import channels_last, evaluate
from toykit.bridge.training.recipe import Recipe
from toykit.bridge.training.train import Trained, train
from toykit.chord import grid
from toykit.data import Data
from toykit.landscape import Pair
from toykit.matching.matching import Matching
from toykit.matching.transitivity import cosine
from toykit.matching.weight import weight_matching
from toykit.parameters import Parameters, chord_point
from toykit.runs import Outcome

POINTS, RESET_POINTS = 11, 5
"""Positions with the interpolated statistics; fewer with reset ones, which need a pass over training examples each."""
CHECKED = 256
"""Training examples on which the change of the outputs by a permutation is measured."""
CHUNK = 256
"""Images that pass through a network at a time: the features of more do not fit into a cache."""


@dataclass(frozen=True)
class Bench:
    """A module into which parameters are put, the examples it is measured on, and those that statistics come from."""

    module: nn.Module
    train: Data
    test: Data
    inputs: Tensor

    def at(self, theta: Mapping[str, Tensor], *, reset: bool = False) -> nn.Module:
        """The network of theta, with its own running statistics or with fresh ones."""
        own = copy.deepcopy(self.module)
        own.load_state_dict({**own.state_dict(), **theta})
        if reset:
            own.load_state_dict(reset_statistics(own, self.inputs), strict=False)
        return own.eval()

    def scores(self, network: nn.Module, split: str) -> list[float]:
        """Mean loss and error."""
        found = evaluate(network, getattr(self, split), chunk=CHUNK)
        return [found.loss, float(found.error or 0.0)]


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Two networks of one architecture, trained and measured."""
    fitted, tested = (images(config["data"], split) for split in ("train", "test"))
    began = time.process_time(), time.perf_counter()
    a, b = (train(recipe_of(config), fitted, seed) for seed in config["seeds"])
    trained = time.process_time(), time.perf_counter()
    found = measured(config, a, b, fitted, tested)
    ended = time.process_time(), time.perf_counter()
    seconds = {"training": _spent(began, trained), "measuring": _spent(trained, ended)}
    return Outcome({**found, "seconds": seconds, "training loss": [end.history[-1] if end.history else None for end in (a, b)]})


def recipe_of(config: Mapping[str, Any]) -> Recipe:
    """AdamW, half a cosine, batches of 64, float32."""
    own = config["network"] == "small"
    return Recipe(
        (config["width"],),
        network=f"{_small_convolutions.__name__}:{config['norm']}_{config['width']}" if own else config["network"],
        norm=config["norm"],
        epochs=config["epochs"],
        learning_rate=config["learning rate"],
        weight_decay=1e-2,
        schedule="cosine",
    )


def images(name: str, split: str) -> Data:
    """The data set as images (c, h, w) in float32."""
    found = data(name, split)
    shape = (1, 8, 8) if name == "digits" else found.shape
    return Data(found.inputs.astype("float32").reshape(found.count, *shape), found.targets, found.classes, found.name)


def first(found: Data, count: int) -> Data:
    """The first `count` examples."""
    rows = found.inputs[:count].reshape(-1, *found.shape)
    return Data(rows, found.targets[:count], found.classes, f"{found.name}, first {len(rows)}")


def measured(config: Mapping[str, Any], a: Trained, b: Trained, fitted: Data, tested: Data) -> dict[str, Any]:
    """Ends, segments, midpoints, matching and collapse of one pair."""
    pixels = examples(first(fitted, config["statistics"]), torch.device("cpu")).inputs
    bench = Bench(a.module, first(fitted, config["examples"]), first(tested, config["examples"]), channels_last(pixels))
    made = setting(a.module, a.theta, b.theta, first(fitted, CHECKED), dtype="float32")
    bare = weights_only(made)
    matched = weight_matching(bare.pair, symmetries=made.symmetries)
    theta_a, batch = made.pair.theta_a, has_batch_norm(a.module)
    pairs = {"as they are": made.pair.theta_b, "aligned": made.symmetries.permute(made.pair.theta_b, matched.perm)}
    curves, middles, collapse = {}, {}, {}
    for name, theta_b in pairs.items():
        first_end, last_end, middle = (bench.at(chord_point(theta_a, theta_b, t)) for t in (0.0, 1.0, 0.5))
        curves[name] = _curve(bench, theta_a, theta_b, POINTS, reset=False)
        middles[name] = bench.scores(middle, "train")
        collapse[name] = variance_ratios(*(channel_moments(net, bench.inputs) for net in (middle, first_end, last_end)))
        if batch:
            curves[f"{name}, reset"] = _curve(bench, theta_a, theta_b, RESET_POINTS, reset=True)
            middles[f"{name}, reset"] = bench.scores(bench.at(chord_point(theta_a, theta_b, 0.5), reset=True), "train")
        mended = repaired(middle, first_end, last_end, bench.inputs)
        middles[f"{name}, REPAIR"] = bench.scores(mended, "train")
        curves[f"{name}, REPAIR"] = _alone(bench.scores(mended, "test"))
    ends = {split: [bench.scores(bench.at(end), split) for end in (theta_a, made.pair.theta_b)] for split in ("train", "test")}
    return {
        "ends": ends,
        "curves": curves,
        "training midpoints": middles,
        "variance ratios": collapse,
        "matching": _matching(bare, matched),
        "examples": [bench.train.count, bench.test.count, len(bench.inputs)],
    }


def weights_only(made: Setting) -> Setting:
    """The setting without running statistics: they are permuted with their channels, but are no weights to be compared."""
    if not made.batch_norm:
        return made
    bare = made.on(made.data, statistics="reset")
    pair = Pair(bare, bare.parameters(made.pair.theta_a), bare.parameters(made.pair.theta_b), made.pair.name)
    return replace(made, pair=pair)


def _curve(bench: Bench, theta_a: Parameters, theta_b: Parameters, points: int, *, reset: bool) -> dict[str, list[float]]:
    """Test loss and error at equally spaced positions, both ends included."""
    ts = [float(t) for t in grid(points)]
    found = [bench.scores(bench.at(chord_point(theta_a, theta_b, t), reset=reset), "test") for t in ts]
    return {"ts": ts, "loss": [loss for loss, _ in found], "error": [error for _, error in found]}


def _alone(found: list[float]) -> dict[str, list[float]]:
    return {"ts": [0.5], "loss": found[:1], "error": found[1:]}


def _matching(made: Setting, matched: Matching) -> dict[str, Any]:
    """What the matcher did, and what it finds where the answer is known."""
    return {
        "groups": len(made.symmetries.groups),
        "units": sum(made.symmetries.sizes.values()),
        "objectives": list(matched.objectives),
        "spread": matched.spread / abs(matched.objective),
        "change": matched.change,
        "moved": matched.moved,
        "cosines": [cosine(made.pair.theta_a, theta_b) for theta_b in (made.pair.theta_b, matched.theta)],
        "planted": planted(made),
        "seconds": matched.seconds,
    }


def _spent(before: tuple[float, float], after: tuple[float, float]) -> list[float]:
    """CPU and wall seconds."""
    return [after[0] - before[0], after[1] - before[1]]
