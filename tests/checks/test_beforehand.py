"""What types decide beforehand is what the check says after all its measurements, in the same words."""

from collections.abc import Iterator
from itertools import chain

import pytest

from theory.catalogue import claim
from toykit.checks.beforehand import RULES, decided
from toykit.data import gaussian_clusters, teacher_student
from toykit.hunt import check_module
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Verdict

MEASURED = {"barrier/double_well"}
"""Claims that five losses refute, where the check reads 41."""

ELSEWHERE = {"barrier/layer_attribution": {"COMPLETE"}}
"""Rules that no toy network breaks: seven layers are broken below."""


def own_pairs(slug: str) -> Iterator[Pair]:
    module = check_module(slug)
    return chain(module.cases(4), module.extremal(), (pair for _, pair in module.necessity()), networks())


def networks() -> Iterator[Pair]:
    for activation in ("tanh", "relu"):
        for loss, data, outputs in (
            (CrossEntropy(), gaussian_clusters(count=12, width=3, number=1), 3),
            (SquaredLoss(), teacher_student(count=12, width=3, outputs=2, number=1), 2),
        ):
            net, draw = MLP((3, 4, outputs), activation, loss, data), generator("decided beforehand")
            yield Pair(net, net.draw(draw), net.draw(draw), f"{activation}, {loss.name}")


@pytest.mark.parametrize("slug", sorted(RULES))
def test_a_decision_is_that_of_the_check(slug: str) -> None:
    refused = 0
    for pair in own_pairs(slug):
        early = decided(slug, pair)
        if early is None:
            continue
        refused += 1
        assert early.verdict is Verdict.INAPPLICABLE
        full = check_module(slug).check(pair)
        assert full.verdict is Verdict.INAPPLICABLE
        for name, outcome in early.assumptions.items():
            assert full.assumptions[name].holds is False
            assert slug in MEASURED or full.assumptions[name].how == outcome.how
    assert refused or slug in ELSEWHERE or set(RULES[slug]) == {"CONVEX"}


@pytest.mark.parametrize("slug", sorted(RULES))
def test_rules_are_for_assumptions_of_the_claim(slug: str) -> None:
    assert set(RULES[slug]) <= {assumption.name for assumption in claim(slug).assumptions}


def test_many_layers_are_refused_by_their_number() -> None:
    slug, draw = "barrier/layer_attribution", generator("many layers")
    net = MLP((3, *[2] * 6, 3), "tanh", CrossEntropy(), gaussian_clusters(count=6, width=3, number=2))
    pair = Pair(net, net.draw(draw), net.draw(draw), "seven layers")
    early = decided(slug, pair)
    assert early is not None
    assert dict(early.assumptions) == dict(check_module(slug).check(pair).assumptions)


def test_claims_without_a_rule_are_left_to_their_checks() -> None:
    assert decided("barrier/barrier_conventions", next(networks())) is None
