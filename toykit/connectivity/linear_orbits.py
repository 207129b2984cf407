"""Solutions W_l .. W_1 = M of a square linear network: the orbit of GL(h)^{l-1}, cut into components by determinant signs.

Two solutions differ by g_i = P'_i P_i^{-1} with P_i = W_i .. W_1; where det g_i > 0 for all i the curve
W_i(t) = g_i(t) W_i g_{i-1}(t)^{-1} joins them at constant product [connectivity/linear_net_components].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import polar, schur

from toykit.landscape import Floats
from toykit.seeds import generator

Factors = tuple[Floats, ...]
"""(W_1, .., W_l), each (h, h)."""

ALIGNED = 1e-8
"""A rotation block whose sine is below this is read as a turn by 0 or by pi."""


def product(factors: Factors) -> Floats:
    """W_l .. W_1."""
    found: Floats = np.eye(factors[0].shape[1])
    for factor in factors:
        found = factor @ found
    return found


def signs(factors: Factors) -> tuple[int, ...]:
    """(sign det W_1, .., sign det W_l)."""
    return tuple(int(np.linalg.slogdet(factor)[0]) for factor in factors)


@dataclass(frozen=True)
class Turn:
    """A curve g(t) in GL+(h) from the identity to g: polar form g = QS, then g(t) = exp(t log Q) S^t."""

    end: Floats

    @cached_property
    def _rotation(self) -> tuple[Floats, list[tuple[int, int, float]]]:
        """The real Schur basis of Q and its planes (i, j, angle); eigenvalues -1 are paired to turns by pi."""
        basis: Floats
        form, basis = schur(polar(self.end)[0], output="real")
        planes, flipped, i = list[tuple[int, int, float]](), list[int](), 0
        while i < len(form):
            if i + 1 < len(form) and abs(form[i + 1, i]) > ALIGNED:
                planes.append((i, i + 1, float(np.arctan2(form[i + 1, i], form[i, i]))))
                i += 2
                continue
            if form[i, i] < 0:
                flipped.append(i)
            i += 1
        planes += [(i, j, np.pi) for i, j in zip(flipped[::2], flipped[1::2], strict=True)]
        return basis, planes

    @cached_property
    def _stretch(self) -> tuple[Floats, Floats]:
        values, vectors = np.linalg.eigh(polar(self.end)[1])
        return values, vectors

    def __call__(self, t: float) -> Floats:
        """g(t), exactly g at t = 1."""
        if t == 1:
            return self.end
        basis, planes = self._rotation
        turned = np.eye(len(basis))
        for i, j, angle in planes:
            c, s = np.cos(t * angle), np.sin(t * angle)
            turned[[i, i, j, j], [i, j, i, j]] = c, -s, s, c
        values, vectors = self._stretch
        found: Floats = basis @ turned @ basis.T @ (vectors * values**t) @ vectors.T
        return found


@dataclass(frozen=True)
class Orbit:
    """The curve of constant product between two solutions with the same determinant signs."""

    start: Factors
    turns: tuple[Turn, ...]

    @classmethod
    def between(cls, start: Factors, end: Factors) -> Orbit:
        """g_i = P'_i P_i^{-1}, i = 1..l-1."""
        turns = [Turn(product(end[:i]) @ np.linalg.inv(product(start[:i]))) for i in range(1, len(start))]
        return cls(start, tuple(turns))

    def __call__(self, t: float) -> Factors:
        """W_i(t) = g_i(t) W_i g_{i-1}(t)^{-1}, with g_0 = g_l = 1."""
        h = self.start[0].shape[0]
        g = [np.eye(h), *(turn(t) for turn in self.turns), np.eye(h)]
        return tuple(above @ factor @ np.linalg.inv(below) for factor, below, above in zip(self.start, g, g[1:], strict=False))


@dataclass(frozen=True)
class Standard:
    """Diagonal solutions in the singular basis of Y: Y_0 = Q M'^T with X = QR, M' = U S V^T, last diagonal entries a_i.

    W_1 = D V^T R^{-T}, W_i = D, W_l = U D with D = S^{1/l}, so that only the last diagonal entries have to change sign.
    """

    root: Floats
    left: Floats
    into: Floats
    depth: int

    @classmethod
    def of(cls, inputs: Floats, matrix: Floats, depth: int) -> Standard:
        """The standard form for X (N, h) of rank h and the product M (h, h)."""
        upper = np.linalg.qr(inputs).R
        left, values, right = np.linalg.svd(matrix @ upper.T)
        return cls(values ** (1 / depth), left, right @ np.linalg.inv(upper.T), depth)

    def factors(self, last: Floats) -> Factors:
        """The factors whose last diagonal entries are sigma_h^{1/l} times `last`, shape (l,)."""
        found = []
        for number, share in enumerate(last):
            diagonal = np.diag([*self.root[:-1], share * self.root[-1]])
            diagonal = diagonal @ self.into if number == 0 else diagonal
            found.append(self.left @ diagonal if number == self.depth - 1 else diagonal)
        return tuple(found)

    def of_class(self, wanted: tuple[int, ...]) -> Floats:
        """The entries +-1 with which the factors have these determinant signs, shape (l,)."""
        plain = signs(self.factors(np.ones(self.depth)))
        return np.array([float(w * p) for w, p in zip(wanted, plain, strict=True)])


@dataclass(frozen=True)
class Crossing:
    """From a to b through the standard forms: orbit, shrink the last entries to 0, regrow with the other signs, orbit."""

    standard: Standard
    a: Factors
    b: Factors

    @cached_property
    def _ends(self) -> tuple[Floats, Floats]:
        return self.standard.of_class(signs(self.a)), self.standard.of_class(signs(self.b))

    @cached_property
    def _orbits(self) -> tuple[Orbit, Orbit]:
        first, last = (self.standard.factors(entries) for entries in self._ends)
        return Orbit.between(self.a, first), Orbit.between(self.b, last)

    def __call__(self, s: float) -> Factors:
        """The point at s in [0, 4]: four pieces of length 1."""
        there, back = self._orbits
        if s <= 1:
            return there(s)
        if s >= 3:
            return back(4 - s)
        entries = self._ends[0] * (2 - s) if s <= 2 else self._ends[1] * (s - 2)
        return self.standard.factors(entries)


def around(a: Factors, b: Factors, name: str) -> list[Factors]:
    """Two layers with a wider middle: W_1(t) bends off its chord in a random direction, W_2(t) keeps the product; 41 points.

    W_2(t) = M W_1(t)^+ + C(t)(1 - W_1(t) W_1(t)^+) with the chord C of the W_2: where W_1(t) has full column rank,
    W_2(t) W_1(t) = M.
    """
    aside = generator(name).normal(size=a[0].shape)
    found = list[Factors]()
    for t in np.linspace(0.0, 1.0, 41):
        first = (1 - t) * a[0] + t * b[0] + np.sin(np.pi * t) * aside
        inverse = np.linalg.pinv(first)
        second = (1 - t) * a[1] + t * b[1]
        found.append((first, product(a) @ inverse + second - second @ first @ inverse))
    return found


def patterns(matrix: Floats, depth: int, draws: int, name: str) -> int:
    """How many sign patterns `draws` random factorisations of M into `depth` square factors show."""
    h, draw = len(matrix), generator(name)
    chosen = draw.normal(size=(draws, depth - 1, h, h))
    first = np.linalg.slogdet(chosen)[0]
    last = np.linalg.slogdet(matrix)[0] * first.prod(axis=1)
    return len(np.unique(np.column_stack([first, last]), axis=0))
