"""Is each class separable from all others by one affine function? Decided class by class, with the certificates of `separate`.

One least-squares problem with all classes as targets serves every class; only what it leaves open is decided by itself.
"""

from __future__ import annotations

import numpy as np

from toykit.connectivity.readouts import Labels, Readout, least_squares
from toykit.connectivity.separability import Separation, evaluated, separate, standardised
from toykit.errors import InputError
from toykit.landscape import Floats

SHARED = "least squares for all classes, evaluated again"


def one_versus_rest(features: Floats, labels: Labels, classes: int) -> tuple[Separation, ...]:
    """For k = 0..K-1: separability of {f_i : y_i = k} from the other rows of features (n, q), labels (n,) in 0..K-1.

    Every certificate is of the two-class problem with y = 1 on class k: an affine function that is positive on one side
    and negative on the other, or what stands against one.

    Raises:
        InputError: a class has no examples, or all of them.
        ShapeError, NonFiniteError: as of `separate`.

    """
    counts = np.bincount(labels, minlength=classes)
    bare = [k for k in range(classes) if counts[k] in (0, len(labels))]
    if bare:
        raise InputError(f"a class is separated from others if both have examples; got classes {bare} without; leave them out")
    problems = [(labels == k).astype(np.int64) for k in range(classes)]
    first = separate(features, problems[0], 2)  # looks at the data as well
    scaled, mean, deviation = standardised(features)
    shared = least_squares(scaled, 2 * np.eye(classes)[labels] - 1)
    found = [first]
    for k, inside in enumerate(problems[1:], start=1):
        scores = scaled @ shared.weight[k]
        middle = (scores[inside == 1].min() + scores[inside == 0].max()) / 2
        weight, bias = np.stack([-shared.weight[k], shared.weight[k]]), np.array([middle, -middle])
        fast = evaluated(features, mean, deviation, inside, Readout(weight, bias))
        found.append(separate(features, inside, 2) if fast is None else Separation(fast, None, fast.readout, SHARED))
    return tuple(found)
