from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import LayeredTorch, TorchLandscape, lenet, mlp
from toykit.bridge.evaluating.batched import SMALL, Together, _largest, chord_points
from toykit.chord import grid
from toykit.combining.draws import Mixing, mixing, sample
from toykit.errors import InputError, NonFiniteError, ShapeError
from toykit.landscape import Pair
from toykit.parameters import Parameters, chord_point
from toykit.points import Points
from toykit.tolerances import EXACT, TORCH32, TORCH64


def tensors(*shape: int, classes: int = 10, number: int = 0) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(number)
    return torch.randn(shape, generator=draw, dtype=torch.float64), torch.randint(0, classes, shape[:1], generator=draw)


def normalised() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 10))


NETS = {
    "mlp": (lambda: mlp((6, 8, 8, 10)), (11, 6), None),
    "lenet": (lenet, (7, 1, 28, 28), None),
    "statistics move": (normalised, (11, 6), "move"),
    "statistics reset": (normalised, (11, 6), "reset"),
    "statistics fixed": (normalised, (11, 6), "fixed"),
    "layer norm": (lambda: nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 10)), (11, 6), None),
}


def both(name: str, device: str, count: int = 4, **options: object) -> tuple[TorchLandscape, TorchLandscape, list[Parameters]]:
    """The same landscape one by one and `count` points at a time, with ten points: no whole number of groups."""
    factory, shape, statistics = NETS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = factory()
    options |= {"device": device, "mode": "eval", "statistics": statistics, "chunk": 3}
    kind = LayeredTorch if name == "mlp" else TorchLandscape
    one, several = (kind(module, nn.CrossEntropyLoss(), tensors(*shape), points_at_once=g, **options) for g in (1, count))
    draw, start = torch.Generator().manual_seed(7), one.parameters()
    noise = [start.map(lambda x: torch.rand(x.shape, generator=draw, dtype=x.dtype).to(x.device)) for _ in range(10)]
    return one, several, [start + 0.3 * each for each in noise]


@pytest.mark.parametrize("name", NETS)
def test_points_together_have_the_losses_of_each(name: str, device: str) -> None:
    one, several, points = both(name, device)
    assert (one.points_at_once, several.points_at_once) == (1, 4)
    assert np.allclose(several.losses(points), [one.loss(theta) for theta in points], rtol=TORCH64, atol=EXACT)
    curve = TorchLandscape.profile(one, points[0], points[1], grid(7))
    assert np.allclose(several.profile(points[0], points[1], grid(7)), curve, rtol=TORCH64, atol=EXACT)
    assert several.points_at_once == 4


def test_single_precision_agrees_too(device: str) -> None:
    one, several, points = both("lenet", device, dtype=torch.float32)
    assert np.allclose(several.losses(points), one.losses(points), rtol=TORCH32, atol=EXACT)


def test_a_chord_is_the_same_bits_at_every_position() -> None:
    one, _, (a, b, *_) = both("mlp", "cpu", dtype=torch.float32)
    points = chord_points(a, b, grid(25))
    for index, t in enumerate(grid(25)):
        assert all(torch.equal(points[name][index], array) for name, array in chord_point(a, b, float(t)).items())
    assert one.losses([]).shape == (0,)


def test_one_by_one_is_the_rule_on_a_cpu() -> None:
    factory, shape, _ = NETS["mlp"]
    net = LayeredTorch(factory(), nn.CrossEntropyLoss(), tensors(*shape))
    assert net.points_at_once == 1
    theta = net.parameters()
    assert net.losses([theta, 2 * theta]).tolist() == [net.loss(theta), net.loss(2 * theta)]


def test_a_group_is_as_large_as_its_largest_tensor_allows() -> None:
    """p = 156 parameters, 110 outputs, 3 x 8 features in a chunk of a net on 11 rows; a larger chunk has more features."""
    one, _, _ = both("mlp", "cpu")
    assert _largest(one._together) == one.parameters().count
    wide = LayeredTorch(mlp((1, 100, 2)), nn.CrossEntropyLoss(), tensors(50, 1, classes=2))
    assert _largest(wide._together) == 50 * 100
    assert SMALL // _largest(wide._together) == 838


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_small_networks_pass_together_on_a_gpu_and_large_ones_do_not() -> None:
    small = LayeredTorch(mlp((6, 8, 10)), nn.CrossEntropyLoss(), tensors(11, 6), device="cuda")
    large = LayeredTorch(mlp((6, 3000, 3000, 10)), nn.CrossEntropyLoss(), tensors(11, 6), device="cuda")
    assert small.points_at_once > 1000
    assert large.points_at_once == 1


