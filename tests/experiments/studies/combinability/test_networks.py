"""The networks of the studies: first weights as the protocol says, one training per seed, one point on both splits."""

import numpy as np

from experiments.studies.combinability._networks import Normal, architecture, networks, recipe_of, scores
from toykit.bridge.data import digits
from toykit.combining.difference import chosen_labels
from toykit.tolerances import TORCH32, sampled

TINY = {"widths": [8], "seeds": [1, 2, 3], "epochs": 2}


def test_first_weights_are_normal_with_variance_2_over_fan_in_and_biases_0() -> None:
    net = Normal((512,)).module(digits("train"), seed=3)
    first, bias = net[0].weight.detach().numpy(), net[0].bias.detach().numpy()
    assert abs(first.var() * 64 / 2 - 1) < sampled(first.size // 8)
    assert not bias.any()
    again = Normal((512,)).module(digits("train"), seed=3)[0].weight.detach().numpy()
    other = Normal((512,)).module(digits("train"), seed=4)[0].weight.detach().numpy()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_smaller_first_weights_of_torch_are_another_recipe() -> None:
    assert type(recipe_of(TINY)) is not type(recipe_of(TINY | {"first": "torch"}))
    assert architecture({"widths": [8, 8], "first": "torch"}) == "2x8 (torch)"
    assert architecture({"widths": [8, 4]}) == "8-4"


def test_pairs_are_disjoint_and_scores_are_those_of_the_landscape() -> None:
    nets = networks(TINY)
    assert len(nets.thetas) == 3
    assert len(nets.pairs) == 1
    theta = nets.thetas[0]
    found = scores(nets.test, theta)
    assert abs(found.loss - nets.test.loss(theta)) <= TORCH32
    assert abs(1 - found.accuracy - float(nets.test.error(theta) or 0.0)) <= TORCH32
    assert scores(nets.train, theta).loss != found.loss


def test_the_few_examples_are_the_first_of_the_test_data() -> None:
    nets = networks(TINY)
    labels = [chosen_labels(net.outputs(nets.thetas[0])) for net in (nets.few, nets.test)]
    assert np.array_equal(labels[0], labels[1][: len(labels[0])])
    assert len(labels[0]) < len(labels[1])
