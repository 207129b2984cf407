from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from toykit.arrays import to_numpy
from toykit.bridge import LayeredTorch, TorchLandscape, mlp
from toykit.bridge.compare import compare
from toykit.bridge.evaluating.memory import out_of_memory
from toykit.chord import grid
from toykit.data import gaussian_clusters
from toykit.tolerances import EXACT, TORCH64

SAID = "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."


class Hungry(nn.Module):
    """Two dense layers that refuse more than `most` rows at a time, as a device or a host out of memory does."""

    def __init__(self, error: Callable[[], Exception]) -> None:
        super().__init__()
        self.inside, self.out = nn.Linear(5, 4), nn.Linear(4, 3)
        self.norm = nn.Identity()
        self.most, self.error = 10**6, error

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise self.error()
        found: Tensor = self.out(self.norm(torch.tanh(self.inside(x))))
        return found


ERRORS = {
    "device": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    "host": lambda: RuntimeError(SAID),
}


def hungry(error: str = "device", norm: nn.Module | None = None, **options: object) -> TorchLandscape:
    module = Hungry(ERRORS[error])
    module.norm = norm or nn.Identity()
    return TorchLandscape(module, nn.CrossEntropyLoss(), gaussian_clusters(), mode="eval", **options)


@pytest.mark.parametrize("error", ERRORS)
def test_the_chunk_is_halved_until_it_fits(error: str) -> None:
    net, whole = hungry(error), hungry(error)
    theta = whole.parameters()
    net._module.most = 17
    count, fits = net.count, net.count
    with pytest.warns(UserWarning, match="memory did not hold") as told:
        found = net.loss(theta)
    assert found == pytest.approx(whole.loss(theta), rel=TORCH64)
    for warning in told:
        fits //= 2
        assert f"goes on with {fits} (chunk={fits} does so from the start)" in str(warning.message)
    assert fits == net._chunk <= 17 < 2 * fits + 2
    assert f"did not hold {count} examples at a time" in str(told[0].message)
    assert net.loss(theta) == found, "the smaller chunk stays, and nothing is told twice"


def test_gradients_and_curvatures_go_on_too() -> None:
    whole = hungry()
    a = whole.parameters()
    b = 1.5 * a
    for measured in (lambda net: net.jet(a, b, 0.3), lambda net: list(map(to_numpy, net.gradient(a).values()))):
        net = hungry()
        net.jet(a, b, 0.3)  # the probe of forward mode is not what runs out
        net._module.most = 40
        with pytest.warns(UserWarning, match="the landscape goes on with"):
            found = measured(net)
        for ours, theirs in zip(found, measured(whole), strict=True):
            assert np.allclose(ours, theirs, rtol=TORCH64, atol=TORCH64)


def test_at_last_a_sentence() -> None:
    net = hungry()
    net._module.most = 0
    with pytest.warns(UserWarning, match="goes on"), pytest.raises(MemoryError, match=r"not even the smallest .* GiB\); use"):
        net.loss(net.parameters())
    assert net._chunk == 1


def test_statistics_of_all_examples_cannot_be_had_from_some() -> None:
    net = hungry(norm=nn.BatchNorm1d(4), statistics="reset")
    net._module.most = 40
    with pytest.raises(MemoryError, match="a chunk of examples must fit into memory"):
        net.loss(net.parameters())
    assert net._chunk == net.count


def test_a_profile_that_needs_too_much_falls_back_to_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    net = LayeredTorch(mlp((5, 6, 3)), nn.CrossEntropyLoss(), gaussian_clusters())
    a = net.parameters()
    expected = net.profile(a, 2 * a, grid(5))

    def refused(*_: object) -> Tensor:
        raise ERRORS["device"]()

    monkeypatch.setattr("toykit.bridge.landscapes.layered.dense_profile", refused)
    with pytest.warns(UserWarning, match="position after position"):
        found = net.profile(a, 2 * a, grid(5))
    assert np.allclose(found, expected, rtol=TORCH64, atol=EXACT)


def test_a_comparison_says_which_size_would_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise ERRORS["host"]()

    monkeypatch.setitem(__import__("toykit.bridge.compare.comparing", fromlist=["SECTIONS"]).SECTIONS, "barriers", refused)
    data, module = gaussian_clusters(), mlp((5, 6, 3))
    found = compare(module, module, mlp((5, 6, 3)), data, sections=["barriers"]).sections["barriers"]
    assert found.state == "failed"
    assert f"needs more memory than there is for {data.count} examples; try --examples {data.count // 4}" in found.reason


def test_only_a_lack_of_memory_is_one() -> None:
    assert all(out_of_memory(error()) for error in (*ERRORS.values(), MemoryError))
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    net = hungry()
    net._module.error, net._module.most = (lambda: RuntimeError("another error")), 10
    with pytest.raises(RuntimeError, match="another error"):
        net.loss(net.parameters())
