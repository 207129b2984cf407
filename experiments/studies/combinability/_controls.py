"""The controls printed with every table of these studies, from the first pair of each architecture.

(i) unaligned, (ii) midpoint, (iii) wholly re-shuffled, (iv) the parents' ensemble of outputs, (v) a planted pair: b is a with
permuted units and noise of a tenth of its norm, (vi) the change of the outputs by the permutation, (vii) the cosine after
matching of networks that were never trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from experiments.studies.combinability._matchers import MATCHED, MATCHERS, aligned
from experiments.studies.combinability._networks import Networks, architecture, networks, scores, scores_of
from experiments.studies.study import Table
from toykit.arrays import like, to_numpy
from toykit.combining.draws import mixing
from toykit.landscape import Pair
from toykit.matching.rebasin import inverse, rebasin
from toykit.matching.transitivity import cosine
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator

NOISE = 0.1
RECOVERED = 0.99
"""The part of the units of a planted pair that a matcher has to find."""

CONTROLS = (
    "unaligned: the pair as trained",
    "midpoint: the matched pair at $t = 1/2$, without random $\\lambda$",
    "re-shuffled: matched, then all hidden units permuted at random",
    "ensemble: the mean of the outputs of both parents",
    "planted: b is a permuted with noise of a tenth of its norm; at least 99 % of the units must be found",
    "outputs: the largest relative change of an output by the permutation",
    "untrained: the cosine that matching finds between networks before training",
)


def controls(config: Mapping[str, Any]) -> dict[str, Any]:
    """All controls for the first two seeds of a configuration."""
    keys = ("widths", "epochs", "activation", "data", "first")
    given = {key: config[key] for key in keys if key in config} | {"seeds": tuple(config["seeds"][:2])}
    return {**_controls(tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in given.items()))}


@lru_cache(maxsize=32)
def _controls(items: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    config = dict(items)
    nets = networks(config)
    (pair,) = nets.pairs
    untrained = networks(config | {"epochs": 0}).pairs[0]
    found: dict[str, Any] = {"network": architecture(config)}
    ends = [scores(nets.test, theta).accuracy for theta in (pair.theta_a, pair.theta_b)]
    found["ends"] = float(np.mean(ends))
    for matcher in ("none", "activation", "re-shuffled"):
        found[f"midpoint, {matcher}"] = scores(nets.test, _middle(aligned(pair, matcher))).accuracy
    outputs = [nets.test.outputs(theta) for theta in (pair.theta_a, pair.theta_b)]
    found["ensemble"] = scores_of(nets.test, sum(outputs[1:], start=outputs[0]) / 2).accuracy
    varying = {layer: _varying(nets, pair.theta_a, layer) for layer in range(1, nets.train.depth)}
    found["varying"] = float(np.mean(np.concatenate(list(varying.values()))))
    hits = {matcher: _planted(nets, pair, matcher) for matcher in MATCHED}
    found["planted"] = {matcher: float(np.mean(np.concatenate(list(hit.values())))) for matcher, hit in hits.items()}
    found["planted, varying"] = {
        matcher: float(np.mean(np.concatenate([hit[layer][varying[layer]] for layer in hit]))) for matcher, hit in hits.items()
    }
    found["planted vertices"] = _planted_vertices(nets, pair)
    found["outputs"] = max(MATCHERS[matcher](pair).change for matcher in MATCHED)
    found["untrained"] = {m: cosine(untrained.theta_a, MATCHERS[m](untrained).theta) for m in MATCHED}
    return found


def planted(nets: Networks, pair: Pair) -> tuple[Pair, dict[int, Any]]:
    """theta_a beside a noisy copy with permuted units, and the permutation that a matcher should find."""
    stream = generator("planted pair")
    perm = {layer: stream.permutation(width) for layer, width in enumerate(nets.train.widths, start=1)}
    noise = pair.theta_a.map(lambda array: like(stream.standard_normal(tuple(array.shape)), array))
    copy = rebasin(nets.train, pair.theta_a, perm) + noise * (NOISE * pair.theta_a.norm() / noise.norm())
    return Pair(nets.train, pair.theta_a, copy), inverse(perm)


def _planted(nets: Networks, pair: Pair, matcher: str) -> dict[int, Any]:
    """For every unit of every hidden layer whether it was found."""
    both, wanted = planted(nets, pair)
    found = MATCHERS[matcher](both).perm
    return {layer: found[layer] == order for layer, order in wanted.items()}


def _varying(nets: Networks, theta: Parameters, layer: int) -> Any:
    """Which units vary over the training data: a unit that never fires cannot be told by its activations from another."""
    return to_numpy(nets.train.features(theta, layer)).std(axis=0) > 0


def _planted_vertices(nets: Networks, pair: Pair) -> float:
    """Accuracy of random vertices of the planted pair, once it is matched."""
    both = aligned(planted(nets, pair)[0], "activation")
    mixed = mixing(nets.tested(both), "bernoulli(0.5)")
    return float(np.mean([scores(nets.test, mixed.centre + mixed.step(xi)).accuracy for xi in mixed.deviations(4)]))


def _middle(pair: Pair) -> Parameters:
    return chord_point(pair.theta_a, pair.theta_b, 0.5)


def control_table(parts: Sequence[Mapping[str, Any]]) -> Table:
    """The controls of all architectures."""
    rows = []
    for part in parts:
        found = part["result"]["controls"]
        rows.append((
            found["network"],
            found["ends"],
            *(found[f"midpoint, {matcher}"] for matcher in ("none", "activation", "re-shuffled")),
            found["ensemble"],
            *(found["planted"][matcher] for matcher in MATCHED),
            found["varying"],
            found["planted vertices"],
            found["outputs"],
            *(found["untrained"][matcher] for matcher in MATCHED),
        ))
    columns = (
        *("hidden layers", "ends", "midpoint, unaligned", "midpoint, matched", "midpoint, re-shuffled", "ensemble"),
        *(f"planted, {matcher}" for matcher in MATCHED),
        *("units that vary", "planted, vertices", "change of outputs"),
        *(f"untrained cosine, {matcher}" for matcher in MATCHED),
    )
    caption = "Controls, first pair: test accuracies, planted units found, relative change of outputs, cosines before training"
    return Table(caption, columns, tuple(rows))


def control_notes(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for every control that failed; units that never fire have no activations to be found by."""
    notes = []
    for part in parts:
        found = part["result"]["controls"]
        shares = {matcher: found["planted, varying"][matcher] for matcher in MATCHED}
        lost = {matcher: share for matcher, share in shares.items() if share < RECOVERED}
        if lost:
            shown = ", ".join(f"{matcher} {share:.1%}" for matcher, share in lost.items())
            notes.append(f"{found['network']}: of the planted units that vary over the data fewer than 99 % were found ({shown})")
    return notes