def test_stacked_points_are_points() -> None:
    _, several, points = both("mlp", "cpu")
    whole = Points({name: torch.stack([theta[name] for theta in points]) for name in points[0]})
    assert np.array_equal(several.losses(whole), several.losses(points))
    assert np.array_equal(several.losses(whole[2:5]), several.losses(points[2:5]))
    with pytest.raises(ShapeError, match="one entry per point; got"):
        Points({"w": torch.zeros(2), "b": torch.zeros(3)})


@pytest.mark.parametrize(
    ("law", "granularity"), [("bernoulli(0.5)", "element"), ("bernoulli(0.25)", "row"), ("uniform", "layer")]
)
def test_draws_together_are_the_draws_one_by_one(law: str, granularity: str, device: str) -> None:
    one, several, (a, b, *_) = both("statistics move", device, count=5)
    found, twin = (sample(mixing(Pair(net, a, b), law, granularity), 7) for net in (several, one))
    assert found.losses.shape == twin.losses.shape
    assert np.allclose(found.losses, twin.losses, rtol=TORCH64, atol=EXACT)


def test_draws_of_a_large_network_need_the_memory_of_a_few() -> None:
    """On the host: NumPy's numbers per draw are traced, and a hundred draws take no more of them than ten."""
    net = LayeredTorch(mlp((20, 200, 200, 3)), nn.CrossEntropyLoss(), tensors(5, 20, classes=3), points_at_once=4)
    theta = net.parameters()
    mixed = mixing(Pair(net, theta, 2 * theta))

    def most(draws: int) -> int:
        tracemalloc.start()
        sample(mixed, draws)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    most(2)
    assert most(100) < 1.5 * most(10)


def test_a_group_is_no_larger_than_the_landscape_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    _, several, (a, b, *_) = both("mlp", "cpu")
    seen: list[int] = []
    inside = Together._group
    monkeypatch.setattr(
        Together, "_group", lambda self, points: seen.append(len(next(iter(points.values())))) or inside(self, points)
    )
    monkeypatch.setattr(Mixing, "step", lambda *_: pytest.fail("a group is drawn as a whole"))
    sample(mixing(Pair(several, a, b)), 5)
    assert seen == [4, 4, 2]


class Undecided(nn.Module):
    """Control flow that depends on a parameter, which no vmap can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Linear(6, 10)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.inside(x)
        return found if float(self.inside.bias.detach().sum()) > 0 else -found


def test_what_cannot_pass_together_says_so() -> None:
    with pytest.raises(InputError, match=r"torch\.vmap can map; got one that it cannot .*; leave points_at_once out"):
        TorchLandscape(Undecided(), nn.CrossEntropyLoss(), tensors(11, 6), points_at_once=2)
    with pytest.raises(InputError, match="at least one point passes at a time; got points_at_once=0"):
        TorchLandscape(mlp((6, 10)), nn.CrossEntropyLoss(), tensors(11, 6), points_at_once=0)


def test_bad_points_are_refused_together_as_one_by_one() -> None:
    for net in both("mlp", "cpu")[:2]:
        theta = net.parameters()
        for bad in (float("nan"), float("inf")):
            with pytest.raises(NonFiniteError, match=r"theta has \d+ non-finite"):
                net.losses([theta, theta, theta.map(lambda array, bad=bad: array * bad)])
        with pytest.raises(ShapeError, match="in this module"):
            net.losses([theta, Parameters({"1.weight": torch.zeros(2, 2)})])


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A machine that holds three points, and says so as CUDA does."""
    tried: list[int] = []
    inside = Together.outputs

    def outputs(self: Together, points: dict[str, Tensor], rows: slice) -> Tensor:
        tried.append(len(next(iter(points.values()))))
        if tried[-1] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return inside(self, points, rows)

    monkeypatch.setattr(Together, "outputs", outputs)
    return tried


def test_a_group_beyond_the_memory_is_halved(short_of_memory: list[int]) -> None:
    one, several, points = both("mlp", "cpu", count=8)
    assert short_of_memory.pop() == 2, "two points are tried out first"
    assert np.allclose(several.losses(points), one.losses(points), rtol=TORCH64, atol=EXACT)
    assert short_of_memory[:3] == [8, 4, 2]
    assert several.points_at_once == 2


def test_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    _, several, points = both("mlp", "cpu")
    monkeypatch.setattr(Together, "_group", lambda *_: (_ for _ in ()).throw(RuntimeError("another error")))
    with pytest.raises(RuntimeError, match="another error"):
        several.losses(points)


def test_a_wrong_rule_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    one, _, _ = both("mlp", "cpu")
    assert one._together.refusal() is None
    inside = Together.outputs
    monkeypatch.setattr(Together, "outputs", lambda self, points, rows: inside(self, points, rows).flip(0))
    assert "other numbers" in str(one._together.refusal())
