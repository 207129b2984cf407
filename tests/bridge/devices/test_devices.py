"""Every measurement on a device gives the numbers of the CPU; without a GPU, on a stand-in that tells host and device apart."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from theory.catalogue import claim, slugs
from toykit.arrays import to_numpy
from toykit.barriers import adaptive_barrier, barriers, certified_barrier
from toykit.bridge import Recipe, evaluate, from_bytes, landscape, mlp, resnet20, to_bytes, train
from toykit.bridge.compare import compare
from toykit.bridge.evaluating.hessian import top_hessian_eigenpairs
from toykit.bridge.tracing.symmetries import symmetries
from toykit.bridge.training.bezier import train_bezier
from toykit.chord import error_profile, grid, profile
from toykit.combining import block_trace, collapse, combination_gap, ensemble, mixing, predict, renormalise, sample
from toykit.combining.simplex import hull_gaps
from toykit.connectivity.built import build
from toykit.connectivity.separable import Plan
from toykit.curvature import curvature_range, kinks
from toykit.data import gaussian_clusters
from toykit.hunt import check_module
from toykit.landscape import Floats, Pair
from toykit.matching import (
    activation_matching,
    contribution_matching,
    frank_wolfe,
    merge_many,
    straight_through,
    weight_matching,
)
from toykit.parameters import Parameters
from toykit.tolerances import SOLVED, TORCH32

FEW = gaussian_clusters(count=24)
GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def modules(make: Callable[[], nn.Module]) -> list[nn.Module]:
    found = []
    for number in range(3):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(number)
            found.append(make())
    return found


DENSE = modules(lambda: mlp((5, 8, 6, 3)))
SMOOTH = modules(lambda: mlp((5, 8, 6, 3), "tanh"))
ROOMY = modules(lambda: mlp((5, 12, 12, 3)))
BATCHED = modules(lambda: nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)))
IMAGES = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 3)).eval()


def pair(device: str, nets: list[nn.Module] = DENSE, **options: Any) -> Pair:
    net = landscape(nets[0], nn.CrossEntropyLoss(), FEW, mode="eval", device=device, **options)
    a, b, c = (net.parameters(each) for each in nets)
    return Pair(net, a, b, others=(c,))


def three(device: str) -> tuple[Any, list[Parameters]]:
    given = pair(device, SMOOTH)
    return given.landscape, [given.theta_a, given.theta_b, *given.others]


def flat(theta: Parameters) -> Floats:
    return np.concatenate([to_numpy(array).ravel() for array in theta.values()])


def curve(device: str, nets: list[nn.Module] = BATCHED, **options: Any) -> Floats:
    return profile(pair(device, nets, **options), grid(3)).values


def fresh_statistics(device: str) -> Floats:
    given = pair(device, BATCHED, statistics="move")
    return flat(given.landscape.with_reset_statistics(given.theta_a))  # type: ignore[attr-defined]


def of_both(device: str) -> float:
    given = pair(device)
    outputs = [given.landscape.outputs(theta) for theta in (given.theta_a, given.theta_b)]
    return ensemble(given.landscape, outputs).ensemble_loss  # type: ignore[arg-type]


def built_path(device: str) -> Floats:
    given = pair(device, ROOMY)
    plan = Plan.of(given, given.landscape)  # type: ignore[arg-type]
    kept = plan.keep_best(given, 2, "a path on a device")
    return build(given, plan.stages(kept["a"]), plan.stages(kept["b"])).losses


def trained(device: str) -> list[float]:
    found = train(Recipe(widths=(8,), epochs=1), FEW, 1, device=device)
    return [*found.history, *flat(found.theta)]


def curved_path(device: str) -> list[float]:
    net, thetas = three(device)
    return list(train_bezier(net, *thetas[:2], epochs=1).history)


def eigenvalue(device: str) -> Floats:
    net, thetas = three(device)
    return top_hessian_eigenpairs(net, thetas[0]).values


MEASURED: dict[str, Callable[[str], Any]] = {
    "barriers": lambda d: barriers(profile(pair(d))).barrier.value,
    "errors": lambda d: error_profile(pair(d), grid(3)).values,
    "certified": lambda d: certified_barrier(pair(d), relative=0.5, seconds=30).number.value,
    "adaptive": lambda d: adaptive_barrier(pair(d, SMOOTH), relative=0.1).value,
    "curvature": lambda d: curvature_range(pair(d, SMOOTH), nodes=9).highest.value,
    "kinks": lambda d: kinks(pair(d)).breaks,
    "weight matching": lambda d: weight_matching(pair(d)).objective,
    "activation matching": lambda d: activation_matching(pair(d, SMOOTH)).objective,
    "contribution matching": lambda d: contribution_matching(pair(d, SMOOTH)).objective,
    "straight-through": lambda d: straight_through(pair(d, SMOOTH), steps=2).objective,
    "merging": lambda d: merge_many(*three(d)).objective,
    "universe": lambda d: frank_wolfe(*three(d)).objective,
    "draws": lambda d: sample(mixing(pair(d)), 3).losses,
    "draws together": lambda d: sample(mixing(pair(d, points_at_once=4)), 3).losses,
    "curve together": lambda d: curve(d, DENSE, points_at_once=2),
    "gap": lambda d: combination_gap(mixing(pair(d)), 3).mean,
    "prediction": lambda d: predict(mixing(pair(d)), terms=1).loss,
    "collapse": lambda d: [layer.measured for layer in collapse(mixing(pair(d)), 2)],
    "ensemble": of_both,
    "renormalised": lambda d: flat(renormalise(mixing(pair(d), "constant(0.5)")).theta),
    "trace": lambda d: block_trace(mixing(pair(d), granularity="layer")).value,
    "hull": lambda d: hull_gaps(*three(d), np.array([[0.2, 0.3, 0.5]])),
    "batch statistics moved": lambda d: curve(d, statistics="move"),
    "batch statistics reset": lambda d: curve(d, statistics="reset"),
    "batch statistics fixed": lambda d: curve(d, statistics="fixed"),
    "fresh statistics": fresh_statistics,
    "gradient": lambda d: flat(pair(d).landscape.gradient(pair(d).theta_a)),
    "hessian": eigenvalue,
    "curved path": curved_path,
    "built path": built_path,
    "symmetries": lambda d: [g.size for g in symmetries(copy.deepcopy(IMAGES).to(d), torch.zeros(2, 1, 6, 6)).groups],
    "training": trained,
    "evaluation": lambda d: evaluate(copy.deepcopy(DENSE[0]).to(d), FEW),
    "checkpoint": lambda d: flat(from_bytes(to_bytes(pair(d).theta_a))),
}
SINGLE = {"training", "evaluation"}
"""What computes in float32."""


@pytest.mark.parametrize("what", MEASURED)
def test_a_device_gives_the_numbers_of_the_cpu(what: str, place: str) -> None:
    relative = TORCH32 if what in SINGLE else SOLVED
    assert np.allclose(MEASURED[what](place), MEASURED[what]("cpu"), rtol=relative, atol=relative)


@pytest.mark.parametrize("nets", [DENSE, BATCHED], ids=["dense", "batch normalisation"])
def test_a_comparison_runs_on_a_device(nets: list[nn.Module], place: str) -> None:
    wanted = ["ends", "statistics", "combinations"]
    found = compare(nets[0], nets[0], nets[1], FEW, device=place, sections=wanted, draws=2)
    assert {name: done.reason for name, done in found.sections.items() if done.state == "failed"} == {}
    assert {name for name, done in found.sections.items() if done.state == "ok"} >= {"ends", "combinations"}


@pytest.mark.gpu
@GPU
@pytest.mark.parametrize("slug", [slug for slug in slugs() if "trained check" not in claim(slug).owes_not])
def test_every_claim_is_checked_on_a_gpu_as_on_the_cpu(slug: str) -> None:
    for nets in (DENSE, SMOOTH):
        there, here = (check_module(slug).check(pair(device, nets)) for device in ("cuda", "cpu"))
        assert there.verdict == here.verdict


@pytest.mark.gpu
@GPU
def test_a_gpu_without_room_goes_on_with_smaller_chunks() -> None:
    """The 16 channels of 50,000 images take 3 GB in every layer; within 4 GB in all a part of them passes at a time."""
    images = torch.zeros(50_000, 3, 32, 32)
    data = images, torch.zeros(len(images), dtype=torch.int64)
    options: dict[str, Any] = {"statistics": "fixed", "device": "cuda", "chunk": len(images), "dtype": torch.float32}
    net = landscape(resnet20(), nn.CrossEntropyLoss(), data, mode="eval", **options)
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, 4e9 / whole))
    try:
        with pytest.warns(UserWarning, match="the landscape goes on with"):
            assert np.isfinite(net.loss(net.parameters()))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_the_stand_in_sees_what_goes_wrong_on_a_gpu(far: str) -> None:
    there, here = torch.ones(3, device=far), torch.ones(3)
    with pytest.raises(RuntimeError, match="meets tensors of two devices"):
        there.add(here)
    with pytest.raises(RuntimeError, match="meets tensors of two devices"):
        here.index_select(0, there.long())
    with pytest.raises(RuntimeError, match="generator of the host"):
        torch.randn(3, device=far, generator=torch.Generator().manual_seed(0))
    with pytest.raises((RuntimeError, TypeError), match="numpy"):
        np.asarray(there)
    assert float((there + 1).sum()) == 6.0
    assert to_numpy(there).tolist() == here.tolist()
    assert nn.Linear(3, 2).to(far).weight.device == there.device
