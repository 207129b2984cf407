"""A landscape that remembers gives the numbers of one that does not, and passes the data once through each point."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import TorchLandscape
from toykit.bridge.evaluating.remembered import Remembered, content
from toykit.checks.by_size import SLOW, fewer
from toykit.chord import grid
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.parameters import Parameters


class Counting(nn.Module):
    """A small network that counts its passes over all data."""

    def __init__(self, seed: int, hidden: int = 4) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.inside, self.out = nn.Linear(5, hidden), nn.Linear(hidden, 3)

    def forward(self, x: Tensor) -> Tensor:
        PASSES.append(len(x))
        found: Tensor = self.out(torch.tanh(self.inside(x)) ** 2)
        return found


PASSES: list[int] = []
DATA = gaussian_clusters(count=40, width=5, number=1)


def pair(remembers: bool) -> Pair:
    net = TorchLandscape(Counting(1), nn.CrossEntropyLoss(), DATA, mode="eval")
    if remembers:
        assert net.remember() is net
    return Pair(net, net.parameters(Counting(1)), net.parameters(Counting(2)))


ASKED: dict[str, Callable[[Pair], object]] = {
    "loss": lambda p: p.landscape.loss(p.theta_a),
    "error": lambda p: p.landscape.error(p.theta_a),
    "outputs": lambda p: p.landscape.outputs(p.theta_b),
    "profile": lambda p: p.landscape.profile(p.theta_a, p.theta_b, grid(5)),
    "jet": lambda p: p.landscape.jet(p.theta_a, p.theta_b, 0.25),
    "output jet": lambda p: p.landscape.output_jet(p.theta_a, p.theta_b, 0.25),  # type: ignore[attr-defined]
    "gradient": lambda p: list(p.landscape.gradient(p.theta_a).values()),
    "curvature": lambda p: p.landscape.curvature(p.theta_a, p.delta),
}


@pytest.mark.parametrize("asked", ASKED)
def test_the_numbers_are_the_same_and_the_second_time_nothing_passes(asked: str) -> None:
    plain, own = pair(remembers=False), pair(remembers=True)
    expected, first = ASKED[asked](plain), ASKED[asked](own)
    PASSES.clear()
    again = ASKED[asked](own)
    assert not PASSES
    ASKED[asked](plain)
    assert PASSES, "without a memory the data pass again"
    for found in (first, again):
        np.testing.assert_equal(_numbers(found), _numbers(expected))


def test_a_profile_a_loss_and_an_error_meet_at_the_same_points() -> None:
    own = pair(remembers=True)
    own.landscape.profile(own.theta_a, own.theta_b, grid(9))
    PASSES.clear()
    own.landscape.profile(own.theta_a, own.theta_b, grid(5))
    own.landscape.error(own.theta_b)
    assert not PASSES
    own.landscape.loss(own.theta_a + own.delta * 0.3)
    assert PASSES


def test_what_is_handed_out_can_be_changed_without_harm() -> None:
    own = pair(remembers=True)
    for _ in range(2):
        found = own.landscape.outputs(own.theta_a)
        assert float(found.abs().max()) > 0
        found.zero_()


def test_what_was_not_asked_for_longest_is_forgotten_and_too_much_is_never_kept() -> None:
    memory, made = Remembered(held=3 * 8 * 4), []

    def recall(name: str, size: int = 4) -> None:
        memory.recall(name.encode(), lambda: made.append(name) or torch.ones(size, dtype=torch.float64))  # type: ignore[func-returns-value]

    for name in ("one", "two", "three", "one", "four", "one", "two"):
        recall(name)
    assert made == ["one", "two", "three", "four", "two"]
    for _ in range(2):
        recall("large", 40)
    recall("two")
    assert made[5:] == ["large", "large"]


def test_content_tells_names_types_shapes_and_single_bits_apart() -> None:
    array = torch.tensor([[0.0, 1.0]])
    others = [
        Parameters({"w": array}),
        Parameters({"v": array}),
        Parameters({"w": array.double()}),
        Parameters({"w": array.reshape(2, 1)}),
        Parameters({"w": -array}),
        Parameters({"w": torch.nextafter(array, torch.ones(()))}),
    ]
    assert len({content("outputs", theta, 0.5) for theta in others}) == len(others)
    assert content("outputs", others[0], 0.5) != content("outputs", others[0], 0.25)
    assert content("outputs", others[0]) == content("outputs", Parameters({"w": array.clone()}))


def test_what_is_not_printed_whole_is_no_key() -> None:
    with pytest.raises(TypeError, match="got ndarray"):
        content("profile", np.linspace(0, 1, 5))


def test_large_networks_that_are_no_dense_chains_are_measured_less_often() -> None:
    net = TorchLandscape(Counting(1, hidden=12_000), nn.CrossEntropyLoss(), DATA, mode="eval")
    large = Pair(net, net.parameters(), net.parameters())
    assert large.theta_a.count > SLOW
    assert (fewer(large, 40, 20), fewer(pair(remembers=False), 40, 20)) == (20, 40)


def _numbers(found: object) -> list[object]:
    parts = found if isinstance(found, tuple | list) else [found]
    return [part.numpy() if isinstance(part, Tensor) else part for part in parts]
