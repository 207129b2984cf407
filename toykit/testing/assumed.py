"""Strategies for pairs that satisfy named assumptions, or all those of a claim."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import islice

from hypothesis import strategies as st

from theory.catalogue import claim
from toykit.errors import InputError
from toykit.hunt import check_module
from toykit.landscape import Pair
from toykit.networks.mlp import MLP
from toykit.testing.networks import networks, pairs

NAMED: dict[str, Callable[[MLP], bool]] = {
    "C11": lambda net: net.traits.smooth,
    "ANALYTIC": lambda net: net.traits.analytic,
    "CONVEX": lambda net: net.traits.convex_in_outputs,
    "SQ": lambda net: net.traits.factor is not None,
    "CE": lambda net: net.traits.loss == "cross-entropy",
    "PL": lambda net: net.activation.piecewise_linear,
    "HIDDEN": lambda net: net.depth >= 2,
    "ONE-HIDDEN": lambda net: net.depth == 2,
}
"""Assumptions that the type of a network decides: smooth (C11, ANALYTIC), loss (CONVEX, SQ, CE), activation (PL), layers."""


def pairs_assuming(*names: str, largest: float = 2.0) -> st.SearchStrategy[Pair]:
    """Pairs on small dense networks that satisfy every named assumption; `NAMED` lists the names.

    Raises:
        InputError: a name is unknown.

    """
    unknown = [name for name in names if name not in NAMED]
    if unknown:
        raise InputError(f"assumptions by name are {', '.join(NAMED)}; got {unknown[0]!r}; filter the pairs yourself")
    return pairs(networks().filter(lambda net: _all(net, names)), largest=largest)


def pairs_for(slug: str) -> st.SearchStrategy[Pair]:
    """Pairs on which all assumptions of a claim hold, built by the claim's own check: the hunt, steered by Hypothesis.

    Raises:
        InputError: there is no such claim, or it has no check.

    """
    cases = check_module(claim(slug).slug).cases
    kinds = 6  # several kinds of pairs take turns in most checks
    return st.builds(
        lambda seed, number: next(islice(cases(kinds, seed), number, None)), st.integers(0, 9999), st.integers(0, kinds - 1)
    )


def _all(net: MLP, names: Collection[str]) -> bool:
    return all(NAMED[name](net) for name in names)
