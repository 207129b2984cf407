"""Whole networks of many kinds: enclosures of parts of the chord and of the barrier against dense grids; refusals by name."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.barriers import certified_barrier
from toykit.barriers.certified import Stop
from toykit.barriers.certified.losses import Curve
from toykit.barriers.evidence import barriers_with_evidence
from toykit.bridge import LayeredTorch, TorchLandscape, mlp, resnet20
from toykit.bridge.certified import chord as chords
from toykit.bridge.certified import operators
from toykit.bridge.landscapes.criterion import squared
from toykit.chord import grid
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, TORCH64
from toykit.verdict import Trust


class Mixed(nn.Module):
    """Branches, concatenation, depth-wise and dilated convolutions, scalings by parameters and numbers, tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.deep, self.wide = nn.Conv2d(2, 2, 3, groups=2, padding=1), nn.Conv2d(2, 3, 3, dilation=2, padding=2, stride=2)
        self.norm, self.scale = nn.BatchNorm2d(3, affine=False), nn.Parameter(torch.ones(3, 1, 1))
        self.register_buffer("fixed", torch.linspace(0.5, 1, 4))
        self.token, self.out = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.leaky_relu(self.deep(x), 0.1) - 0.5 * x
        y = torch.sigmoid(self.norm(self.wide(x))) * self.scale / 2
        y = torch.cat([y, functional.silu(functional.avg_pool2d(x, 2))[:, :1]], dim=1)
        tokens = functional.gelu(self.token(y.flatten(2).transpose(1, 2) + 0.1) * self.fixed)
        found: Tensor = self.out(tokens.mean(1))
        return found


def lenet(activation: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        *(nn.Conv2d(1, 3, 3, padding=1), activation(), nn.AvgPool2d(2), nn.Conv2d(3, 4, 3), activation(), nn.AvgPool2d(2)),
        *(nn.Flatten(), nn.Linear(4, 6), activation(), nn.Linear(6, 3)),
    )


