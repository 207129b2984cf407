"""The 25-point loss curve between two digits networks 64-W-W-10, float32, one thread: how close is it to pure arithmetic?

The floor is the arithmetic of the curve, first layer twice and all others 25 times, at the rate of the hidden layer's
matrix product, measured in the same run. "And element-wise passes" is the least that separate operations can do: the
products on aligned rows, one pass for the position and the first activation, one for the second activation; "and losses"
adds the difference to the label's output, its exponential and their sum. No arrangement of separate operations that was
tried is faster, so at W = 64 this row is what the profile can be compared with.
Run it by `python -m experiments.benchmarks.profile_speed`.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from toykit import tolerances
from toykit.bridge import LayeredTorch, Recipe, TorchLandscape, digits, train
from toykit.bridge.evaluating.columns import aligned, carved
from toykit.chord import grid
from toykit.landscape import Floats
from toykit.parameters import Parameters, chord_point

WIDTHS = (64, 512)
REPEATS = {64: 200, 512: 15}
BATCH = 128


def curve_by_loader(module: nn.Module, theta_a: Parameters, theta_b: Parameters, ts: Floats, data: TensorDataset) -> Floats:
    """The usual script: for every position load the interpolated weights, then run over a DataLoader."""
    model, values = copy.deepcopy(module).eval(), []
    for t in ts:
        model.load_state_dict(dict(chord_point(theta_a, theta_b, float(t))))
        total = 0.0
        with torch.no_grad():
            for inputs, targets in DataLoader(data, batch_size=BATCH):
                total += nn.functional.cross_entropy(model(inputs), targets, reduction="sum").item()
        values.append(total / len(data))
    return np.array(values)


def fastest(tasks: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """CPU seconds of each task, the best of several rounds in which the tasks take turns, so that all meet the same machine."""
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(repeats):
        for name, task in tasks.items():
            started = time.process_time()
            task()
            best[name] = min(best[name], time.process_time() - started)
    return best


def measure(width: int, repeats: int) -> dict[str, float]:
    """CPU seconds of the floor and of every way to draw the curve, for hidden layers of `width` units."""
    data = digits("train")
    recipe = Recipe(widths=(width, width), epochs=60 if width < 256 else 5)
    trained = [train(recipe, data, seed) for seed in (1, 2)]
    landscape = LayeredTorch(trained[0].module, nn.CrossEntropyLoss(), data, dtype=torch.float32)
    a, b = (landscape.parameters(found.theta) for found in trained)
    ts, set_ = grid(25), TensorDataset(landscape.inputs, landscape.targets)
    draw = torch.Generator().manual_seed(0)
    square = torch.randn((width, width), generator=draw) / width**0.5
    features = torch.randn((width, data.count), generator=draw)
    room, room_out = torch.empty_like(features), torch.empty((10, data.count))
    shapes = [*[(width, aligned(data.count))] * 4, (len(ts), 10, aligned(data.count))]
    start, step, entered, above, outputs = (
        piece[..., : data.count].normal_(generator=draw) for piece in carved(features, shapes)
    )
    first, last = torch.randn((width, 64), generator=draw), torch.randn((10, width), generator=draw) / width
    columns = landscape.inputs.T.contiguous()

    def hidden_products() -> None:
        for _ in ts:
            torch.mm(square, features, out=room)

    def products() -> None:
        for _ in range(2):
            torch.mm(first, columns, out=room)
        for _ in ts:
            torch.mm(square, features, out=room)
            torch.mm(last, features, out=room_out)

    def separate_operations(losses: bool) -> None:
        for weights in (first, first):
            torch.mm(weights, columns, out=room)
        for t, out in zip(ts.tolist(), outputs, strict=True):
            torch._add_relu(start, step, alpha=t, out=entered)
            torch.mm(square, entered, out=above).relu_()
            torch.mm(last, above, out=out)
        if losses:
            outputs.sub_(outputs[:, :1].clone()).exp_().sum(1).log1p_().sum(1, dtype=torch.float64)

    tasks: dict[str, Callable[[], object]] = {
        "hidden products": hidden_products,
        "matrix products only": products,
        "and element-wise passes": lambda: separate_operations(losses=False),
        "and losses": lambda: separate_operations(losses=True),
        "our profile": lambda: landscape.profile(a, b, ts),
        "plain loop": lambda: TorchLandscape.profile(landscape, a, b, ts),
        "DataLoader loop": lambda: curve_by_loader(trained[0].module, a, b, ts, set_),
    }
    expected = TorchLandscape.profile(landscape, a, b, ts)
    for curve in (landscape.profile(a, b, ts), curve_by_loader(trained[0].module, a, b, ts, set_)):
        if not np.allclose(curve, expected, rtol=tolerances.TORCH32):
            raise RuntimeError(f"all ways give one curve; two differ by {abs(curve - expected).max():.3g} at W = {width}")
    found = fastest(tasks, repeats)
    operations = 2 * 64 * width + len(ts) * (width + 10) * width
    return {"floor": found.pop("hidden products") * operations / (len(ts) * width**2), **found}


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; the argument --quick takes a tenth of the repeats."""
    torch.set_num_threads(1)
    print("25-point curve, digits 64-W-W-10, 1,437 rows, float32, one thread: CPU ms (ratio to the floor)")
    for width in WIDTHS:
        found = measure(width, max(2, REPEATS[width] // (10 if "--quick" in arguments else 1)))
        shown = (f"{name} {1e3 * seconds:.2f} ({seconds / found['floor']:.2f})" for name, seconds in found.items())
        print(f"W = {width}: " + ", ".join(shown), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
