"""What may be permuted, under one interface: the hidden layers of a chain of dense ones, or the groups of any other network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toykit.errors import InputError
from toykit.landscape import Landscape, Layered, Pair
from toykit.matching.matching import layered
from toykit.matching.rebasin import identity, permutations, rebasin
from toykit.matching.search import Agreement, Permutation
from toykit.matching.weight import Alignment, GroupAlignment
from toykit.parameters import Parameters
from toykit.symmetry import Symmetries

Perm = Mapping[Any, Permutation]


class Frame:
    """The elements that permute the units of a landscape: layer numbers or names of groups to permutations.

    Raises:
        InputError: nothing may be permuted, or the landscape is not layered and no symmetries are given.
        ShapeError: an endpoint has other widths.

    """

    def __init__(self, pair: Pair, symmetries: Symmetries | None = None) -> None:
        self.net: Landscape = pair.landscape
        self.symmetries = symmetries
        if symmetries is None:
            layered(pair)
        elif not symmetries.groups:
            raise InputError(
                f"matching permutes units; no axis of {pair.name} may be permuted; see the reasons in its symmetries"
            )

    def identity(self) -> dict[Any, Permutation]:
        """The element that moves nothing."""
        return self.symmetries.identity() if self.symmetries is not None else dict(identity(self._layered))

    def element(self, perm: Mapping[Any, Any]) -> dict[Any, Permutation]:
        """`perm` with everything named, refused where it is no permutation.

        Raises:
            InputError: a layer or group is unknown, or what it is given is not a permutation of its units.

        """
        if self.symmetries is not None:
            return dict(self.symmetries.permutations(perm))
        return {**identity(self._layered), **permutations(self._layered, perm)}

    def moved(self, theta: Parameters, perm: Perm) -> Parameters:
        """P theta."""
        return rebasin(self._layered, theta, perm) if self.symmetries is None else self.symmetries.permute(theta, perm)

    def agreement(self, theta_a: Parameters, theta_b: Parameters) -> Agreement[Any]:
        """<theta_a, P theta_b> as a function of P."""
        if self.symmetries is None:
            return Alignment(self._layered, theta_a, theta_b)
        return GroupAlignment(self.symmetries, theta_a, theta_b)

    @property
    def _layered(self) -> Layered:
        return self.net  # type: ignore[return-value]  # `layered` has looked at it
