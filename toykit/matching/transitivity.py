"""Two networks by way of a third: both are matched to C, and compared with the two matched to each other directly.

`null_cosine` is the cosine that a common reference explains by itself, `index` what goes beyond
[combinability/transitivity_bound].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.matching.matching import Matching
from toykit.matching.weight import weight_matching
from toykit.parameters import Parameters

SLUG = "combinability/transitivity_bound"

LEAST = 0.02
"""The direct cosine must exceed the null by this much, or the index divides by what is hardly there."""


@dataclass(frozen=True)
class Via:
    """A' and B', both matched to C, and B matched to A directly; `agreement` is the part of the units that both ways agree on.

    Networks without hidden layers are taken as they are, and `agreement` is None.
    """

    pair: Pair
    reference: Parameters
    direct: Pair
    agreement: float | None

    @property
    def letters(self) -> dict[str, float]:
        """eps_a, eps_b, |A' - B'|, rho_a, rho_b, cos(A', B'), rho_direct."""
        a, b, c = self.pair.theta_a, self.pair.theta_b, self.reference
        return {
            "eps_a": (a - c).norm(),
            "eps_b": (b - c).norm(),
            "Delta_norm": (a - b).norm(),
            "rho_a": cosine(a, c),
            "rho_b": cosine(b, c),
            "cosine": cosine(a, b),
            "rho_direct": cosine(self.direct.theta_a, self.direct.theta_b),
        }

    @property
    def index(self) -> float | None:
        """T of the three networks."""
        letters = self.letters
        return transitivity_index(letters["cosine"], letters["rho_a"], letters["rho_b"], letters["rho_direct"])


def via(pair: Pair, reference: Parameters, match: Callable[[Pair], Matching] = weight_matching) -> Via:
    """Match theta_a and theta_b to the reference, and theta_b to theta_a; the default matches weights."""
    net = pair.landscape
    if not isinstance(net, Layered) or net.depth < 2:
        return Via(replace(pair, others=()), reference, replace(pair, others=()), None)
    first, second = (match(Pair(net, reference, theta, pair.name)) for theta in (pair.theta_a, pair.theta_b))
    straight = match(pair)
    # unit i of C is unit first[i] of A and second[i] of B; directly, unit j of A is unit straight[j] of B
    agreed = sum(int((straight.perm[layer][order] == second.perm[layer]).sum()) for layer, order in first.perm.items())
    joined = replace(pair, theta_a=first.theta, theta_b=second.theta, others=())
    return Via(joined, reference, replace(pair, theta_b=straight.theta, others=()), agreed / sum(net.widths))


def cosine(left: Parameters, right: Parameters) -> float:
    """<left, right>/(|left| |right|), cut to [-1, 1]; 0 where one of them is 0."""
    size = left.norm() * right.norm()
    return min(1.0, max(-1.0, left.dot(right) / size)) if size else 0.0


def mirrored(theta: Parameters, reference: Parameters) -> Parameters:
    """theta with its part along the reference kept and the rest turned round: 2 <theta, C> C/|C|^2 - theta."""
    return reference * (2 * theta.dot(reference) / reference.dot(reference)) - theta


def null_cosine(rho_a: float, rho_b: float) -> float:
    """E cos(A', B') = rho_a rho_b where nothing but the reference is common to the two."""
    return float(evaluate(SLUG, "null", {"rho_a": rho_a, "rho_b": rho_b}))


def transitivity_index(cosine: float, rho_a: float, rho_b: float, rho_direct: float) -> float | None:
    """T = (cos(A', B') - rho_a rho_b)/(rho_direct - rho_a rho_b); None where the denominator is not above 0.02.

    >>> round(transitivity_index(0.143, 0.25, 0.2, 0.224), 3)
    0.534
    """
    if rho_direct - null_cosine(rho_a, rho_b) <= LEAST:
        return None
    letters = {"cosine": cosine, "rho_a": rho_a, "rho_b": rho_b, "rho_direct": rho_direct}
    return float(evaluate(SLUG, "index", letters))
