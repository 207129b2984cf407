"""Are features linearly separable into classes? Decided, with a certificate that is evaluated again either way.

Yes: a read-out (w, b) whose smallest margin is positive beyond rounding. No: probabilities that exclude every read-out
and bound the cross-entropy of all of them from below. Neither: undecided, with the largest margin that is not excluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toykit.connectivity.farkas import Farkas, farkas, of_duals
from toykit.connectivity.readouts import (
    Labels,
    Readout,
    largest_margin,
    least_squares,
    logistic,
    margins,
    polished,
    softmax,
)
from toykit.errors import InputError, NonFiniteError, ShapeError
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.tolerances import ROUNDING, SEPARATED, SOLVED

PROGRAM_SIZE = 200_000
"""Largest number of nonzeros n(K-1) * 2(q+1) for which the margin program is solved; beyond it takes minutes."""


@dataclass(frozen=True)
class Separator:
    """A read-out of raw features with positive margin g = min_i min_k z_{y_i} - z_k, its certificate.

    It is scaled so that its largest entry on standardised features is 1: g is a lower bound of the largest margin t* in
    the unit box and comparable between sets of features.
    """

    readout: Readout
    margin: float


@dataclass(frozen=True)
class Separation:
    """The answer: a separator, or what stands against one."""

    separator: Separator | None
    obstruction: Farkas | None
    readout: Readout
    how: str

    @property
    def separable(self) -> bool | None:
        """True and False with a certificate, None if undecided."""
        if self.separator is not None:
            return True
        return False if self.obstruction is not None and self.obstruction.exact else self._excluded

    @property
    def _excluded(self) -> bool | None:
        if self.obstruction is None:
            return None
        return False if self.obstruction.margin_at_most <= SEPARATED else None


def standardised(features: Floats) -> tuple[Floats, Floats, Floats]:
    """(F - mean)/deviation, mean, deviation per column; a column that does not vary keeps deviation 1."""
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation < SEPARATED, 1.0, deviation)
    return (features - mean) / deviation, mean, deviation


def margin_of(features: Floats, labels: Labels, readout: Readout) -> float:
    """g = min_i min_{k != y_i} z_{i,y_i} - z_{i,k} of a read-out; 0 unless it is positive beyond rounding."""
    found = float(margins(readout.outputs(features), labels).min())
    largest = np.abs(features).max(axis=0, initial=0.0)
    size = 1.0 + float((np.abs(readout.weight) @ largest + np.abs(readout.bias)).max())
    return found if found > SEPARATED * size else 0.0


def quick_margins(features: Floats, labels: Labels, classes: int, sets: Sequence[tuple[int, ...]]) -> list[float]:
    """For each set of columns the smallest margin of its least-squares read-out, largest entry 1; negative with errors.

    For ranking only: the normal equations of all columns are formed once and solved in blocks, which squares the condition.
    """
    scaled, _, _ = standardised(features)
    design = np.column_stack([scaled, np.ones(len(scaled))])
    gram, right = design.T @ design, design.T @ np.eye(classes)[labels]
    found = []
    for columns in sets:
        chosen = [*columns, features.shape[1]]
        block = gram[np.ix_(chosen, chosen)]
        ridge = ROUNDING * max(float(np.trace(block)), 1.0) * np.eye(len(chosen))  # for columns that do not vary
        weights = np.linalg.solve(block + ridge, right[chosen])
        size = max(float(np.abs(weights).max()), SEPARATED)
        found.append(float(margins(design[:, chosen] @ weights, labels).min()) / size)
    return found


def separator(features: Floats, labels: Labels, classes: int, steps: int = 60) -> Separator | None:
    """A separator found fast, by least squares or logistic regression; None says nothing."""
    scaled, mean, deviation = standardised(features)
    found = (evaluated(features, mean, deviation, labels, r) for r in _fast(scaled, labels, classes, steps))
    proofs = [s for s in found if s is not None]
    return max(proofs, key=lambda s: s.margin, default=None)


def separate(features: Floats, labels: Labels, classes: int, steps: int = 500) -> Separation:
    """Decide separability of features (n, q) with labels (n,) in 0..K-1.

    First read-outs found fast; then the margin program where it is small enough; else the optimum of logistic regression
    is turned into a certificate against.

    Raises:
        ShapeError: features and labels do not fit together.
        NonFiniteError: a feature is NaN or infinite.
        InputError: a label is none of 0..K-1, or the margin program has no optimum.

    """
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise ShapeError(f"features are (n, q) with n labels; got {features.shape} and {labels.shape}; are the rows examples?")
    bad = int((~np.isfinite(features)).sum())
    if bad:
        raise NonFiniteError(f"features are finite; {bad} of {features.size} are NaN or infinite; is the training diverging?")
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(f"labels are whole numbers from 0 to {classes - 1}; got {labels.min()} to {labels.max()}; renumber them")
    found = separator(features, labels, classes)
    if found is not None:
        return Separation(found, None, found.readout, "a read-out without errors, evaluated again")
    scaled, mean, deviation = standardised(features)
    best = polished(scaled, labels, logistic(scaled, labels, classes, steps))
    slow = evaluated(features, mean, deviation, labels, best)
    raw = best.unstandardised(mean, deviation)
    if slow is not None:
        return Separation(slow, None, raw, "a read-out without errors, evaluated again")
    n, q = features.shape
    duals = None
    if n * (classes - 1) * 2 * (q + 1) <= PROGRAM_SIZE:
        box = largest_margin(scaled, labels, classes)
        proved = evaluated(features, mean, deviation, labels, box.readout)
        if proved is not None:
            return Separation(proved, None, proved.readout, "the margin program, evaluated again")
        duals = of_duals(box.duals, labels)
    return Separation(
        None, _against(features, scaled, labels, softmax(best.outputs(scaled)), duals), raw, "no read-out separates"
    )


def scale(classes: int, target: float, margin: float) -> float:
    """s >= 1 so that outputs s z with margin g have cross-entropy at most `target` [connectivity/separable_features].

    >>> round(scale(3, 1e-3, 1.0), 6), round(scale(10, 1e-3, 0.1), 5)
    (7.600402, 91.0448)
    """
    letters = {"classes": classes, "target": max(target, float(np.finfo(np.float64).tiny)), "margin": margin}
    formula = "scale" if target > SOLVED else "scale_of_small_target"  # exp(target) - 1 loses its digits near 0
    return max(1.0, float(evaluate("connectivity/separable_features", formula, letters)))


def _fast(scaled: Floats, labels: Labels, classes: int, steps: int) -> list[Readout]:
    return [least_squares(scaled, np.eye(classes)[labels]), logistic(scaled, labels, classes, steps)]


def evaluated(features: Floats, mean: Floats, deviation: Floats, labels: Labels, readout: Readout) -> Separator | None:
    """The separator that a read-out of standardised features is on the raw ones, if it makes no error there."""
    if readout.largest == 0:  # features that do not vary have the read-out 0
        return None
    raw = readout.scaled(1 / readout.largest).unstandardised(mean, deviation)
    margin = margin_of(features, labels, raw)
    return Separator(raw, margin) if margin > 0 else None


def _against(features: Floats, scaled: Floats, labels: Labels, interior: Floats, vertex: Floats | None) -> Farkas:
    """The certificate against separators: exact on the raw features if possible, else the one that excludes most."""
    candidates = [p for p in (interior, vertex) if p is not None]
    exact = [c for c in (farkas(features, labels, p) for p in candidates) if c.exact]
    if exact:
        return max(exact, key=lambda c: c.loss_at_least)
    return min((farkas(scaled, labels, p) for p in candidates), key=lambda c: c.margin_at_most)
