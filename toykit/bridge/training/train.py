"""Training: a pure function of recipe, data and seed."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from toykit.bridge.evaluating.precision import full_precision
from toykit.bridge.landscapes.examples import device_named, examples
from toykit.bridge.training.augmentation import augmented
from toykit.bridge.training.evaluation import channels_last
from toykit.bridge.training.recipe import LOSSES, Recipe
from toykit.data import Data
from toykit.errors import InputError
from toykit.parameters import Parameters
from toykit.seeds import seed as stable_seed

Progress = Callable[[int, float], None]


class DivergedError(RuntimeError):
    """A training whose loss or parameters became NaN or infinite."""


class Trained(NamedTuple):
    """theta in float64, the mean training loss of the batches of each epoch, the network, and where it came from.

    theta has the parameters and, where there is batch normalisation, its running statistics; the network is in eval mode.
    """

    theta: Parameters
    history: tuple[float, ...]
    module: nn.Module
    seed: int


class Branched(NamedTuple):
    """Two trainings that share their first steps, and the point theta_0 where they part."""

    theta_0: Parameters
    a: Trained
    b: Trained
    step: int


@dataclass
class _Run:
    """A training in progress, which can be copied at any step."""

    recipe: Recipe
    inputs: Tensor
    targets: Tensor
    criterion: nn.Module
    module: nn.Module
    seed: int
    optimizer: torch.optim.Optimizer = field(init=False)
    draw: torch.Generator = field(init=False)
    order: list[Tensor] = field(default_factory=list)
    steps: int = 0
    losses: list[Tensor] = field(default_factory=list)
    history: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.optimizer = _optimizer(self.recipe, self.module)
        self.draw = torch.Generator().manual_seed(stable_seed("batches", self.seed))

    def branch(self, seed: int) -> _Run:
        """A copy at the same point with the same optimizer state, which draws its batches from a seed of its own."""
        twin = _Run(self.recipe, self.inputs, self.targets, self.criterion, copy.deepcopy(self.module), seed)
        twin.optimizer.load_state_dict(copy.deepcopy(self.optimizer.state_dict()))
        twin.steps, twin.losses, twin.history = self.steps, list(self.losses), list(self.history)
        return twin

    def advance(self, until: int, progress: Progress | None = None) -> None:
        """Train up to step `until`, counted from the start."""
        per_epoch = self.recipe.batches(len(self.inputs))
        total = self.recipe.epochs * per_epoch
        while self.steps < until:
            if self.recipe.schedule == "cosine":
                for group in self.optimizer.param_groups:
                    group["lr"] = self.recipe.learning_rate * (1 + math.cos(math.pi * self.steps / total)) / 2
            self._step()
            if self.steps % per_epoch == 0:
                self._close_epoch(progress)

    def trained(self) -> Trained:
        """The result.

        Raises:
            DivergedError: a parameter is not finite.

        """
        state = self.module.state_dict()  # without the counters of batch normalisation, which are no numbers to interpolate
        arrays = Parameters({name: array for name, array in state.items() if array.is_floating_point()})
        theta = arrays.map(lambda array: array.double().cpu().clone(memory_format=torch.contiguous_format))
        if not all(bool(torch.isfinite(array).all()) for array in theta.values()):
            raise self._diverged("its parameters")
        return Trained(theta, tuple(self.history), self.module.eval(), self.seed)

    def _step(self) -> None:
        rows = self._batch()
        inputs, targets = (self.inputs, self.targets) if rows is None else (self.inputs[rows], self.targets[rows])
        inputs = channels_last(augmented(inputs, self.draw) if self.recipe.augment else inputs)
        self.optimizer.zero_grad()
        with full_precision():
            loss: Tensor = self.criterion(self.module(inputs), targets)
            torch.autograd.backward(loss)
        self.optimizer.step()
        self.losses.append(loss.detach())
        self.steps += 1

    def _batch(self) -> Tensor | None:
        if self.recipe.batch_size is None:
            return None
        if not self.order:
            shuffled = torch.randperm(len(self.inputs), generator=self.draw).to(self.inputs.device)
            self.order = list(torch.split(shuffled, self.recipe.batch_size))
        return self.order.pop(0)

    def _close_epoch(self, progress: Progress | None) -> None:
        mean = float(torch.stack(self.losses).mean())
        self.losses.clear()
        if not math.isfinite(mean):
            raise self._diverged(f"the loss {mean}")
        self.history.append(mean)
        if progress is not None:
            progress(len(self.history), mean)

    def _diverged(self, what: str) -> DivergedError:
        last = f"{self.history[-1]:.6g}" if self.history else "none"
        return DivergedError(
            f"a training stays finite; {what} of seed {self.seed} did not in epoch {len(self.history) + 1} (loss of the last "
            f"finite epoch: {last}) at the learning rate {self.recipe.learning_rate}; lower it"
        )


def train(
    recipe: Recipe, data: Data, seed: int, *, device: str | torch.device = "cpu", progress: Progress | None = None
) -> Trained:
    """The network of the recipe trained from the seed; the same seed gives the same bits on the same machine and threads.

    `progress(epoch, loss)` is called after every epoch. Raises `DivergedError` instead of returning NaN.
    """
    run = _start(recipe, data, seed, device)
    run.advance(recipe.epochs * recipe.batches(data.count), progress)
    return run.trained()


def train_branched(
    recipe: Recipe,
    data: Data,
    trunk_seed: int,
    step: int,
    seeds: Sequence[int],
    *,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
) -> Branched:
    """A trunk of `step` steps, then two copies with batches of their own, each trained to the full length of the recipe.

    Raises:
        InputError: the step is not within the recipe, the seeds are not two different ones, or every step sees all data.

    """
    total = recipe.epochs * recipe.batches(data.count)
    if not 0 <= step <= total:
        raise InputError(f"a trunk has between 0 and {total} steps here; got {step}; an epoch is {recipe.batches(data.count)}")
    if len(seeds) != 2 or seeds[0] == seeds[1]:
        raise InputError(f"two branches have two different seeds; got {tuple(seeds)}; change one")
    if recipe.batch_size is None:
        raise InputError("branches differ by the order of their batches; got batch_size=None, one batch of all data; set a size")
    trunk = _start(recipe, data, trunk_seed, device)
    trunk.advance(step, progress)
    branches = [trunk.branch(number) for number in seeds]
    for branch in branches:
        branch.advance(total, progress)
    return Branched(trunk.trained().theta, branches[0].trained(), branches[1].trained(), step)


def _start(recipe: Recipe, data: Data, seed: int, device: str | torch.device) -> _Run:
    where = device_named(device)
    given = examples(data, where, getattr(torch, recipe.precision))
    targets = given.targets
    if recipe.loss == "squared" and data.classes is not None:
        targets = nn.functional.one_hot(targets, data.classes).to(given.inputs.dtype)
    if recipe.augment and given.inputs.ndim != 4:
        raise InputError(f"images (c, h, w) are shifted and mirrored; got examples of shape {data.shape}; say augment=False")
    return _Run(recipe, given.inputs, targets, LOSSES[recipe.loss](), recipe.module(data, seed).to(where).train(), seed)


def _optimizer(recipe: Recipe, module: nn.Module) -> torch.optim.Optimizer:
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            module.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay
        )
    return torch.optim.AdamW(module.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
