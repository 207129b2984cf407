"""A 25-point loss curve and 1,000 random combinations of two digits networks 64-W-W-10, float32, on a GPU or a CPU.

Every row is wall-clock time, the device finished with its work; then how many times faster than the plain loop, which loads
the weights of one point after the other into the module; then the multiple of the time that the arithmetic of its matrix
products would take at the device's rate, measured in the same run on a large product. Points that pass together are what
`points_at_once` means; on a CPU, where the rule is one by one, some are made to pass together so that the price is seen.
Run it by `python -m experiments.benchmarks.gpu_speed`, on a machine without a GPU with `--device cpu`; `--quick` is shorter.
"""

from __future__ import annotations

import copy
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from experiments.benchmarks.profile_speed import WIDTHS
from toykit import tolerances
from toykit.bridge import LayeredTorch, Recipe, TorchLandscape, digits, train
from toykit.chord import grid
from toykit.combining import Mixing, mixing, sample
from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.parameters import Parameters, chord_point

POINTS, DRAWS = 25, 1000
TOGETHER_ON_CPU = 8
SQUARE = {"cuda": 8192, "cpu": 1024}
"""The side of the product that the rate is measured on."""


@dataclass(frozen=True)
class Row:
    """Seconds of one way to do a task, and the arithmetic of its matrix products."""

    way: str
    seconds: float
    operations: float


def named(device: str) -> str:
    """The device as its maker calls it.

    Raises:
        InputError: it is not here.

    """
    if device == "cpu":
        return f"CPU {platform.machine()}, {torch.get_num_threads()} thread: not a GPU"
    if device != "cuda" or not torch.cuda.is_available():
        raise InputError(f"a device is cuda, where torch sees one, or cpu; got {device!r}; add --device cpu")
    return torch.cuda.get_device_name()


def fastest(task: Callable[[], object], repeats: int, device: str) -> float:
    """Seconds of the best of several runs after one that warms up, each until the device has finished."""

    def finished() -> float:
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    best = float("inf")
    for number in range(repeats + 1):
        started = finished()
        task()
        best = min(best, finished() - started) if number else best
    return best


def rate(device: str, repeats: int) -> float:
    """Operations per second of a large matrix product in float32."""
    side = SQUARE[device]
    left, right = (torch.randn(side, side, generator=torch.Generator().manual_seed(k)).to(device) for k in range(2))
    return 2 * side**3 / fastest(lambda: left @ right, repeats, device)


def plain(landscape: TorchLandscape, module: nn.Module, points: Callable[[], Sequence[Parameters]]) -> Floats:
    """The usual script: load a point, pass all data, take the mean, ask for its value."""
    model, values = copy.deepcopy(module).to(landscape.device).eval(), []
    with torch.no_grad():
        for theta in points():
            model.load_state_dict(dict(theta))
            values.append(nn.functional.cross_entropy(model(landscape.inputs), landscape.targets).item())
    return np.array(values)


def measure(width: int, device: str, repeats: int, draws: int) -> dict[str, list[Row]]:
    """The rows of the curve and of `draws` combinations, uniform per element, for hidden layers of `width` units."""
    data = digits("train")
    trained = [train(Recipe(widths=(width, width), epochs=2), data, seed) for seed in (1, 2)]
    module = trained[0].module.float()

    def made(at_once: int | None) -> LayeredTorch:
        return LayeredTorch(module, nn.CrossEntropyLoss(), data, device=device, dtype=torch.float32, points_at_once=at_once)

    single, several = made(1), made(TOGETHER_ON_CPU if device == "cpu" else None)
    a, b = (single.parameters(found.theta) for found in trained)
    mixed = {net: mixing(Pair(net, a, b), "uniform", "element") for net in (single, several)}
    ts, together = grid(POINTS), f"{several.points_at_once} together"

    def combinations(law: Mixing) -> list[Parameters]:
        return [law.centre + sign * law.step(xi) for xi in law.deviations(draws // 2) for sign in (1.0, -1.0)]

    tasks: dict[str, dict[str, Callable[[], Floats]]] = {
        f"{POINTS}-point curve": {
            "plain loop": lambda: plain(single, module, lambda: [chord_point(a, b, float(t)) for t in ts]),
            "one by one": lambda: TorchLandscape.profile(single, a, b, ts),
            together: lambda: TorchLandscape.profile(several, a, b, ts),
            "dense profile": lambda: single.profile(a, b, ts),
        },
        f"{draws} draws": {
            "plain loop": lambda: plain(single, module, lambda: combinations(mixed[single])),
            "one by one": lambda: sample(mixed[single], draws // 2).losses.ravel(),
            together: lambda: sample(mixed[several], draws // 2).losses.ravel(),
        },
    }
    per_point = 2.0 * data.count * width * (64 + width + 10)
    found: dict[str, list[Row]] = {}
    for (task, ways), points in zip(tasks.items(), (POINTS, draws), strict=True):
        expected = ways["plain loop"]()
        for way, run in ways.items():
            if not np.allclose(run(), expected, rtol=tolerances.TORCH32):
                raise RuntimeError(f"all ways give the same losses; {way!r} gives others at W = {width}")
        found[task] = [Row(way, fastest(run, repeats, device), points * per_point) for way, run in ways.items()]
    return found


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; arguments: --device cuda (the default) or cpu, --quick for one repeat and a tenth of the draws.

    Raises:
        SystemExit: the device is not here.

    """
    torch.set_num_threads(1)
    device = arguments[arguments.index("--device") + 1] if "--device" in arguments else "cuda"
    quick = "--quick" in arguments
    try:
        print(f"device: {named(device)}", flush=True)
    except InputError as error:
        raise SystemExit(str(error)) from None
    repeats, draws = (1, DRAWS // 10) if quick else (10, DRAWS)
    speed = rate(device, repeats)
    print(f"matrix product {SQUARE[device]} x {SQUARE[device]}, float32: {speed / 1e9:.0f} G operations/s", flush=True)
    for width in WIDTHS[:1] if quick else WIDTHS:
        for task, rows in measure(width, device, repeats, draws).items():
            print(f"W = {width}, {task}: ms (times faster than the plain loop; multiple of the arithmetic at that rate)")
            for row in rows:
                gain, multiple = rows[0].seconds / row.seconds, row.seconds * speed / row.operations
                print(f"  {row.way:14} {1e3 * row.seconds:9.2f} ({gain:.2f}; {multiple:.1f})", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
