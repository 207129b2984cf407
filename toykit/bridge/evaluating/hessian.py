"""Products with the Hessian of a torch landscape: the gradient's graph is built once and kept for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from toykit.arrays import like
from toykit.bridge.evaluating.precision import full_precision
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.curvature.lanczos import MOST, Eigenpairs, top_eigenpairs
from toykit.parameters import Parameters
from toykit.seeds import generator


class Hessian:
    """v -> H(theta) v for flat vectors v (p,), by a second backward pass through the kept graph of grad L.

    All data pass at once, and their features stay in memory as long as this object lives.
    """

    @full_precision()
    def __init__(self, landscape: TorchLandscape, theta: Parameters) -> None:
        self._leaves = {name: array.requires_grad_() for name, array in landscape.parameters(theta).items()}
        self._sizes = [array.numel() for array in self._leaves.values()]
        with torch.enable_grad():
            mean = landscape._mean_of(landscape._network(self._leaves, slice(None)), slice(None))
            self._slopes = torch.autograd.grad(
                mean, list(self._leaves.values()), create_graph=True, allow_unused=True, materialize_grads=True
            )

    @property
    def size(self) -> int:
        """p, the number of scalars in theta."""
        return sum(self._sizes)

    @full_precision()
    def __call__(self, vector: Tensor) -> Tensor:
        """H v, shape (p,)."""
        arrays = list(self._leaves.values())
        parts = self.unflattened(vector).values()
        bent = [(slope, part) for slope, part in zip(self._slopes, parts, strict=True) if slope.requires_grad]
        if not bent:  # L is affine in theta
            return torch.zeros_like(vector)
        slopes, weights = zip(*bent, strict=True)
        found = torch.autograd.grad(slopes, arrays, weights, retain_graph=True, allow_unused=True, materialize_grads=True)
        return flat(found)

    def unflattened(self, vector: Tensor) -> Parameters:
        """A vector (p,) as parameters under the names of theta."""
        parts = torch.split(vector, self._sizes)
        return Parameters({name: part.view_as(array) for (name, array), part in zip(self._leaves.items(), parts, strict=True)})


def flat(arrays: Sequence[Tensor]) -> Tensor:
    """The arrays as one vector (p,)."""
    return torch.cat([array.reshape(-1) for array in arrays])


def top_hessian_eigenpairs(
    landscape: TorchLandscape, theta: Parameters, *, count: int = 1, relative: float = 1e-4, most: int = MOST
) -> Eigenpairs:
    """The `count` largest eigenvalues of H(theta), with residuals and whether they have converged.

    The start is a random direction that depends on p alone, so the same network gives the same numbers.
    """
    product = Hessian(landscape, theta)
    start = like(generator("hessian start", product.size).normal(size=product.size), landscape.inputs)
    return top_eigenpairs(product, start, count=count, relative=relative, most=most)
