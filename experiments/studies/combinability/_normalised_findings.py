"""What the pairs with normalisation say about each prediction."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.studies.combinability._published_networks import share
from experiments.studies.combinability._words import found, shown
from experiments.studies.study import Finding, Word
from toykit.chord import Profile

Part = Mapping[str, Any]
CHANCE = 0.1
"""Ten classes."""
LOW, EQUAL, SIGMAS = 0.3, 0.02, 2.0
"""A share near chance; accuracies that are the same; the standard errors beyond which a difference counts."""
NETWORKS = {"small": "small", "vgg11": "VGG-11", "resnet20": "ResNet-20"}


def name_of(part: Part) -> str:
    """The network in words."""
    config = part["config"]
    return f"{NETWORKS[config['network']]} {config['norm']}, w = {config['width']}"


def arranged(parts: Sequence[Part]) -> list[Part]:
    """By network, normalisation and width."""
    order = list(NETWORKS)
    return sorted(parts, key=lambda p: (order.index(p["config"]["network"]), p["config"]["norm"], p["config"]["width"]))


def with_norm(parts: Sequence[Part], norm: str) -> list[Part]:
    """The pairs with one normalisation."""
    return [part for part in parts if part["config"]["norm"] == norm]


def profile(part: Part, curve: str, what: str = "loss") -> Profile:
    """Test losses or errors along the segment."""
    given = part["result"]["curves"][curve]
    return Profile(np.array(given["ts"]), np.array(given[what]), what)


def ends(part: Part) -> float:
    """Mean test accuracy of the two networks."""
    return 1 - float(np.mean([error for _, error in part["result"]["ends"]["test"]]))


def midpoint(part: Part, curve: str, what: str = "accuracy") -> float:
    """Test accuracy or loss at t = 1/2."""
    given = part["result"]["curves"][curve]
    value = float(given["loss" if what == "loss" else "error"][given["ts"].index(0.5)])
    return value if what == "loss" else 1 - value


def shares(part: Part, curve: str) -> float:
    """The midpoint on the way from chance to the ends."""
    return share(midpoint(part, curve), ends(part), CHANCE)


def best(part: Part, name: str = "aligned") -> str:
    """The curve with statistics put right: reset for batch, REPAIR for layer normalisation."""
    return f"{name}, {'reset' if part['config']['norm'] == 'batch' else 'REPAIR'}"


def findings(parts: Sequence[Part]) -> list[Finding]:
    """One finding per prediction."""
    batch, layer = with_norm(parts, "batch"), with_norm(parts, "layer")
    return [_without(batch), _recovered(batch), _width(parts), _both(batch), _layer(batch, layer), _repair(layer)]


def _without(batch: Sequence[Part]) -> Finding:
    values = {name_of(part): shares(part, "aligned") for part in batch}
    same = [abs(midpoint(part, "aligned") - midpoint(part, best(part))) <= EQUAL for part in batch]
    return found("without reset", [value <= LOW for value in values.values()], _listed(values), refuted=sum(same) > len(same) / 2)


def recovered(part: Part, curve: str) -> float:
    """How much of the gap in accuracy between the aligned midpoint and the ends putting the statistics right closes."""
    without = midpoint(part, "aligned")
    return (midpoint(part, curve) - without) / (ends(part) - without)


def _recovered(batch: Sequence[Part]) -> Finding:
    values = {name_of(part): recovered(part, best(part)) for part in batch}
    mended = {name_of(part): recovered(part, "aligned, REPAIR") for part in batch}
    says = f"of the gap: {_listed(values)}; REPAIR, which reaches dense layers too: {_listed(mended)}"
    return found("with reset", [value > 0.5 for value in values.values()], says)


def _width(parts: Sequence[Part]) -> Finding:
    differences, says = [], []
    for before, after in _wider(parts):
        lost = [1 - shares(part, best(part)) for part in (before, after)]
        error = math.hypot(share_error(before, best(before)), share_error(after, best(after)))
        differences.append((lost[0] - lost[1], error))
        says.append(f"{name_of(before)} to {after['config']['width']}: {lost[0]:.2f} to {lost[1]:.2f} (± {error:.2f})")
    return _decided("width", differences, "; ".join(says))


def _decided(prediction: str, differences: Sequence[tuple[float, float]], says: str) -> Finding:
    """The word on differences (value, standard error) that should be positive; within 2 standard errors nothing is decided."""
    holds = [value > SIGMAS * error for value, error in differences]
    against = sum(value < -SIGMAS * error for value, error in differences)
    if not holds or all(holds) or 2 * against > len(holds):
        return found(prediction, holds, says, refuted=against > 0)
    return Finding(
        prediction, Word.QUALIFIED, f"{sum(holds)} of {len(holds)} beyond 2 standard errors, {against} against; {says}"
    )


def _wider(parts: Sequence[Part]) -> Iterator[tuple[Part, Part]]:
    """Neighbouring widths of the same network."""
    for before, after in pairwise(parts):
        if all(before["config"][key] == after["config"][key] for key in ("network", "norm")):
            yield before, after


def share_error(part: Part, curve: str) -> float:
    """The standard error of a share, from the sample of test examples."""
    accuracy, count = midpoint(part, curve), part["result"]["examples"][1]
    return math.sqrt(accuracy * (1 - accuracy) / count) / (ends(part) - CHANCE)


def _both(batch: Sequence[Part]) -> Finding:
    values = {name_of(part): [shares(part, curve) for curve in ("aligned", "as they are, reset", best(part))] for part in batch}
    says = "; ".join(f"{name}: {' / '.join(f'{value:.2f}' for value in row)}" for name, row in values.items())
    holds = [both - max(aligned, reset) > EQUAL for aligned, reset, both in values.values()]
    return found("both", holds, f"shares aligned / reset / both: {says}")


def _layer(batch: Sequence[Part], layer: Sequence[Part]) -> Finding:
    twins = {name_of(part): part for part in batch}
    both = [(part, twins[name]) for part in layer if (name := name_of(part).replace("layer", "batch")) in twins]
    values = {name_of(part): (shares(part, "aligned"), shares(twin, "aligned")) for part, twin in both}
    says = "; ".join(f"{name}: {ours:.2f} against {theirs:.2f}" for name, (ours, theirs) in values.items())
    differences = [
        (shares(p, "aligned") - shares(twin, "aligned"), math.hypot(*(share_error(each, "aligned") for each in (p, twin))))
        for p, twin in both
    ]
    return _decided("layer norm", differences, f"shares {says}")


def _repair(layer: Sequence[Part]) -> Finding:
    values = {name_of(part): midpoint(part, best(part)) - midpoint(part, "aligned") for part in layer}
    says = "; ".join(f"{name}: {100 * value:+.1f} points" for name, value in values.items())
    says += (
        f"; unaligned, for comparison: {shown(midpoint(p, best(p, 'as they are')) - midpoint(p, 'as they are') for p in layer)}"
    )
    errors = [math.hypot(*(share_error(p, c) for c in ("aligned", best(p)))) * (ends(p) - CHANCE) for p in layer]
    return _decided("REPAIR", list(zip(values.values(), errors, strict=True)), says)


def _listed(values: Mapping[str, float]) -> str:
    return "; ".join(f"{name}: {value:.2f}" for name, value in values.items())
