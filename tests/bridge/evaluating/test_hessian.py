"""Hessian products of torch against the toys' quadratic forms, and their top eigenvalues against dense ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import LayeredTorch, TorchLandscape, from_toy, mlp, translated
from toykit.bridge.evaluating.hessian import Hessian, top_hessian_eigenpairs
from toykit.bridge.evaluating.jets import backward_jet
from toykit.data import gaussian_clusters
from toykit.landscape import Floats
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import SOLVED, TORCH32, TORCH64


def dense(net: MLP, theta: Parameters) -> Floats:
    """H from the toy's quadratic forms by polarisation: 2 H_ij = (e_i + e_j)^T H (e_i + e_j) - H_ii - H_jj."""
    flat = np.eye(theta.count)

    def parameters(vector: Floats) -> Parameters:
        arrays, at = {}, 0
        for name, array in theta.items():
            arrays[name] = vector[at : at + array.size].reshape(array.shape)
            at += array.size
        return Parameters(arrays)

    diagonal = np.array([net.curvature(theta, parameters(e)) for e in flat])
    found = np.diag(diagonal)
    for i in range(len(flat)):
        for j in range(i):
            both = net.curvature(theta, parameters(flat[i] + flat[j]))
            found[i, j] = found[j, i] = (both - diagonal[i] - diagonal[j]) / 2
    return found


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredLoss()], ids=["cross-entropy", "squared"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_products_and_eigenvalues_of_a_toy(activation: str, loss: CrossEntropy | SquaredLoss, device: str) -> None:
    net = MLP((5, 4, 3), activation, loss, gaussian_clusters())
    theta = net.draw(generator("hessian test", 0))
    twin = from_toy(net, device=device)
    point, exact = translated(theta, net, twin), dense(net, theta)
    product = Hessian(twin, point)
    columns = torch.stack([product(e) for e in torch.eye(product.size, dtype=torch.float64, device=device)])
    assert np.allclose(columns.cpu().numpy(), exact, atol=TORCH64 * np.abs(exact).max())
    found = top_hessian_eigenpairs(twin, point, count=2, relative=SOLVED)
    assert found.converged
    assert np.allclose(found.values, np.linalg.eigvalsh(exact)[::-1][:2], atol=10 * SOLVED * np.abs(exact).max())
    direction = product.unflattened(found.vectors[0])
    assert twin.curvature(point, direction) == pytest.approx(found.values[0], rel=SOLVED)


def test_float32_converges_to_its_precision() -> None:
    net = MLP((5, 8, 3), "tanh", CrossEntropy(), gaussian_clusters())
    theta = net.draw(generator("hessian test", 1))
    values = []
    for dtype in (torch.float32, torch.float64):
        twin = from_toy(net, dtype=dtype)
        found = top_hessian_eigenpairs(twin, translated(theta, net, twin))
        assert found.converged
        values.append(found.values[0])
    assert values[0] == pytest.approx(values[1], rel=1e-4 + TORCH32)


def test_the_kept_graph_gives_what_a_fresh_one_gives() -> None:
    module = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2)).eval()
    inputs = torch.randn((30, 3), generator=torch.Generator().manual_seed(1))
    landscape = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, torch.arange(30) % 2), statistics="fixed")
    theta = landscape.parameters()
    product, whole = Hessian(landscape, theta), slice(None)

    def mean(point: Mapping[str, Tensor]) -> Tensor:
        return landscape._mean_of(landscape._network(point, whole), whole)

    for number in range(3):
        vector = torch.from_numpy(generator("kept graph", number).normal(size=product.size))
        fresh = backward_jet(mean, theta, product.unflattened(vector))
        assert float(vector @ product(vector)) == pytest.approx(float(fresh.second), rel=TORCH64)


def test_an_affine_loss_has_no_curvature() -> None:
    module = mlp((2, 1))
    data = (torch.ones((4, 2)), torch.zeros((4, 1)))
    landscape = LayeredTorch(module, lambda outputs, targets: (outputs - targets).mean(), data)
    found = top_hessian_eigenpairs(landscape, landscape.parameters())
    assert (found.values[0], found.converged) == (0.0, True)
