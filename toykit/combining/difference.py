"""How different two networks are as functions: disagreement beside its null, the gain of an ensemble, linear CKA.

Raw disagreement of poor networks is mostly error, so it is divided by the sum of both errors, and compared with what
independent errors give [combinability/functional_difference].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toykit.arrays import to_numpy
from toykit.errors import InputError, ShapeError
from toykit.formula import evaluate
from toykit.landscape import Floats
from toykit.outputs import Supervised
from toykit.parameters import Array

SLUG = "combinability/functional_difference"

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """Parts of the points on which: a is wrong, b is wrong, both are, both with one label, the two disagree."""

    error_a: float
    error_b: float
    both_wrong: float
    same_wrong: float
    disagreement: float
    classes: int

    @property
    def letters(self) -> dict[str, float]:
        """The letters of the claim."""
        return {name: float(getattr(self, name)) for name in self.__dataclass_fields__}

    @property
    def normalised(self) -> float | None:
        """Dis/(e_a + e_b), in [0, 1]; None where neither is ever wrong."""
        return float(evaluate(SLUG, "normalised", self.letters)) if self.error_a + self.error_b else None

    @property
    def null(self) -> float:
        """Dis_0 = e_a (1 - e_b) + e_b (1 - e_a) + e_a e_b (1 - 1/(K-1)): independent errors, uniform wrong labels."""
        return float(evaluate(SLUG, "null", self.letters))


@dataclass(frozen=True)
class Ensemble:
    """Mean loss of several networks, loss of their mean output, and (1/M) sum_i E|f_i - fbar|^2."""

    mean_loss: float
    ensemble_loss: float
    ambiguity: float
    mean: Array

    @property
    def gain(self) -> float:
        """Mean loss less the loss of the mean output: the factor times `ambiguity` for the squared loss, >= 0 if convex."""
        return self.mean_loss - self.ensemble_loss


def difference(given_a: Labels, given_b: Labels, truth: Labels, classes: int, truth_b: Labels | None = None) -> Difference:
    """Errors and disagreement of two lists of labels, shape (n,); `truth_b` only where b is counted against other labels.

    Raises:
        ShapeError: the lists have different lengths.
        InputError: there are fewer than two classes, or no points.

    """
    other = truth if truth_b is None else truth_b
    if not given_a.shape == given_b.shape == truth.shape == other.shape or truth.ndim != 1:
        raise ShapeError(
            f"labels are compared point by point; got shapes {given_a.shape}, {given_b.shape}, {truth.shape}; use the same points"
        )
    if classes < 2 or not len(truth):
        raise InputError(f"a disagreement takes points of at least 2 classes; got {len(truth)} points of {classes}")
    wrong_a, wrong_b, same = given_a != truth, given_b != other, given_a == given_b
    both = wrong_a & wrong_b
    return Difference(
        error_a=float(wrong_a.mean()),
        error_b=float(wrong_b.mean()),
        both_wrong=float(both.mean()),
        same_wrong=float((both & same).mean()),
        disagreement=float((~same).mean()),
        classes=classes,
    )


def ensemble(landscape: Supervised, outputs: Sequence[Array]) -> Ensemble:
    """Losses of several outputs (n, k) and of their mean.

    Raises:
        InputError: there are fewer than two.

    """
    if len(outputs) < 2:
        raise InputError(f"an ensemble has at least 2 networks; got {len(outputs)}; add one")
    mean: Array = sum(outputs[1:], start=outputs[0]) / len(outputs)
    losses = [landscape.loss_of_outputs(each) for each in outputs]
    apart = [float(((each - mean) ** 2).sum()) / len(mean) for each in outputs]
    return Ensemble(float(np.mean(losses)), landscape.loss_of_outputs(mean), float(np.mean(apart)), mean)


def chosen_labels(outputs: Array) -> Labels:
    """The class of the largest output, shape (n,)."""
    found: Labels = to_numpy(outputs).argmax(axis=1)
    return found


def cka(first: Array, second: Array) -> float:
    """|F_1^T F_2|^2/(|F_1^T F_1| |F_2^T F_2|) of features (n, n_1) and (n, n_2), centred here; 0 where one does not vary.

    Raises:
        ShapeError: the features are not of the same examples.

    """
    left, right = (_centred(each) for each in (first, second))
    if len(left) != len(right):
        raise ShapeError(f"features are compared on the same examples; got {len(left)} and {len(right)} of them")
    size = float(np.linalg.norm(left.T @ left) * np.linalg.norm(right.T @ right))
    return float(np.linalg.norm(left.T @ right) ** 2) / size if size else 0.0


def _centred(features: Array) -> Floats:
    table = to_numpy(features).astype(np.float64)
    found: Floats = table - table.mean(axis=0)
    return found
