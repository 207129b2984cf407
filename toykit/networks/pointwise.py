"""What follows from L at single points: the base of landscapes that have no batch of outputs to share work over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Floats, Jet, Traits
from toykit.parameters import Array, Parameters, chord_point


class Pointwise(ABC):
    """A landscape of scalar parameters, each an array of shape (1,), with L, its gradient and its Hessian form by formula."""

    name: str

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the scalar parameters, in order."""

    @property
    @abstractmethod
    def traits(self) -> Traits:
        """What the landscape declares about itself."""

    @abstractmethod
    def loss(self, theta: Parameters) -> float:
        """L(theta)."""

    @abstractmethod
    def gradient(self, theta: Parameters) -> Parameters:
        """grad L(theta)."""

    @abstractmethod
    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """direction^T H(theta) direction."""

    def point(self, **values: float) -> Parameters:
        """theta from one number per parameter.

        Raises:
            InputError: a parameter is missing or unknown.

        """
        if set(values) != set(self.names):
            raise InputError(f"{self.name} has the parameters {', '.join(self.names)}; got {', '.join(values) or 'none'}")
        return Parameters({name: np.array([values[name]], dtype=np.float64) for name in self.names})

    def values(self, theta: Mapping[str, Any]) -> list[Any]:
        """The scalars of theta in the order of `names`.

        Raises:
            InputError: a parameter is missing, unknown or not a single number.

        """
        if set(theta) != set(self.names) or any(np.size(entry) != 1 for entry in theta.values()):
            shapes = {name: np.shape(entry) for name, entry in theta.items()}
            raise InputError(
                f"{self.name} has one number for each of {', '.join(self.names)}; got {shapes}; use its method point"
            )
        return [np.asarray(theta[name]).reshape(-1)[0] for name in self.names]

    def error(self, theta: Parameters) -> float | None:
        """None: there are no classes."""
        return None

    def outputs(self, theta: Parameters) -> Array:
        """Refused: the loss is given directly.

        Raises:
            InputError: always.

        """
        raise InputError(f"outputs exist where a network maps data; {self.name} is a loss without outputs; use an MLP")

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points, shape (g,)."""
        return np.array([self.loss(theta) for theta in thetas], dtype=np.float64)

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) = L(theta_t) at the positions ts, shape (g,)."""
        return self.losses([chord_point(theta_a, theta_b, float(t)) for t in ts])

    def jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Jet:
        """phi, phi' = <grad L, Delta>, phi'' = Delta^T H Delta at position t."""
        theta, delta = chord_point(theta_a, theta_b, t), theta_b - theta_a
        return Jet(self.loss(theta), self.gradient(theta).dot(delta), self.curvature(theta, delta))
