"""Laws of lambda by name, with mean m, variance v and central moments mu_3, mu_4 in closed form.

| law          | m   | v            | mu_3             | mu_4                  |
|--------------|-----|--------------|------------------|-----------------------|
| constant(t)  | t   | 0            | 0                | 0                     |
| bernoulli(p) | p   | p(1-p)       | p(1-p)(1-2p)     | p(1-p)(1-3p(1-p))     |
| uniform      | 1/2 | 1/12         | 0                | 1/80                  |
| gauss(s)     | 1/2 | s^2          | 0                | 3 s^4                 |
| beta(a)      | 1/2 | 1/(4(2a+1))  | 0                | v^2 (3 - 6/(2a+3))    |
| radial(r)    | 1/2 | r^2/4        | 0                | r^4/16                |

`bernoulli` draws vertices of the box between the endpoints, `radial(r)` the points 1/2 +- r/2, `beta(a)` is the
symmetric beta law, from vertices (a -> 0) to the midpoint (a -> infinity); `gauss` and `radial(r > 1)` leave the box.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from toykit.errors import InputError
from toykit.landscape import Floats

Drawing = Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True)
class Law:
    """The law of one lambda: its spec as printed in reports, its moments, and a way to draw it.

    `symmetric`: lambda - m and m - lambda have one law, so that every odd central moment vanishes.
    `finite`: lambda takes at most two values, so that `nodes` is the law itself.
    """

    spec: str
    mean: float
    variance: float
    mu_3: float
    mu_4: float
    symmetric: bool
    finite: bool
    drawing: Drawing

    def draw(self, generator: np.random.Generator, blocks: int) -> Floats:
        """Independent draws of lambda, one per block, shape (blocks,)."""
        return self.drawing(generator, blocks)

    @property
    def nodes(self) -> tuple[tuple[float, float], ...]:
        """Values of lambda with weights that reproduce its moments: the law itself where it is finite, else up to order 5.

        For a symmetric law the three-point Gauss rule follows from its moments: m and m +- sqrt(mu_4/v) with weights
        1 - v^2/mu_4 and v^2/(2 mu_4). Means of polynomials of degree <= 5 in each lambda are exact under it.
        """
        if self.variance == 0:
            return ((self.mean, 1.0),)
        if self.finite and not self.symmetric:  # bernoulli(p)
            return ((0.0, 1 - self.mean), (1.0, self.mean))
        if self.finite:
            step = math.sqrt(self.variance)
            return ((self.mean - step, 0.5), (self.mean + step, 0.5))
        step, weight = math.sqrt(self.mu_4 / self.variance), self.variance**2 / (2 * self.mu_4)
        return ((self.mean - step, weight), (self.mean, 1 - 2 * weight), (self.mean + step, weight))


def constant(t: float) -> Law:
    """Lambda = t surely: a point of the chord."""
    return Law(f"constant({t:g})", t, 0.0, 0.0, 0.0, True, True, lambda generator, n: np.full(n, float(t)))


def bernoulli(p: float) -> Law:
    """Lambda = 1 with probability p, else 0: a random vertex.

    Raises:
        InputError: p is not in [0, 1].

    """
    if not 0 <= p <= 1:
        raise InputError(
            f"the p of bernoulli(p) is a probability in [0, 1]; got {p:g}; for points beyond the vertices use radial(r)"
        )
    v = p * (1 - p)
    return Law(
        f"bernoulli({p:g})",
        p,
        v,
        v * (1 - 2 * p),
        v * (1 - 3 * v),
        p in {0, 0.5, 1},
        True,
        lambda generator, n: (generator.random(n) < p).astype(np.float64),
    )


def uniform() -> Law:
    """Lambda uniform on [0, 1]."""
    return Law("uniform", 0.5, 1 / 12, 0.0, 1 / 80, True, False, lambda generator, n: generator.random(n))


def gauss(s: float) -> Law:
    """Lambda normal with mean 1/2 and standard deviation s.

    Raises:
        InputError: s is not positive.

    """
    _positive("s", "gauss", s)
    return Law(
        f"gauss({s:g})", 0.5, s**2, 0.0, 3 * s**4, True, False, lambda generator, n: 0.5 + s * generator.standard_normal(n)
    )


def beta(a: float) -> Law:
    """Lambda with the symmetric beta law of both parameters a on [0, 1]; a = 1 is uniform.

    Raises:
        InputError: a is not positive.

    """
    _positive("a", "beta", a)
    v = 1 / (4 * (2 * a + 1))
    return Law(
        f"beta({a:g})", 0.5, v, 0.0, v**2 * (3 - 6 / (2 * a + 3)), True, False, lambda generator, n: generator.beta(a, a, n)
    )


def radial(r: float) -> Law:
    """Lambda = 1/2 + r/2 or 1/2 - r/2 with equal chance: Theta lies at distance r |Delta|/2 from the midpoint.

    Raises:
        InputError: r is not positive.

    """
    _positive("r", "radial", r)
    return Law(
        f"radial({r:g})",
        0.5,
        r**2 / 4,
        0.0,
        r**4 / 16,
        True,
        True,
        lambda generator, n: 0.5 + r * (generator.integers(0, 2, n).astype(np.float64) - 0.5),
    )


_WITH_NUMBER = {"constant": constant, "bernoulli": bernoulli, "gauss": gauss, "beta": beta, "radial": radial}
_SPEC = re.compile(r"([a-z]+)(?:\(([-+0-9.eE]+)\))?")


def law(spec: str) -> Law:
    """The law that a spec names, for example `bernoulli(0.5)`, `uniform` or `radial(0.25)`.

    >>> law("bernoulli(0.25)").variance, law("uniform").mean
    (0.1875, 0.5)

    Raises:
        InputError: the spec names no law, or its number is missing, unreadable or out of range.

    """
    found = _SPEC.fullmatch(spec.strip())
    name, number = found.groups() if found else ("", None)
    if name == "uniform" and number is None:
        return uniform()
    if name in _WITH_NUMBER and number is not None:
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return _WITH_NUMBER[name](value)
    known = ", ".join(["uniform", *(f"{name}(number)" for name in _WITH_NUMBER)])
    raise InputError(f"a law of lambda is one of {known}; got {spec!r}; write for example bernoulli(0.5)")


def _positive(letter: str, name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise InputError(f"the {letter} of {name}({letter}) is positive; got {value:g}; for a fixed point use constant(0.5)")
