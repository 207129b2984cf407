"""The largest Hessian eigenvalue of a digits network 64-W-W-10 to 1e-4, float32, one thread, CPU seconds.

"Eight steps" is what the products of eight Lanczos steps cost at least: two gradients each. The naive twin is the power
method with a fresh double backward pass per product, stopped when the Rayleigh quotient moves by less than the tolerance.
Run it by `python -m experiments.benchmarks.eigenvalue_speed`, with `--quick` for fewer repeats.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import torch
from torch import nn

from experiments.benchmarks.profile_speed import WIDTHS, fastest
from toykit.arrays import like
from toykit.bridge import LayeredTorch, Recipe, digits, train
from toykit.bridge.evaluating.hessian import Hessian, top_hessian_eigenpairs
from toykit.parameters import Parameters
from toykit.seeds import generator

REPEATS = {64: 10, 512: 2}
RELATIVE = 1e-4
STEPS = 8
MOST = 200


def power_method(landscape: LayeredTorch, theta: Parameters) -> tuple[float, int]:
    """The Rayleigh quotient of the power method and its number of products, each with a graph of its own."""
    vector = like(generator("power method", 0).normal(size=theta.count), landscape.inputs)
    before = 0.0
    for step in range(1, MOST + 1):
        vector = vector / vector.norm()
        image = Hessian(landscape, theta)(vector)
        value = float(vector @ image)
        if abs(value - before) <= RELATIVE * abs(value):
            return value, step
        before, vector = value, image
    return before, MOST


def measure(width: int, repeats: int) -> str:
    """One line of the table, after the two methods have been compared in float64."""
    data = digits("train")
    trained = train(Recipe(widths=(width, width), epochs=60 if width < 256 else 5), data, 1)
    landscape = LayeredTorch(trained.module, nn.CrossEntropyLoss(), data, dtype=torch.float32)
    precise = LayeredTorch(trained.module, nn.CrossEntropyLoss(), data)
    theta = landscape.parameters(trained.theta)
    found = top_hessian_eigenpairs(landscape, theta, relative=RELATIVE)
    naive, products = power_method(landscape, theta)
    exact = float(top_hessian_eigenpairs(precise, precise.parameters(trained.theta), relative=RELATIVE**2).values[0])
    tasks: dict[str, Callable[[], object]] = {
        "gradient": lambda: landscape.gradient(theta),
        "ours": lambda: top_hessian_eigenpairs(landscape, theta, relative=RELATIVE),
        "power": lambda: power_method(landscape, theta),
    }
    seconds = fastest(tasks, repeats)
    return (
        f"W = {width}: gradient {seconds['gradient']:.4f}, {STEPS} steps {2 * STEPS * seconds['gradient']:.4f}; "
        f"Lanczos {seconds['ours']:.4f} in {found.steps} steps, {'' if found.converged else 'not '}converged, residual "
        f"{found.residuals[0]:.2g}, error {abs(found.values[0] - exact):.1g} of {exact:.5g}; "
        f"power method {seconds['power']:.4f} in {products} products, error {abs(naive - exact):.1g}"
    )


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print("largest Hessian eigenvalue, digits 64-W-W-10, 1,437 rows, float32, one thread: CPU seconds")
    for width in WIDTHS:
        print(measure(width, 1 if "--quick" in arguments else REPEATS[width]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
