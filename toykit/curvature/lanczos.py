"""Largest eigenvalues of a symmetric operator that is known only by its products, with residuals and a word on convergence.

Lanczos' method: the operator on the span of v, Hv, .., H^(m-1) v is a small tridiagonal matrix; its eigenpairs (l, u), Ritz
pairs, approach the outer ones of H. There is an eigenvalue of H within |Hu - l u| of l, and, where the next one is `gap`
away, within |Hu - l u|^2 / gap [parlett1998, chapter 11].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from toykit.arrays import like
from toykit.errors import InputError
from toykit.landscape import Floats
from toykit.parameters import Array
from toykit.seeds import generator
from toykit.verdict import Number

MOST = 64
"""Products that a call makes at most, unless told otherwise."""


@dataclass(frozen=True)
class Eigenpairs:
    """Ritz values l_1 >= l_2 .. with unit vectors u_i and residuals |H u_i - l_i u_i|, after `steps` products with H.

    `errors` estimate |l_i - eigenvalue|: the residual, or its square over the gap to the nearest other Ritz value where that
    is smaller. `converged`: all of them are at most `relative` times the largest |l|. Copies of a multiple eigenvalue may
    be left out, and eigenvectors orthogonal to the start are not seen: so the evidence is ESTIMATED.
    """

    values: Floats
    vectors: tuple[Array, ...]
    residuals: Floats
    errors: Floats
    relative: float
    steps: int
    converged: bool

    @property
    def number(self) -> Number:
        """The largest eigenvalue; its error bar is the residual where the iteration has not converged."""
        error = float((self.errors if self.converged else self.residuals)[0])
        word = "converged" if self.converged else "not converged"
        note = f"{self.steps} Lanczos steps, {word}, residual {self.residuals[0]:.2g}"
        return Number.estimated(float(self.values[0]), note, error)


def top_eigenpairs(
    product: Callable[[Array], Array], start: Array, *, count: int = 1, relative: float = 1e-4, most: int = MOST
) -> Eigenpairs:
    """The `count` largest eigenvalues of H from products v -> Hv, both of shape (p,), begun at `start`.

    Every new direction is made orthogonal to all earlier ones twice. Where the span is invariant a random direction
    continues. It stops when all values have converged, after `most` products, or when the span is the whole space.

    >>> diagonal = np.arange(1.0, 31.0)
    >>> found = top_eigenpairs(lambda v: diagonal * v, np.ones(30))
    >>> found.converged, round(float(found.values[0]), 2), found.steps < 20
    (True, 30.0, True)

    Raises:
        InputError: more values are asked than there are dimensions or products, or the start is 0.

    """
    size = int(start.shape[0])
    if not 1 <= count <= min(size, most):
        raise InputError(f"1 to min(p, products) eigenvalues can be found; got {count} of p = {size}, {most} products; ask fewer")
    if _length(start) == 0:
        raise InputError("Lanczos starts from a direction; got 0; draw it at random")
    basis: list[Array] = [start / _length(start)]
    images: list[Array] = []
    small = np.zeros((0, 0))
    while True:
        images.append(product(basis[-1]))
        small = _bordered(small, [float(q @ images[-1]) for q in basis])
        rest = _orthogonal(images[-1], basis)
        values, shares = np.linalg.eigh(small)
        # |rest| times the last share is the residual but for rounding; the true one costs two passes over all vectors
        expected = _errors(values, _length(rest) * np.abs(shares[-1]))[::-1][:count]
        ended = len(basis) >= min(size, most)
        if ended or (len(basis) >= count and bool((expected <= relative * np.abs(values).max()).all())):
            found = _ritz(basis, images, small, count, relative)
            if ended or found.converged:
                return found
        if _length(rest) <= _roundoff(start) * _length(images[-1]):
            rest = _orthogonal(like(generator("lanczos", len(basis)).normal(size=size), start), basis)
        basis.append(rest / _length(rest))


def _bordered(small: Floats, column: list[float]) -> Floats:
    """The matrix with one more row and column, both the given one."""
    found = np.empty((len(column), len(column)))
    found[:-1, :-1] = small
    found[-1, :] = found[:, -1] = column
    return found


def _ritz(basis: list[Array], images: list[Array], small: Floats, count: int, relative: float) -> Eigenpairs:
    """The Ritz pairs of the span with their residuals, from the products themselves."""
    values, shares = np.linalg.eigh(small)
    top = range(len(values) - 1, len(values) - 1 - count, -1)
    vectors = tuple(_combined(shares[:, k], basis) for k in top)
    rests = (_combined(shares[:, k], images) - float(values[k]) * u for k, u in zip(top, vectors, strict=True))
    residuals = np.array([_length(rest) for rest in rests])
    everywhere = np.full(len(values), residuals.max())
    everywhere[list(top)] = residuals
    errors = _errors(values, everywhere)[list(top)]
    converged = bool((errors <= relative * np.abs(values).max()).all())
    return Eigenpairs(values[list(top)], vectors, residuals, errors, relative, len(basis), converged)


def _errors(values: Floats, residuals: Floats) -> Floats:
    """min(r, r^2 / gap) per Ritz value, where the gap to the next one is counted from the far end of its own residual."""
    apart = np.abs(values[:, None] - values[None, :]) - residuals[None, :]
    np.fill_diagonal(apart, np.inf)
    gaps = apart.min(axis=1, initial=np.inf)
    known = np.isfinite(gaps) & (gaps > residuals)
    found: Floats = np.where(known, residuals**2 / np.where(known, gaps, 1.0), residuals)
    return found


def _orthogonal(vector: Array, basis: list[Array]) -> Array:
    for _ in range(2):  # once leaves rounding errors that grow from step to step
        for q in basis:
            vector = vector - float(q @ vector) * q
    return vector


def _combined(shares: Floats, vectors: list[Array]) -> Array:
    total = float(shares[0]) * vectors[0]
    for share, vector in zip(shares[1:], vectors[1:], strict=True):
        total = total + float(share) * vector
    return total


def _length(vector: Array) -> float:
    return math.sqrt(float(vector @ vector))


def _roundoff(array: Array) -> float:
    """Relative size below which a direction is rounding: a hundred units in the last place of the dtype."""
    return 1e-14 if "64" in str(array.dtype) else 1e-5
