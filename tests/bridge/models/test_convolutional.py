from __future__ import annotations

import pytest
import torch
from torch import nn

from toykit.bridge.models.convolutional import ChannelNorm, lenet, resnet20, vgg11
from toykit.errors import InputError
from toykit.tolerances import TORCH64


def images(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def weights(module: nn.Module) -> dict[str, torch.Tensor]:
    return module.state_dict()


BUILDERS = {
    **{f"resnet20 {norm}": lambda seed=0, norm=norm: resnet20(norm, 4, seed=seed) for norm in ("batch", "layer", "none")},
    **{f"vgg11 {norm}": lambda seed=0, norm=norm: vgg11(norm, 4, seed=seed) for norm in ("batch", "layer", "none")},
    "lenet": lambda seed=0: lenet(shape=(3, 32, 32), seed=seed),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_first_weights_come_from_the_seed_alone(name: str) -> None:
    before = torch.get_rng_state()
    first, again, other = (BUILDERS[name](seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(array, weights(again)[key]) for key, array in weights(first).items())
    differ = [key for key, array in weights(first).items() if not torch.equal(array, weights(other)[key])]
    kernels = [key for key, array in weights(first).items() if array.ndim > 1 and bool(array.any())]
    assert differ == kernels
    outputs = first(images(2, 3, 32, 32))
    assert outputs.shape == (2, 10)
    assert bool(torch.isfinite(outputs).all())


def test_resnet20_is_the_usual_one() -> None:
    net = resnet20()
    convolutions = [part for part in net.modules() if isinstance(part, nn.Conv2d)]
    assert len([c for c in convolutions if c.kernel_size == (3, 3)]) + 1 == 20  # with the dense layer
    assert len([c for c in convolutions if c.kernel_size == (1, 1)]) == 2
    # 3x3 convolutions, two batch norms' worth of channels each, two 1x1 shortcuts, the dense layer
    plain = 9 * (3 * 16 + 6 * 16 * 16 + 16 * 32 + 5 * 32 * 32 + 32 * 64 + 5 * 64 * 64) + 2 * (7 * 16 + 6 * 32 + 6 * 64)
    shortcuts = 16 * 32 + 32 * 64 + 2 * (32 + 64)
    assert sum(p.numel() for p in net.parameters()) == plain + shortcuts + 64 * 10 + 10
    assert net(images(2, 3, 28, 20)).shape == (2, 10)


def test_vgg11_has_eight_convolutions_and_three_dense_layers() -> None:
    net = vgg11(width=4)
    assert [c.out_channels for c in net if isinstance(c, nn.Conv2d)] == [4, 8, 16, 16, 32, 32, 32, 32]
    assert [tuple(d.weight.shape) for d in net if isinstance(d, nn.Linear)] == [(32, 32), (32, 32), (10, 32)]
    assert not any(isinstance(part, nn.Identity) for part in vgg11("none", 4))


def test_a_block_is_its_formula() -> None:
    block = resnet20("none", 4).stage2[0].double()
    for number, parameter in enumerate(block.parameters()):
        nn.init.normal_(parameter, generator=torch.Generator().manual_seed(number))
    x = images(2, 4, 8, 8).double()
    inner = torch.relu(nn.functional.conv2d(x, block.conv1.weight, block.conv1.bias, stride=2, padding=1))
    branch = nn.functional.conv2d(inner, block.conv2.weight, block.conv2.bias, padding=1)
    short = nn.functional.conv2d(x, block.shortcut[0].weight, block.shortcut[0].bias, stride=2)
    torch.testing.assert_close(block(x), torch.relu(short + branch), rtol=TORCH64, atol=0)


def test_without_normalisation_a_residual_network_starts_as_its_shortcuts() -> None:
    net = resnet20("none", 4)
    x = images(2, 3, 8, 8)
    assert not bool(net(x).any())
    nn.init.normal_(net.out.weight, generator=torch.Generator().manual_seed(2))
    short = torch.relu(net.conv(x))
    for stage in (net.stage1, net.stage2, net.stage3):
        for block in stage:
            short = torch.relu(block.shortcut(short))
    assert torch.equal(net(x), net.out(short.mean((2, 3))))


def test_channels_are_normalised_at_each_position() -> None:
    norm, x = ChannelNorm(5).double(), images(2, 5, 3, 4).double()
    found = norm(x)
    naive = (x - x.mean(1, keepdim=True)) / torch.sqrt(x.var(1, keepdim=True, unbiased=False) + norm.eps)
    torch.testing.assert_close(found, naive, rtol=TORCH64, atol=TORCH64)
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(norm(x[:, order]), found[:, order], rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 12, 16), (1, 40, 40)])
def test_lenet_takes_images_of_many_sizes(shape: tuple[int, int, int]) -> None:
    net = lenet(6, 7, shape=shape)
    assert net(images(2, *shape)).shape == (2, 7)
    assert [tuple(d.weight.shape) for d in net if isinstance(d, nn.Linear)][1:] == [(84, 120), (7, 84)]


def test_networks_that_cannot_be_built_get_one_sentence() -> None:
    with pytest.raises(InputError, match="one of batch, layer, none; got 'group'"):
        resnet20("group")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="width of at least 1; got 0"):
        vgg11(width=0)
    with pytest.raises(InputError, match="classes of at least 1; got 0"):
        lenet(classes=0)
    with pytest.raises(InputError, match="at least 12x12 pixels"):
        lenet(shape=(1, 8, 8))
