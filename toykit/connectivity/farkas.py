"""The other side of separability: numbers that prove that no read-out classifies every example right.

Probabilities p_i in the simplex with sum_i (p_i - e_{y_i}) (x) [f_i; 1] = 0 and some p_i != e_{y_i} exclude every
separator, and every read-out has mean cross-entropy >= (1/n) sum_i H(p_i). The optimum of logistic regression and the
dual of the margin program both give such p.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from toykit.connectivity.readouts import Labels
from toykit.landscape import Floats

RATIONAL_SIZE = 400
"""Largest n*K for which the moment condition is solved in rationals; a dense elimination, seconds at most."""


@dataclass(frozen=True)
class Farkas:
    """p (n, K) with what is left of the moment condition: residual R (K, q+1), zero if `exact`."""

    probabilities: Floats
    residual: float
    wrong: float
    exact: bool = False

    @property
    def loss_at_least(self) -> float:
        """(1/n) sum_i H(p_i): a lower bound of the cross-entropy of every read-out, up to residual * max|w,b| / n."""
        p = self.probabilities
        return float(-(p * np.log(np.where(p > 0, p, 1.0))).sum() / len(p))

    @property
    def margin_at_most(self) -> float:
        """No read-out with |w|, |b| <= 1 has a margin above sum|R| / sum_i (1 - p_{i,y_i}).

        Sum the margins with weights p_ik, k != y: t * sum_i (1 - p_iy) <= -<R, (w, b)> <= sum|R|.
        """
        return self.residual / self.wrong if self.wrong > 0 else np.inf


def farkas(features: Floats, labels: Labels, probabilities: Floats) -> Farkas:
    """The certificate that probabilities give, re-evaluated; made exact where the instance is small enough."""
    n, classes = probabilities.shape
    if n * classes <= RATIONAL_SIZE:
        repaired = _repaired(features, labels, probabilities)
        if repaired is not None:
            wrong = sum((1 - repaired[i][y] for i, y in enumerate(labels.tolist())), Fraction(0))
            if wrong > 0:
                return Farkas(np.array(repaired, dtype=np.float64), 0.0, float(wrong), exact=True)
    design = np.column_stack([features, np.ones(n)])
    hot = np.eye(classes)[labels]
    residual = float(np.abs((probabilities - hot).T @ design).sum())
    return Farkas(probabilities, residual, float((1 - (probabilities * hot).sum(axis=1)).sum()))


def of_duals(duals: Floats, labels: Labels) -> Floats:
    """p_ik = c * dual_ik for k != y_i and p_iy = 1 - the rest, with the largest c that stays in the simplex."""
    rows = np.arange(len(labels))
    p = duals.copy()
    p[rows, labels] = 0.0
    largest = float(p.sum(axis=1).max())
    p = p / largest if largest > 0 else p
    p[rows, labels] = 1.0 - p.sum(axis=1)
    return p


def _repaired(features: Floats, labels: Labels, probabilities: Floats) -> list[list[Fraction]] | None:
    """Rationals near p that meet the moment condition exactly and lie in the simplex; None if none is found.

    The entries below 1e-9 are set to zero, the rest is moved by a particular solution of the linear system for the
    correction, solved over Q. Interior points survive any small correction; vertices are determined by their support.
    """
    n, classes = probabilities.shape
    free = [(i, k) for i in range(n) for k in range(classes) if probabilities[i, k] > 1e-9]
    near = {(i, k): _rational(probabilities[i, k]) for i, k in free}
    rows = [[_rational(x) for x in (*row, 1.0)] for row in features.tolist()]
    columns = range(len(rows[0]))
    equations = []
    for i in range(n):
        line = [QQ(1) if place[0] == i else QQ(0) for place in free]
        equations.append([*line, QQ(1) - sum((near[p] for p in free if p[0] == i), QQ(0))])
    for k in range(classes):
        for j in columns:
            line = [rows[i][j] if c == k else QQ(0) for i, c in free]
            aim = sum((rows[i][j] for i in range(n) if labels[i] == k), QQ(0))
            has = sum((rows[i][j] * near[i, c] for i, c in free if c == k), QQ(0))
            equations.append([*line, aim - has])
    solved = _particular(equations)
    if solved is None:
        return None
    exact = {place: near[place] + step for place, step in zip(free, solved, strict=True)}
    if any(value < 0 for value in exact.values()):
        return None
    table = [[Fraction(0)] * classes for _ in range(n)]
    for (i, k), value in exact.items():
        table[i][k] = Fraction(int(value.numerator), int(value.denominator))
    return table


def _rational(value: float) -> Any:
    """The float itself, as an element of Q."""
    return QQ(*float(value).as_integer_ratio())


def _particular(equations: list[list[Any]]) -> list[Any] | None:
    """One solution of the augmented system over Q with its free unknowns zero; None if it is inconsistent."""
    unknowns = len(equations[0]) - 1
    reduced, pivots = DomainMatrix(equations, (len(equations), unknowns + 1), QQ).rref()
    if unknowns in pivots:
        return None
    solution: list[Any] = [QQ(0)] * unknowns
    for row, pivot in enumerate(pivots):
        solution[pivot] = reduced[row, unknowns].element
    return solution
