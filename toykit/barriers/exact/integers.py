"""Numbers as integers over a common denominator, and matrices of integers whose rows are polynomials in t."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import lcm

from flint import fmpz, fmpz_mat, fmpz_poly

from toykit.errors import InputError

MAX_BITS = 4096
"""Largest common denominator in bits; beyond it one number has more digits than all the others together."""


def common_denominator(numbers: Sequence[float | Fraction], what: str) -> int:
    """The least common denominator of floats (exact dyadic rationals) and fractions.

    Raises:
        InputError: it has more than `MAX_BITS` bits.

    """
    found = 1
    for number in numbers:
        denominator = number.as_integer_ratio()[1]
        if found % denominator:
            found = lcm(found, denominator)
            if found.bit_length() > MAX_BITS:
                raise InputError(
                    f"the exact engine needs a common denominator of at most {MAX_BITS} bits; the {what} need more "
                    f"(reached at {float(number)!r}); round them to fewer digits or use the certified engine"
                )
    return found


def whole(number: float | Fraction, denominator: int) -> fmpz:
    """The number times the common denominator, an integer."""
    top, bottom = number.as_integer_ratio()
    return fmpz(top * (denominator // bottom))


def columns_of(matrix: fmpz_mat) -> list[fmpz_mat]:
    """The columns of a matrix, each (rows, 1)."""
    rows = matrix.tolist()
    return [fmpz_mat([[row[unit]] for row in rows]) for unit in range(matrix.ncols())]


def raised(same: fmpz_mat, slope: fmpz_mat) -> fmpz_mat:
    """same + t slope, units x powers of t."""
    stay, shift = _shifts(same.ncols())
    return same * stay + slope * shift


@cache
def _shifts(powers: int) -> tuple[fmpz_mat, fmpz_mat]:
    """The matrices that give a row of coefficients one power more, and that multiply it by t."""
    stay, shift = ([[int(to == k + up) for to in range(powers + 1)] for k in range(powers)] for up in (0, 1))
    return fmpz_mat(stay), fmpz_mat(shift)


def polynomials_of(rows: fmpz_mat) -> list[fmpz_poly]:
    """A polynomial for every row of coefficients, lowest power first."""
    return [fmpz_poly(row) for row in rows.tolist()]
