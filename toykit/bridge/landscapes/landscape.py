"""The mean loss of any torch module on fixed data as a function of its parameters."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Self

import torch
from torch import Tensor, nn
from torch.func import functional_call

from toykit import tolerances
from toykit.bridge.certified import GraphChord, graph_chord
from toykit.bridge.evaluating.batched import together
from toykit.bridge.evaluating.jets import TensorJet, backward_jet, composed, forward_jet, forward_mode_is_right
from toykit.bridge.evaluating.memory import within_memory
from toykit.bridge.evaluating.precision import full_precision
from toykit.bridge.evaluating.remembered import Remembered, remembered
from toykit.bridge.landscapes.criterion import Criterion, MeanLoss, criterion, fitted_targets
from toykit.bridge.landscapes.examples import Examples, device_named, examples, tensor
from toykit.bridge.landscapes.prepared import PROBE, Mode, arrays, deterministic, prepared, state
from toykit.bridge.landscapes.refusals import Unlayered
from toykit.bridge.landscapes.smoothness import smoothness
from toykit.bridge.landscapes.statistics import Statistics, has_reset_statistics, reset_statistics
from toykit.bridge.state import require_finite, require_shapes, require_state
from toykit.errors import InputError
from toykit.landscape import Floats, Jet, Traits
from toykit.losses import Loss
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator


class TorchLandscape(Unlayered):
    """L(theta) = mean_i l(module(x_i; theta), y_i), for a torch module, a loss that takes the mean, and fixed data.

    `data` are a pair of tensors, a DataLoader (read once, in order) or `toykit.data.Data`. The module is copied: neither it
    nor any global state is changed. `mode`, `statistics` (of batch normalisation) and `dtype` are decided here, once.
    `chunk` examples pass through the module at a time, fewer where memory runs out; the loss always sees all outputs, so
    chunks change no formula. `points_at_once` points pass together (see `toykit.bridge.evaluating.batched`; by default as
    the device likes).

    Raises:
        InputError: device, data, mode or loss break a rule; the sentence says which.

    """

    def __init__(
        self,
        module: nn.Module,
        loss: MeanLoss | nn.Module | Criterion | Loss,
        data: object,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float64,
        mode: Mode | None = None,
        statistics: Statistics | None = None,
        convex_in_outputs: bool | None = None,
        chunk: int = 2048,
        points_at_once: int | None = None,
    ) -> None:
        if not dtype.is_floating_point:
            raise InputError(f"a landscape computes in a floating dtype; got {dtype}; use torch.float64")
        self.device, self.dtype = device_named(device), dtype
        own = copy.deepcopy(loss).to(device=self.device, dtype=dtype) if isinstance(loss, nn.Module) else loss
        self.criterion = criterion(own, convex_in_outputs)
        self.data: Examples = examples(data, self.device, dtype)
        self._module = prepared(module, self.device, dtype, mode, statistics)
        self._chunk = self.count if has_reset_statistics(self._module) else chunk
        self._start = Parameters(arrays(self._module))
        probe = deterministic(self._module, self.data.inputs[:PROBE])
        self._fitted = fitted_targets(self.criterion, self.data, probe)
        self._forward_mode: bool | None = None
        self._remembered: Remembered | None = None
        self._together = together(self.loss, self._network, self._mean_of, self._chunks, self._start, points_at_once)
        found = smoothness(self._module)
        self._traits = Traits(
            smooth=found.smooth and self.criterion.smooth,
            analytic=found.analytic and self.criterion.analytic,
            convex_in_outputs=self.criterion.convex,
            nonnegative=self.criterion.nonnegative,
            chance=self.criterion.chance(self._fitted),
            loss=self.criterion.name,
            factor=self.criterion.scale(probe[0].numel()),
            precision=str(dtype).removeprefix("torch."),
            notes=found.notes,
        )

    @property
    def count(self) -> int:
        """n, the number of examples."""
        return len(self.data.inputs)

    @property
    def inputs(self) -> Tensor:
        """X, shape (n, ...), on the device and in the dtype of the landscape."""
        return self.data.inputs

    @property
    def targets(self) -> Tensor:
        """Class indices (n,) or target vectors (n, k)."""
        return self.data.targets

    @property
    def points_at_once(self) -> int:
        """How many points pass through the module together in `losses` and `profile`."""
        return self._together.count

    @property
    def traits(self) -> Traits:
        """What follows from the parts of the module, the loss and the data."""
        return self._traits

    def parameters(self, source: nn.Module | Mapping[str, Tensor] | None = None) -> Parameters:
        """theta of a module or state dict of this architecture; without one, of the module that was handed in.

        Raises:
            ShapeError: an array is missing, unknown or has another shape; the sentence lists all kinds.

        """
        given = self._start if source is None else state(source)
        shapes = {name: tuple(array.shape) for name, array in given.items()}
        require_state(shapes, self._start.shapes, "what was given", optional=self._module.state_dict())
        found = Parameters({name: given[name] for name in self._start if name in given})
        theta = self._point(found).map(torch.clone)
        theta.require_finite("the state dict")
        return theta

    def with_reset_statistics(self, theta: Parameters) -> Parameters:
        """theta with the running statistics of its batch normalisations estimated anew, at theta, on all data.

        Raises:
            InputError: theta has no running statistics, since nothing is normalised or they do not move.

        """
        own = copy.deepcopy(self._module)
        own.load_state_dict({**own.state_dict(), **self._point(theta)})
        found = reset_statistics(own, self.data.inputs)
        if not set(found) <= set(theta):
            raise InputError("statistics can be reset where they belong to theta; this landscape keeps them; use 'move'")
        return theta.replace(found)

    def loss(self, theta: Parameters) -> float:
        """L(theta)."""
        return self.loss_of_outputs(self.outputs(theta))

    def remember(self) -> Self:
        """The landscape itself, which from now on passes the data once through each point: many claims on one pair meet there."""
        self._remembered = self._remembered or Remembered()
        return self

    @remembered
    @within_memory
    def outputs(self, theta: Parameters) -> Tensor:
        """z(theta), shape (n, k)."""
        point = self._point(theta)
        with torch.no_grad():
            return torch.cat([self._network(point, rows) for rows in self._chunks()])

    def loss_of_outputs(self, outputs: Tensor) -> float:
        """mean_i l(z_i, y_i) of given outputs, shape (n, k)."""
        with torch.no_grad():
            return float(self.criterion(tensor(outputs, self.device, self.dtype), self._fitted))

    def error(self, theta: Parameters) -> float | None:
        """The fraction of examples whose largest output is not that of their class; None where the data have no classes."""
        if not self.data.labelled:
            return None
        return float((self.outputs(theta).argmax(1) != self.targets).double().mean())

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points, shape (g,)."""
        return self._together.losses(thetas)

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) = L(theta_t) at the positions ts, shape (g,)."""
        return self._together.profile(self._point(theta_a), self._point(theta_b), ts)

    @remembered
    @within_memory
    @full_precision()
    def gradient(self, theta: Parameters) -> Parameters:
        """grad L(theta): grad_z of the loss of all outputs, pulled back chunk by chunk."""
        point, outputs = self._point(theta), self.outputs(theta).requires_grad_()
        with torch.enable_grad():
            (back,) = torch.autograd.grad(self.criterion(outputs, self._fitted), outputs)
            leaves = point.map(lambda array: array.clone().requires_grad_())
            total = point * 0
            for rows in self._chunks():
                found = torch.autograd.grad(
                    *(self._network(leaves, rows), list(leaves.values()), back[rows]), allow_unused=True, materialize_grads=True
                )
                total = total + Parameters(dict(zip(leaves, found, strict=True)))
        return total.map(torch.detach)

    @remembered
    def jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Jet:
        """phi, phi', phi'' at position t, by nested forward mode; by two backward passes where forward mode fails its probe."""
        a, b = self._point(theta_a), self._point(theta_b)
        return self._jet(chord_point(a, b, t), b - a)

    @remembered
    def output_jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> TensorJet:
        """z, z', z'' at position t of the chord, shape (n, k) each, by nested forward mode.

        Raises:
            InputError: forward mode fails its probe on this module.

        """
        a, b = self._point(theta_a), self._point(theta_b)
        if not self._forward_mode_is_right(a):
            raise InputError("derivatives of outputs are taken in forward mode; this module has no right rule for it; use jet")
        return self._output_jet(chord_point(a, b, t), b - a)

    def loss_gradient(self, outputs: Tensor) -> Tensor:
        """n times the gradient of the mean loss in given outputs, shape (n, k): grad_z l(z_i, y_i) where l is not weighted."""
        leaf = tensor(outputs, self.device, self.dtype).detach().clone().requires_grad_()
        with torch.enable_grad():
            (found,) = torch.autograd.grad(self.criterion(leaf, self._fitted), leaf)
        return self.count * found

    @remembered
    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """direction^T H(theta) direction, as in `jet`."""
        return self._jet(self._point(theta), self._point(direction)).curvature

    def jet_by_backward(self, theta: Parameters, direction: Parameters) -> Jet:
        """L, <grad L, direction>, direction^T H direction by a Hessian-vector product with a stored graph, all data at once."""
        point, step = self._point(theta), self._point(direction)
        whole = slice(None)
        return backward_jet(lambda theta: self._mean_of(self._network(theta, whole), whole), point, step).numbers()

    def certified_chord(self, theta_a: Parameters, theta_b: Parameters) -> GraphChord:
        """What `toykit.barriers.certified_barrier` encloses.

        Raises:
            InputError: the module cannot be traced, or an operator or the loss has no certified rule.

        """
        ends = self._point(theta_a), self._point(theta_b)
        return graph_chord(self._module, *ends, self.data.inputs, self._fitted, self.criterion)

    def _jet(self, theta: Parameters, direction: Parameters) -> Jet:
        if not self._forward_mode_is_right(theta):
            return self.jet_by_backward(theta, direction)
        with torch.no_grad():
            return composed(lambda z: self.criterion(z, self._fitted), self._output_jet(theta, direction)).numbers()

    @within_memory
    def _output_jet(self, theta: Parameters, direction: Parameters) -> TensorJet:
        like = torch.zeros((), device=self.device, dtype=self.dtype)
        with torch.no_grad():
            found = [forward_jet(self._curve(theta, direction, rows), like) for rows in self._chunks()]
        return TensorJet(*(torch.cat(parts) for parts in zip(*found, strict=True)))

    def _forward_mode_is_right(self, theta: Parameters) -> bool:
        """Whether nested forward mode agrees with two backward passes on a few examples, in a random direction."""
        if self._forward_mode is None:
            rows, draw = slice(0, None if self._chunk == self.count else PROBE), generator("probe direction")
            step = theta.map(lambda array: tensor(draw.normal(size=tuple(array.shape)), self.device, self.dtype))
            relative = tolerances.SOLVED if self.dtype == torch.float64 else tolerances.PROBE32
            parts = partial(self._network, rows=rows), partial(self._mean_of, rows=rows)
            self._forward_mode = forward_mode_is_right(*parts, theta, step, relative)
        return self._forward_mode

    @remembered
    def why_no_layers(self) -> str:
        """As of every module, but traced once: half a dozen claims ask."""
        return super().why_no_layers()

    def _curve(self, theta: Parameters, direction: Parameters, rows: slice) -> Callable[[Tensor], Tensor]:
        return lambda s: self._network({name: array + s * direction[name] for name, array in theta.items()}, rows)

    def _mean_of(self, outputs: Tensor, rows: slice) -> Tensor:
        return self.criterion(outputs, self._fitted[rows])

    @full_precision()
    def _network(self, theta: Mapping[str, Tensor], rows: slice) -> Tensor:
        found: Tensor = functional_call(self._module, dict(theta), (self.data.inputs[rows],))
        return found

    def halve(self) -> tuple[int, int] | None:
        """Pass half as many examples at a time; the numbers before and after, None where one more half changes a formula."""
        before = min(self._chunk, self.count)
        if before == 1 or has_reset_statistics(self._module):
            return None
        self._chunk = before // 2
        return before, self._chunk

    def _chunks(self) -> Iterator[slice]:
        return (slice(start, min(start + self._chunk, self.count)) for start in range(0, self.count, self._chunk))

    def _point(self, theta: Mapping[str, Tensor]) -> Parameters:
        """theta on the device and in the dtype of the landscape, in the order of its names, finite."""
        require_shapes(theta, self._start.shapes)
        point = {name: tensor(theta[name], self.device, self.dtype) for name in self._start}
        require_finite(point)
        return Parameters(point)