class Normal(nn.Module):
    """Layer normalisation in both places of a residual block, softplus, and a number minus a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.inner, self.out = nn.Linear(5, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.before, self.after = nn.LayerNorm(6), nn.LayerNorm(6, elementwise_affine=False)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.softplus(self.start(x))
        x = x + 1.0 - functional.softplus(self.inner(self.before(x)), beta=2.0)
        found: Tensor = self.out(self.after(x))
        return found


CASES = {
    "normal": (Normal, (5,), {}),
    "lenet relu": (lambda: lenet(nn.ReLU), (1, 8, 8), {}),
    "lenet tanh": (lambda: lenet(nn.Tanh), (1, 8, 8), {}),
    "lenet gelu": (lambda: lenet(nn.GELU), (1, 8, 8), {}),
    "mlp gelu": (lambda: mlp((5, 8, 8, 3), "gelu"), (5,), {}),
    "mixed": (Mixed, (2, 4, 4), {"mode": "eval", "statistics": "move"}),
    "mixed fixed": (Mixed, (2, 4, 4), {"mode": "eval", "statistics": "fixed"}),
    "resnet": (lambda: resnet20(norm="batch", width=4), (3, 8, 8), {"mode": "eval", "statistics": "move"}),
}


def drawn(case: str, count: int = 6) -> Pair:
    """Two random networks; variances stay positive, and scales stay near those of a trained network."""
    make, shape, options = CASES[case]
    draw = generator("certified graph", 1)
    data = torch.from_numpy(draw.normal(size=(count, *shape))), torch.from_numpy(draw.integers(0, 3, size=count))
    landscape = TorchLandscape(make(), nn.CrossEntropyLoss(), data, **options)
    start = landscape.parameters()

    def end() -> Parameters:
        found = {}
        for name, array in start.items():
            noise = torch.from_numpy(np.asarray(draw.normal(size=tuple(array.shape))))
            fan_in = max(1, array[0].numel()) if array.ndim > 1 else 10
            found[name] = torch.exp(noise / 2) if "var" in name else noise / fan_in**0.5 + (array if array.ndim < 2 else 0)
        return Parameters(found)

    return Pair(landscape, end(), end(), case)


@pytest.fixture(scope="module", params=CASES)
def pair(request: pytest.FixtureRequest) -> Pair:
    return drawn(request.param)


@pytest.fixture(scope="module")
def enclosure(pair: Pair) -> Callable[[float, float], Curve]:
    found: Callable[[float, float], Curve] = pair.landscape.certified_chord(pair.theta_a, pair.theta_b).curves()
    return found


@pytest.mark.parametrize("h", [0.0, 2.0**-30, 2.0**-14, 2.0**-8, 2.0**-5])
def test_the_loss_of_a_part_is_enclosed(pair: Pair, enclosure: Callable[[float, float], Curve], h: float) -> None:
    m = 0.4375
    curve = enclosure(m, h)
    s = np.linspace(-1, 1, 17)
    values = pair.landscape.profile(pair.theta_a, pair.theta_b, m + h * s)
    off = np.abs(values - np.polynomial.polynomial.polyval(s, curve.coefficients)).max()
    assert off <= curve.remainder + ROUNDING * np.abs(values).max()


def test_the_barrier_of_a_grid_is_enclosed(pair: Pair) -> None:
    deep = pair.name == "resnet"  # twenty layers of intervals: sound, but wide
    found = certified_barrier(pair, relative=1e-2, seconds=0.5 if deep else 5)
    ts = grid(51 if deep else 201)
    values = pair.landscape.profile(pair.theta_a, pair.theta_b, ts)
    gap = values - (1 - ts) * values[0] - ts * values[-1]
    slack = ROUNDING * np.abs(values).max()
    assert max(gap.max(), 0.0) <= found.hi + slack
    at = pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0.0, found.argmax, 1.0]))
    assert found.lo <= at[1] - (1 - found.argmax) * at[0] - found.argmax * at[2] + slack
    assert found.stopped is (Stop.BUDGET if deep else Stop.TOLERANCE)


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), squared(0.5)], ids=["cross-entropy", "squared"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_graph_and_dense_engine_are_one_on_dense_networks(activation: str, loss: object) -> None:
    draw = generator("both engines", 1)
    data = torch.from_numpy(draw.normal(size=(9, 4))), torch.from_numpy(draw.integers(0, 3, size=9))
    found = []
    for kind in (LayeredTorch, TorchLandscape):
        landscape = kind(mlp((4, 7, 6, 3), activation), loss, data)
        ends = [landscape.parameters(mlp((4, 7, 6, 3), activation, seed)) * 3 for seed in (1, 2)]
        found.append(certified_barrier(Pair(landscape, *ends)))
    dense, graph = found
    assert (dense.evaluations, dense.stopped) == (graph.evaluations, graph.stopped)
    assert (graph.lo, graph.hi) == (pytest.approx(dense.lo, rel=SOLVED), pytest.approx(dense.hi, rel=SOLVED))


def test_blocks_of_examples_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    given = drawn("mixed", count=7)
    curves = []
    for block in (1 << 18, 2 * 40):
        monkeypatch.setattr(chords, "BLOCK", block)
        curves.append(given.landscape.certified_chord(given.theta_a, given.theta_b).curves()(0.3, 0.05))
    whole, parts = curves
    assert parts.remainder == pytest.approx(whole.remainder, rel=TORCH64)
    assert np.allclose(parts.coefficients, whole.coefficients, rtol=TORCH64)


def test_a_barrier_with_evidence_is_certified() -> None:
    found = barriers_with_evidence(drawn("lenet tanh"), relative=1e-2)
    assert found.loss.barrier.trust is Trust.CERTIFIED


class Odd(nn.Module):
    def __init__(self, what: str) -> None:
        super().__init__()
        self.what, self.out, self.norm = what, nn.Linear(4, 3), nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        match self.what:
            case "max_pool1d":
                x = functional.max_pool1d(x[:, None], 1)[:, 0]
            case "batch":
                x = x - self.out.weight[0] * x.mean(0)
            case "softmax":
                x = functional.softmax(self.out.weight[0] * x, -1)
            case "layer_norm":
                x = functional.layer_norm(x, x.shape)
            case "softplus":
                x = functional.softplus(x, beta=-1.0)
            case "gelu":
                x = functional.gelu(x, approximate="tanh")
            case "div":
                x = x / (2 + self.out.weight[0] ** 2)
            case "train":
                x = self.norm(x)
        found: Tensor = self.out(x)
        return found


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("max_pool1d", r"operators among .*avg_pool2d.*; got max_pool"),
        ("batch", "keep the examples apart, on the first axis; got mean"),
        ("softmax", "operators among .*layer_norm.*softplus.*; got softmax"),
        ("layer_norm", "keep the examples apart, on the first axis; got layer_norm"),
        ("softplus", "softplus with beta > 0 .*; got softplus"),
        ("gelu", r"exact form x Phi\(x\) .*; got gelu"),
        ("div", "operators among .*; got pow"),
        ("train", "evaluation mode; got statistics of the whole batch"),
    ],
)
def test_what_has_no_rule_is_refused_by_name(what: str, sentence: str) -> None:
    data = torch.linspace(0, 1, 24, dtype=torch.float64).view(6, 4), torch.arange(6) % 3
    options = {"mode": "train"} if what == "train" else {"mode": "eval", "statistics": "move"}
    landscape = TorchLandscape(Odd(what), nn.CrossEntropyLoss(), data, **options)
    theta = landscape.parameters()
    with pytest.raises(InputError, match=sentence):
        certified_barrier(Pair(landscape, theta, theta))


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(label_smoothing=0.1), nn.L1Loss()], ids=["smoothed", "absolute"])
def test_a_loss_without_a_rule_is_refused(loss: nn.Module) -> None:
    targets = torch.arange(6) % 3 if isinstance(loss, nn.CrossEntropyLoss) else torch.zeros(6, 3)
    data = torch.linspace(0, 1, 24, dtype=torch.float64).view(6, 4), targets
    for kind in (LayeredTorch, TorchLandscape):
        landscape = kind(mlp((4, 3)), loss, data)
        theta = landscape.parameters()
        with pytest.raises(InputError, match=r"squared and (plain )?cross-entropy"):
            certified_barrier(Pair(landscape, theta, theta))


def test_single_precision_and_negative_variances_are_refused() -> None:
    given = drawn("mixed")
    wrong = given.theta_a.replace({"norm.running_var": -given.theta_a["norm.running_var"]})
    with pytest.raises(InputError, match=r"at least 0; got a negative one in norm\.running_var"):
        certified_barrier(Pair(given.landscape, wrong, given.theta_b))
    data = torch.zeros(4, 5), torch.zeros(4, dtype=torch.int64)
    single = TorchLandscape(mlp((5, 3)), nn.CrossEntropyLoss(), data, dtype=torch.float32)
    with pytest.raises(InputError, match="needs float64"):
        certified_barrier(Pair(single, single.parameters(), single.parameters()))


def test_a_wrong_sign_in_a_sum_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    given, m, h, right = drawn("mixed"), 0.4375, 2.0**-5, operators.plus
    monkeypatch.setattr(operators, "plus", lambda one, other: right(one, other)._replace(c1=one.c1 - other.c1))
    curve = given.landscape.certified_chord(given.theta_a, given.theta_b).curves()(m, h)
    s = np.linspace(-1, 1, 17)
    values = given.landscape.profile(given.theta_a, given.theta_b, m + h * s)
    assert np.abs(values - np.polynomial.polynomial.polyval(s, curve.coefficients)).max() > curve.remainder


def test_a_search_that_cannot_end_in_time_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = drawn("lenet gelu")
    monkeypatch.setattr(chords.GraphChord, "pace", lambda _: 3.0)
    asked = []
    monkeypatch.setattr(chords.GraphChord, "curves", lambda *_: asked.append(1))
    found = certified_barrier(pair, seconds=11.0)
    assert (found.lo, found.hi, found.stopped, found.evaluations, asked) == (0.0, np.inf, Stop.BUDGET, 0, [])
    assert "at least 4, which take about 12 s" in found.note
    assert not found.telling


def test_the_pace_is_that_of_all_examples_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = drawn("lenet gelu")
    chord = pair.landscape.certified_chord(pair.theta_a, pair.theta_b)
    expected = chord.curves()(0.5, 0.25)
    monkeypatch.setattr(chords, "BLOCK", 1)
    ticks = iter(range(100))
    monkeypatch.setattr(chords.time, "process_time", lambda: next(ticks))
    fresh = pair.landscape.certified_chord(pair.theta_a, pair.theta_b)
    assert fresh.pace() == len(fresh.inputs), "one tick for one example"
    assert fresh.curves()(0.5, 0.25).coefficients == pytest.approx(expected.coefficients, rel=SOLVED)
