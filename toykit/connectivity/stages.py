"""The sub-networks of both endpoints: for every layer the best of several seeded halves, with the word it earns and its cost.

The stages are independent: 2(L-1) of them, one small problem each, in this process or in several. Kept features that a
read-out separates are certified before anything is trained; else a small network is trained down to the target loss.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.above import carried, evaluated, features64, fitted_maps, outputs_of, read_out
from toykit.connectivity.factories import AffinePiece, affine_piece, pass_through
from toykit.connectivity.readouts import Readout, margins
from toykit.connectivity.rebuilding import best_readout, fitted
from toykit.connectivity.separability import quick_margins, scale, separator
from toykit.connectivity.separable import WORDS
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.task import Channels, Task
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Activation, Channelled, Feedforward, Pair
from toykit.parameters import Parameters
from toykit.runs import one_thread
from toykit.seeds import seed

HEAVIEST = 1e6
"""Largest entry of a certified read-out: beyond it the constant segments drift visibly."""

FINALISTS = 3
"""Of the drawn halves so many are worked out, best least-squares margin first, until one reaches the target."""


Place = tuple[str, int]
"""Endpoint "a" or "b", and hidden layer."""


@dataclass(frozen=True)
class Stage:
    """S_l with its loss Phi_l and word, the draw it comes from, and the losses of the draws that were worked out.

    `evaluations` are the gradients of all examples that trainings took, or their epochs; `seconds` are those of its process.
    """

    small: Subnetwork
    loss: float
    word: str
    draw: int
    tried: Mapping[int, float]
    evaluations: int
    seconds: float


Trainer = Callable[[Task, Data, str], tuple[Subnetwork, int]]
"""Trains a small network on kept features, named by the last argument: S_l with `kept` still (0, 1, ..), and the gradients."""


def trained_by_lbfgs(task: Task, data: Data, name: str) -> tuple[Subnetwork, int]:
    """floor(n_p/2) units in every layer above, L-BFGS on all examples down to the target; `kept` are numbered from 0."""
    widths = [max(1, width // 2) for width in task.above]
    if task.channels is not None and task.convolutional:
        own, maps = task.channels, data.inputs.reshape(-1, *data.shape)
        found = fitted_maps(own.network, own.layers, task.layer, maps, widths, name, steps=400, target=task.target)
        return Subnetwork(task.layer, tuple(range(data.shape[0])), found.weights, found.biases, "trained"), found.evaluations
    found = fitted(data, widths, task.activation, task.biased, name, steps=400, target=task.target)
    return Subnetwork(task.layer, tuple(range(data.width)), found.weights, found.biases, "trained"), found.evaluations


def solve(task: Task, trainer: Trainer = trained_by_lbfgs) -> Stage:
    """The best of the drawn halves: separable with a bounded loss if one is, else the lowest loss that was reached."""
    started = time.perf_counter()
    halves, order = task.halves(), _ranked(task)
    tried, best, work, certified = dict[int, float](), dict[int, Subnetwork](), 0, False
    for draw in order[:FINALISTS]:
        proof = _separated(task, halves[draw])
        if proof is not None:
            best, tried, certified = {draw: proof}, {draw: _loss(task, proof)}, True
            break
    if not certified:
        for draw in order[:FINALISTS]:
            best[draw], more = _worked_out(task, halves[draw], f"{task.name}/{draw}", trainer)
            tried[draw], work = _loss(task, best[draw]), work + more
            if task.reached(tried[draw]):
                break
    draw = min(tried, key=lambda number: tried[number])
    # the loss that counts is the measured one: rounding at huge weights must not be certified away
    word = WORDS[2] if not task.reached(tried[draw]) else WORDS[0] if certified else WORDS[1]
    spent = time.perf_counter() - started
    small = replace(best[draw], seed=seed(task.name, draw) if draw else None)
    return Stage(small, tried[draw], word, draw, tried, work, spent)


@dataclass(frozen=True)
class Tasks(Mapping[Place, Task]):
    """The tasks of a pair by (endpoint, layer), each made when it is asked for: the features of all layers fill a memory."""

    network: Feedforward
    ends: Mapping[str, Parameters]
    target: float
    draws: int
    name: str

    def __getitem__(self, place: Place) -> Task:
        endpoint, layer = place
        network, layers = self.network, Layers.of(self.network, self.ends[endpoint])
        targets, known = to_numpy(network.targets), network.activation
        features = features64(network, self.ends[endpoint], layer)
        channels = None
        if isinstance(network, Channelled):
            channels = Channels(network, layers, carried(network, layers, layer, features))
        classes = layers.sizes[-1] if targets.ndim == 1 else None
        return Task(
            Data(features, targets, classes, f"features of layer {layer}, endpoint {endpoint}"),
            layer,
            tuple(network.widths[layer:]),
            # without the functions of a NumPy activation, which do not travel to another process
            Activation(known.name, known.smooth, known.analytic, known.piecewise_linear, known.negative_slope),
            layers.biased,
            layers.biases[-1] is not None,
            network.traits.factor,
            self.target,
            self.draws,
            f"{self.name}/{endpoint}/{layer}",
            channels,
        )

    def __iter__(self) -> Iterator[Place]:
        return ((endpoint, layer) for endpoint in self.ends for layer in range(1, self.network.depth))

    def __len__(self) -> int:
        return len(self.ends) * (self.network.depth - 1)


def tasks(pair: Pair, *, draws: int, name: str, target: float | None = None) -> Tasks:
    """One task per endpoint and hidden layer; the target is by default the loss of the worse endpoint.

    Raises:
        InputError: the landscape is no chain of dense layers or convolutions, or its loss is neither cross-entropy nor squared.

    """
    network = pair.landscape
    Layers.of(network, pair.theta_a)
    if not isinstance(network, Feedforward) or (network.traits.factor is None and network.traits.loss != "cross-entropy"):
        raise InputError(
            f"small networks are trained for cross-entropy or squared loss; got {network.traits.loss}; give your own to build"
        )
    ends = {"a": pair.theta_a, "b": pair.theta_b}
    worse = max(network.loss(theta) for theta in ends.values())
    return Tasks(network, ends, worse if target is None else target, draws, name)


def solve_all(given: Mapping[Place, Task], jobs: int = 1, trainer: Trainer = trained_by_lbfgs) -> dict[Place, Stage]:
    """Every stage, in `jobs` processes of one thread each; the result does not depend on how many.

    Starting a process takes seconds: it pays where small networks are trained, not where read-outs suffice.
    """
    if jobs == 1:
        return {place: solve(given[place], trainer) for place in given}
    waiting, running, found = list(given), dict[Future[Stage], Place](), dict[Place, Stage]()
    with one_thread(), ProcessPoolExecutor(min(jobs, len(given)), multiprocessing.get_context("spawn")) as pool:
        # lowest layers first, whose networks are the deepest, and one task per process under way beside those that work
        waiting.sort(key=lambda place: place[1])
        while waiting or running:
            while waiting and len(running) < 2 * jobs:
                place = waiting.pop(0)
                running[pool.submit(solve, given[place], trainer)] = place
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                found[running.pop(future)] = future.result()
    return {place: found[place] for place in given}


def weakest(stages: Sequence[Stage]) -> str:
    """The word of a path: that of its weakest stage."""
    return max((stage.word for stage in stages), key=WORDS.index)


def passes(stage: Stage, parameters: int) -> float:
    """What the stage cost in forward passes of a network of p parameters: three per gradient, by the share of parameters."""
    own = sum(weight.size for weight in stage.small.weights) + sum(bias.size for bias in stage.small.biases)
    return 3 * stage.evaluations * own / parameters


def _ranked(task: Task) -> list[int]:
    """The draws by the smallest margin of their least-squares read-outs; as they come where there are no classes."""
    numbers, data, classes = list(range(task.draws)), task.data, task.data.classes
    if classes is None:
        return numbers
    quick = quick_margins(task.flat, data.targets, classes, [tuple(task.columns(kept)) for kept in task.halves()])
    return sorted(numbers, key=lambda i: -quick[i])


def _room(task: Task, kept: tuple[int, ...]) -> bool:
    """Whether K logits fit beside halves into the dense layers above, and the kept channels into the convolutions."""
    kernels = {} if task.channels is None else task.channels.layers.kernels
    above = dict(enumerate(task.above, start=task.layer + 1))
    return all(len(kept) <= width // 2 if p in kernels else 2 * task.outputs <= width for p, width in above.items())


def _separated(task: Task, kept: tuple[int, ...]) -> Subnetwork | None:
    """The read-out of separable features at the scale that bounds its loss by the target; None where it is out of reach."""
    classes, piece = task.data.classes, affine_piece(task.activation)
    passable = not task.above or (piece is not None and task.biased and _room(task, kept))
    if classes is None or task.target <= 0 or not passable or not task.last_biased:
        return None
    features = task.flat[:, task.columns(kept)]
    found = separator(features, task.data.targets, classes)
    if found is None or float(margins(found.readout.outputs(features), task.data.targets).min()) <= 0:
        return None
    small = _passed(task, kept, found.readout, piece, scale(classes, task.target, found.margin))
    heaviest = max(float(np.abs(array).max()) for array in (*small.weights, *small.biases))
    return small if heaviest <= HEAVIEST else None


def _passed(task: Task, kept: tuple[int, ...], readout: Readout, piece: AffinePiece | None, factor: float = 1.0) -> Subnetwork:
    if task.channels is None:
        return pass_through(task.layer, kept, task.depth, readout, task.flat, piece, factor)
    return read_out(task.channels.layers, task.layer, kept, readout, task.flat, piece, factor)


def _worked_out(task: Task, kept: tuple[int, ...], name: str, trainer: Trainer) -> tuple[Subnetwork, int]:
    chosen = task.chosen(kept)
    if not task.above:
        return _passed(task, kept, best_readout(chosen.inputs, chosen, task.last_biased), None), 0
    small, work = trainer(task, chosen, name)
    return replace(small, kept=kept), work


def _loss(task: Task, small: Subnetwork) -> float:
    """Phi_l on all examples, evaluated anew."""
    if task.channels is None:
        outputs = small.outputs(task.flat, evaluated(task.activation).value)
    else:
        outputs = outputs_of(task.channels.network, small, task.features)
    return task.loss.value(outputs, task.data.targets)
