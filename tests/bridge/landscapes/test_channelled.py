"""Paths in convolutional networks: channels are units, and what a built path reaches is what its small networks reach."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge import ChannelTorch, LayeredTorch, TorchLandscape, digits, folded, landscape, lenet, resnet20, vgg11
from toykit.bridge.training.small_networks import trained_by_adam
from toykit.checks.connectivity import dropout_stability, rebuilt_features, separable_features
from toykit.chord import profile
from toykit.connectivity import Layers, build, solve_all, tasks, through_constant, typed
from toykit.connectivity.above import carried, features64
from toykit.connectivity.join import relocate
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.stages import solve, weakest
from toykit.connectivity.thinned import Thinner
from toykit.connectivity.units import Draft, units
from toykit.data import Data
from toykit.errors import InputError, ShapeError
from toykit.landscape import Channelled, Layered, Pair
from toykit.losses import CrossEntropy
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64
from toykit.verdict import Trust, Verdict


def network(first: int = 4, second: int = 8, hidden: int = 12, classes: int = 3, *, padding: int = 1) -> nn.Sequential:
    """8x8 pixels, two convolutions with a pool behind each, 2x2 maps at the flatten; without padding 1x1 maps."""
    inside = (nn.ReLU(), nn.MaxPool2d(2)), (nn.ReLU(inplace=True), nn.Dropout(0.1), nn.AdaptiveAvgPool2d(1 + padding))
    body = nn.Sequential(nn.Conv2d(1, first, 3, padding=padding), *inside[0], nn.Conv2d(first, second, 3, padding=padding))
    top = nn.Linear(second * (1 + padding) ** 2, hidden), nn.ReLU(), nn.Linear(hidden, classes)
    return nn.Sequential(nn.Unflatten(1, (1, 8, 8)), body, *inside[1], nn.Flatten(), *top).eval()


def images(count: int = 20, classes: int = 3, number: int = 0) -> Data:
    draw = generator("small images", number)
    return Data(draw.normal(size=(count, 64)), np.arange(count) % classes, classes)


def pair(data: Data | None = None, **sizes: int) -> Pair:
    first, second = network(**sizes), network(**sizes)
    made = landscape(first, CrossEntropy(), images() if data is None else data)
    assert isinstance(made, ChannelTorch)
    return Pair(made, made.parameters(first), made.parameters(second))


def test_what_a_channelled_landscape_shows() -> None:
    made, given = pair().landscape, pair()
    assert isinstance(made, Channelled)
    assert not isinstance(made, Layered), "its weights are no matrices, so dense measurements must not take it"
    layers = Layers.of(made, given.theta_a)
    assert (layers.sizes, layers.spreads, layers.kernels) == ((1, 4, 8, 12, 3), {3: 4}, {1: (3, 3), 2: (3, 3)})
    assert layers.cols(3, units([0, 2])).tolist() == [0, 1, 2, 3, 8, 9, 10, 11]
    assert layers.cols(2, units([0, 2])).tolist() == [0, 2]
    assert [layers.entrance(layer) for layer in layers.hidden] == [2, 2, 3]
    with pytest.raises(InputError, match=r"0\.\.7"):
        layers.cols(3, units([8]))


def test_features_are_what_the_next_layer_takes() -> None:
    given = pair()
    made, theta = given.landscape, given.theta_a
    point = {layer: (theta[made.weight_name(layer)], theta[made.bias_name(layer)]) for layer in range(1, 5)}
    maps = made.features(theta, 1)
    assert tuple(maps.shape) == (20, 4, 4, 4)
    first = functional.max_pool2d(functional.conv2d(made.features(theta, 0), *point[1], padding=1).relu(), 2)
    torch.testing.assert_close(maps, first, rtol=TORCH64, atol=TORCH64)
    hidden = functional.linear(made.features(theta, 2), *point[3]).relu()
    outputs = functional.linear(hidden, *point[4])
    torch.testing.assert_close(outputs, made.outputs(theta), rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_all_old_units_above_a_layer_are_the_network(layer: int) -> None:
    given = pair()
    made, theta = given.landscape, given.theta_a
    fresh = made.above(layer, Data(features64(made, theta, layer), made.targets.numpy(), 3), made.widths[layer:])
    old = {fresh.weight_name(p - layer): theta[made.weight_name(p)] for p in range(layer + 1, 5)}
    old |= {fresh.bias_name(p - layer): theta[made.bias_name(p)] for p in range(layer + 1, 5)}
    torch.testing.assert_close(fresh.outputs(fresh.parameters(old)), made.outputs(theta), rtol=TORCH64, atol=TORCH64)


def test_carried_maps_are_the_pooled_maps() -> None:
    """The centre of a 3x3 kernel with padding 1 is the identity; ReLU keeps what is not negative; then the pool."""
    given = pair()
    made, theta = given.landscape, given.theta_a
    found = carried(made, Layers.of(made, theta), 1, features64(made, theta, 1))
    pooled = functional.adaptive_avg_pool2d(made.features(theta, 1), 2).flatten(1)
    torch.testing.assert_close(torch.as_tensor(found), pooled, rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize("padding", [1, 0])
@pytest.mark.parametrize("clean", [True, False])
def test_the_maximum_of_a_built_path_is_the_predicted_one(clean: bool, padding: int) -> None:
    given = pair(padding=padding, hidden=5)  # five units are no room for logits, so every stage below the last is trained
    made = given.landscape
    ends = {"a": given.theta_a, "b": given.theta_b}
    halves = Halves.of(given, made)
    assert not halves.passing
    for how in ("rebuilt", "thinned"):
        stages = {
            e: halves.stages(theta, "test", draws=2) if how == "rebuilt" else Thinner(made, theta).stages(2, "test")[0]
            for e, theta in ends.items()
        }
        found = build(given, stages["a"], stages["b"], clean=clean)
        phi = [halves.loss_of(ends[e], small) for e, layers in stages.items() for small in layers.values()]
        predicted = max(*phi, made.loss(ends["a"]), made.loss(ends["b"]))
        assert found.maximum.trust is Trust.EXACT
        assert found.path.kinds == ("OCOCOCCTCOCCOCOCO" if clean else "OCOCOCTCOCOCOCO")
        assert found.maximum.value == pytest.approx(predicted, rel=ROUNDING)
        assert found.walked.losses.max() <= predicted * (1 + ROUNDING)
        assert found.walked.drift <= ROUNDING


def test_blocks_of_a_flatten_decide_the_type() -> None:
    given = pair()
    layers = Layers.of(given.landscape, given.theta_a)
    detour = typed(given.landscape, through_constant(layers, given.theta_a, given.theta_b))
    assert detour.kinds == "OCO"
    there = relocate(layers, detour.waypoints[1], {2: (units([0]), units([5]))})
    assert typed(given.landscape, there).kinds in {"CC", "CT"}
    alone = Layers(layers.sizes, layers.weights, layers.biases)  # as if each channel had one column
    one_column = relocate(alone, given.theta_a, {2: (units([0]), units([5]))})
    assert "?" in typed(given.landscape, one_column).kinds
    draft = Draft(alone, given.theta_a)
    with pytest.raises(ShapeError, match="columns of flattened maps"):
        draft.write_rows(3, units([0]), units([0, 1]), np.ones((1, 8)), np.zeros(1))


@pytest.mark.parametrize("check", [rebuilt_features.check, dropout_stability.check])
def test_checks_measure_convolutional_pairs(check) -> None:
    result = check(pair())
    assert result.verdict is Verdict.HOLDS, result.reason
    assert "2 convolutions and 2 dense layers" in result.assumptions["LAYERS"].how


def test_separable_channels_have_no_excess() -> None:
    """Eight images and eight carried numbers: separable, so the claim covers the pair and the excess is 0."""
    result = separable_features.check(pair(images(8, 2), classes=2), draws=4)
    assert result.verdict is Verdict.HOLDS, result.reason
    assert result.extra["word"] == "certified by theorem"
    assert {row["kept"] for row in result.extra["layers"]} == {2, 6, 10}


def test_channels_that_are_not_separable_make_the_claim_inapplicable() -> None:
    data = images(40, 2)
    same = Data(np.repeat(data.inputs[:20], 2, axis=0), data.targets, 2)  # each image with both labels
    result = separable_features.check(pair(same, classes=2), draws=2)
    assert result.verdict is Verdict.INAPPLICABLE
    assert "not separable" in result.reason or "undecided" in result.reason


class Shortcut(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1), nn.Linear(128, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x))
        found: Tensor = self.last(torch.relu(x + self.second(x)).flatten(1))
        return found


def normed() -> nn.Module:
    convolution = nn.Conv2d(1, 2, 3, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2)).eval()


@pytest.mark.parametrize("claim", [rebuilt_features, dropout_stability, separable_features])
@pytest.mark.parametrize(
    ("module", "options", "why"),
    [
        (Shortcut(), {}, "residual sum"),
        (normed(), {"statistics": "move"}, "fold it first"),
        (normed(), {"mode": "train"}, "mixes examples"),
        (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3, groups=2), nn.Flatten(), nn.Linear(32, 2)),
            {},
            "groups",
        ),
    ],
)
def test_what_the_claims_do_not_cover_is_named(claim, module: nn.Module, options: dict[str, str], why: str) -> None:
    data = Data(generator("refused images").normal(size=(6, 1, 8, 8)), np.arange(6) % 2, 2)
    made = landscape(module, CrossEntropy(), data, **options)
    assert isinstance(made, TorchLandscape)
    assert not isinstance(made, ChannelTorch | LayeredTorch)
    theta = made.parameters()
    result = claim.check(Pair(made, theta, theta * 0.5))
    assert result.verdict is Verdict.INAPPLICABLE
    assert why in result.reason


def test_folded_and_standard_networks_are_chains() -> None:
    data = Data(generator("colour images").normal(size=(2, 3, 32, 32)), [0, 1], 10)
    for module, depth in ((folded(vgg11("batch", width=2).eval()), 11), (vgg11("none", width=2), 11)):
        assert landscape(module, CrossEntropy(), data).depth == depth
    grey = Data(generator("grey images").normal(size=(2, 1, 28, 28)), [0, 1], 10)
    made = landscape(lenet(), CrossEntropy(), grey)
    assert (made.depth, made.spread(3)) == (5, 25)
    assert type(landscape(resnet20("none", width=2), CrossEntropy(), data)) is TorchLandscape


def test_stages_of_channels_reach_the_endpoint() -> None:
    """Eight images, sixteen carried numbers, twelve kept units: separable, so each stage is certified before any training."""
    given = pair(images(8, 2), first=8, hidden=24, classes=2)
    found = solve_all(tasks(given, draws=3, name="channels"))
    assert weakest(list(found.values())) == "certified by theorem"
    a, b = ({layer: stage.small for (e, layer), stage in found.items() if e == end} for end in "ab")
    made = build(given, a, b)
    assert made.excess.value == 0
    assert a[1].weights[0].shape == (4, 4, 3, 3)


def test_stages_train_maps_where_nothing_can_be_carried() -> None:
    given = pair(images(60), first=8, hidden=20)  # sixteen carried numbers do not separate sixty images
    found = solve_all(tasks(given, draws=2, name="channels", target=0.5))
    small = found["a", 1].small
    assert small.how == "trained"
    assert [weight.shape for weight in small.weights] == [(4, 4, 3, 3), (10, 16), (3, 10)]
    assert found["a", 1].evaluations > 0
    assert found["a", 1].loss <= 0.5 * (1 + ROUNDING)
    task = tasks(given, draws=2, name="channels", target=0.5)["a", 1]
    batches = solve(task, partial(trained_by_adam, epochs=300, batch_size=16))
    assert [weight.shape for weight in batches.small.weights] == [weight.shape for weight in small.weights]
    assert batches.word == found["a", 1].word == "certified by training"


def test_a_trained_pair_of_digits_is_joined_at_the_loss_of_its_ends() -> None:
    """Two networks of 200 digits: the straight line rises above 1, the rebuilt path does not rise at all."""
    whole = digits()
    data = Data(whole.inputs[:200], whole.targets[:200], 10)
    first, second = (trained(network(8, 16, 32, 10), data) for _ in range(2))
    made = landscape(first, CrossEntropy(), data)
    given = Pair(made, made.parameters(first), made.parameters(second))
    ends = [made.loss(theta) for theta in (given.theta_a, given.theta_b)]
    assert max(ends) < 0.1
    assert profile(given).values.max() > 1
    result = rebuilt_features.check(given, draws=2, clean=False, per_segment=3)
    assert result.verdict is Verdict.HOLDS, result.reason
    assert result.extra["kinds"] == "OCOCOCTCOCOCOCO"
    assert result.letters["path_max"] == pytest.approx(max(result.letters["rebuilt"], *ends), rel=ROUNDING)
    assert result.letters["path_excess"] <= ROUNDING
    assert result.letters["drift"] <= ROUNDING


def trained(module: nn.Module, data: Data) -> nn.Module:
    inputs, targets = torch.as_tensor(data.inputs.copy(), dtype=torch.float32), torch.as_tensor(data.targets.copy())
    optimizer, draw = torch.optim.Adam(module.parameters(), lr=0.01), torch.Generator().manual_seed(1)
    for _ in range(28):
        for rows in torch.randperm(len(inputs), generator=draw).split(25):
            optimizer.zero_grad()
            torch.autograd.backward(functional.cross_entropy(module(inputs[rows]), targets[rows]))
            optimizer.step()
    return module
