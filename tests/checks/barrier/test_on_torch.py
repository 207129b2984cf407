"""The curvature checks give the same numbers on a NumPy network and on the torch module with its weights."""

from __future__ import annotations

import inspect

import pytest

from toykit import tolerances
from toykit.checks.barrier import (
    curvature_bound,
    endpoint_expansion,
    forced_barrier,
    green_identity,
    grid_certificate,
    hessian_simpson,
    midpoint_expansion,
    ridge_bound,
)
from toykit.landscape import Pair
from toykit.networks.fixtures import fold, t9
from toykit.parameters import Parameters
from toykit.verdict import Result, Verdict

torch = pytest.importorskip("torch")
from toykit.bridge.landscapes.landscape import TorchLandscape  # noqa: E402 - after the skip
from toykit.bridge.models import mlp  # noqa: E402

MODULES = (green_identity, curvature_bound, ridge_bound)
EXPANSIONS = (endpoint_expansion, midpoint_expansion, hessian_simpson, forced_barrier, grid_certificate)


def in_torch(pair: Pair, widths: tuple[int, ...], activation: str, dtype) -> Pair:
    """The same network as a torch module, with the loss and the data of the NumPy one."""
    net = pair.landscape
    module = mlp(widths, activation, bias=False, dtype=dtype)
    names = dict(zip([name for name, _ in module.named_parameters()], pair.theta_a, strict=True))

    def moved(theta: Parameters) -> Parameters:
        return Parameters({new: torch.tensor(theta[old], dtype=dtype) for new, old in names.items()})

    landscape = TorchLandscape(module, net.criterion, net.data, dtype=dtype)
    return Pair(landscape, moved(pair.theta_a), moved(pair.theta_b), pair.name)


def sampled(module, pair: Pair) -> Result:
    """The check with the range of phi'' from jets on both sides, which a module that is not layered cannot have certified."""
    return module.check(pair, **({"range_cells": 0} if "range_cells" in inspect.signature(module.check).parameters else {}))


@pytest.mark.parametrize("module", MODULES)
def test_numpy_and_torch_agree(module) -> None:
    pair = t9()
    here, there = (sampled(module, p) for p in (pair, in_torch(pair, (2, 3, 1), "tanh", torch.float64)))
    assert there.verdict is Verdict.HOLDS
    for one, two in zip(here.comparisons, there.comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)
        assert two.bound.value == pytest.approx(one.bound.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)


@pytest.mark.parametrize("module", MODULES)
def test_single_precision_holds_too(module) -> None:
    result = module.check(in_torch(t9(), (2, 3, 1), "tanh", torch.float32))
    assert result.verdict is Verdict.HOLDS, result.reason


@pytest.mark.parametrize("module", MODULES)
def test_a_relu_module_is_inapplicable(module) -> None:
    result = module.check(in_torch(fold(), (1, 2, 1), "relu", torch.float64))
    assert result.verdict is Verdict.INAPPLICABLE
    assert not all(c.holds for c in result.comparisons)


@pytest.mark.parametrize("module", EXPANSIONS)
def test_expansions_agree(module) -> None:
    """The letters to rounding; bounds on higher derivatives magnify the rounding of phi'', more with every order."""
    pair = t9()
    here, there = (sampled(module, p) for p in (pair, in_torch(pair, (2, 3, 1), "tanh", torch.float64)))
    assert here.verdict is there.verdict
    for name in set(here.letters) - {"K_3", "K_4", "K_6", "c", "rho"}:
        assert there.letters[name] == pytest.approx(here.letters[name], rel=tolerances.TORCH64, abs=tolerances.TORCH64), name
    for one, two in zip(here.comparisons, there.comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.SOLVED, abs=tolerances.TORCH64)
        assert two.bound.value == pytest.approx(one.bound.value, rel=tolerances.DIFFERENCE)


@pytest.mark.parametrize("module", EXPANSIONS)
def test_expansions_in_single_precision_and_on_relu(module) -> None:
    single = module.check(in_torch(t9(), (2, 3, 1), "tanh", torch.float32))
    assert single.verdict in (Verdict.HOLDS, Verdict.VACUOUS), single.reason
    assert module.check(in_torch(fold(), (1, 2, 1), "relu", torch.float64)).verdict is Verdict.INAPPLICABLE
