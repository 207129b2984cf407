"""The ways of drawing that are timed against each other give one answer; their timings are never tested."""

from __future__ import annotations

import numpy as np
import torch
from torch.utils.data import TensorDataset

from experiments.benchmarks.draw_speed import by_loader, by_whole_batch, tasks
from toykit.bridge import Recipe, digits, independent_pair
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.combining.draws import Sample, mixing, sample
from toykit.tolerances import TORCH32, sampled


def test_the_usual_script_and_the_hand_written_loop_draw_the_same_losses() -> None:
    recipe, data = Recipe(widths=(8, 8), epochs=2), digits("test")
    pair = independent_pair(recipe, data, dtype=torch.float32)
    net = pair.landscape
    assert isinstance(net, LayeredTorch)
    by_hand = by_whole_batch(pair, net, 40)
    loaded = by_loader(recipe.module(data), pair, TensorDataset(net.inputs, net.targets), 40)
    np.testing.assert_allclose(loaded, by_hand, rtol=TORCH32)
    ours = sample(mixing(pair, "bernoulli(0.5)"), 40)
    assert abs(ours.mean - float(np.mean(by_hand))) < sampled(40) * ours.mean
    found = tasks(pair, net, recipe.module(data), 4)
    assert isinstance(found["ours, uniform element"](), Sample)
    assert found["floor"]() is None
