"""What floating point may cost: every constant that the certified engine charges to its remainders.

IEEE-754 double arithmetic with any summation order: |fl(x.y) - x.y| <= g_n |x|.|y|, g_n = n u / (1 - n u). The only
assumption beyond it is that exp, log, tanh and erf are within `LIBRARY_ULPS` units in the last place.
"""

from __future__ import annotations

UNIT = 2.0**-53
"""u, the unit roundoff of float64."""

LIBRARY_ULPS = 8.0
"""Units in the last place by which exp, log, tanh and erf may be off; measured errors of current libraries are below 2."""

TINY = 1e-300
"""Absolute slack for underflow: far below every quantity here, far above the sum of all underflow errors."""


def product(terms: int) -> float:
    """Relative error of a sum of `terms` products plus a few operations around it, |x|.|y| = 1."""
    return (terms + 30) * UNIT * (1 + (terms + 30) * 2 * UNIT)
