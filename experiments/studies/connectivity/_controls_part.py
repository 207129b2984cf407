"""What is measured for the controls of one architecture: other features, other labels, other endpoints, smaller networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.studies.connectivity._networks import Networks, networks
from experiments.studies.connectivity._stages import fresh
from toykit.arrays import to_numpy
from toykit.chord import profile
from toykit.connectivity.built import Built, build
from toykit.connectivity.permuted import permuted
from toykit.connectivity.readouts import logistic
from toykit.connectivity.rebuilding import fitted
from toykit.connectivity.separability import separate, standardised
from toykit.connectivity.stages import Place, Stage
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy
from toykit.parameters import Parameters
from toykit.runs import Outcome
from toykit.seeds import generator

SMALL_STEPS = 300


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All controls on the first pair of networks of one architecture."""
    nets = networks(config)
    _, pair = nets.pairs[0]
    found = fresh(pair, "controls/trained")
    worse = max(nets.train.loss(theta) for theta in (pair.theta_a, pair.theta_b))
    raw = networks({**config, "epochs": 0})
    _, start = raw.pairs[0]
    untrained = fresh(Pair(nets.train, start.theta_a, start.theta_b), "controls/untrained", target=worse)
    copy = _copy(nets, pair.theta_a)
    moved, same = Pair(nets.train, pair.theta_a, copy), Pair(nets.train, pair.theta_a, pair.theta_a)
    return Outcome({
        "widths": list(nets.train.widths),
        "worse": worse,
        "layers": [
            {"endpoint": e, "layer": layer, "trained": stage.loss, "untrained": untrained[e, layer].loss}
            for (e, layer), stage in found.items()
        ],
        "labels": [_relabelled(nets, theta, number) for number, theta in enumerate((pair.theta_a, pair.theta_b))],
        "pair": _path(_built(pair, found), pair),
        "identical": _path(_built(same, fresh(same, "controls/identical")), same),
        "copy": _path(_built(moved, fresh(moved, "controls/copy")), moved),
        "outputs apart": float(abs(nets.train.outputs(copy) - nets.train.outputs(pair.theta_a)).max()),
        "small": _smaller(nets, pair.theta_a),
    })


def _copy(nets: Networks, theta: Parameters) -> Parameters:
    """The same function with the units of every hidden layer in another order."""
    layers = Layers.of(nets.train, theta)
    orders = {p: tuple(generator("controls copy", p).permutation(layers.sizes[p]).tolist()) for p in layers.hidden}
    return permuted(layers, theta, orders)


def _built(pair: Pair, found: Mapping[Place, Stage]) -> Built:
    a, b = ({layer: stage.small for (x, layer), stage in found.items() if x == e} for e in "ab")
    return build(pair, a, b, per_segment=2)


def _path(built: Built, pair: Pair) -> dict[str, Any]:
    """Maximum of path and chord, and the worse endpoint."""
    top = built.maximum
    chord = float(profile(pair).values.max())
    return {"maximum": top.value, "evidence": top.trust.name, "worse": built.worse, "excess": built.excess.value, "chord": chord}


def _features(nets: Networks, theta: Parameters, layer: int, number: int) -> Floats:
    """Half of the units of a layer, (n, n_l/2)."""
    features = np.asarray(to_numpy(nets.train.features(theta, layer)), dtype=np.float64)
    width = features.shape[1]
    return features[:, np.sort(generator(f"controls half {layer}", number).permutation(width)[: width // 2])]


def _relabelled(nets: Networks, theta: Parameters, number: int) -> dict[str, Any]:
    """Read-outs of half of the last hidden layer: of the labels, and of permuted ones with a bound for every read-out."""
    chosen, labels = _features(nets, theta, nets.train.depth - 1, number), to_numpy(nets.train.targets)
    other = generator("controls labels", number).permutation(labels)
    decided, loss = separate(chosen, other, 10), CrossEntropy()
    scaled, _, _ = standardised(chosen)
    own = loss.value(logistic(scaled, labels, 10).outputs(scaled), labels)
    against = None if decided.obstruction is None else decided.obstruction.loss_at_least
    return {
        "separable": decided.separable,
        "loss": loss.value(decided.readout.outputs(chosen), other),
        "bound": against,
        "true labels": own,
    }


def _smaller(nets: Networks, theta: Parameters) -> list[dict[str, float]]:
    """Loss of trained networks of decreasing width on half of the first hidden layer."""
    chosen, labels = _features(nets, theta, 1, 0), to_numpy(nets.train.targets)
    data, above = Data(chosen, labels, 10, "kept features"), len(nets.train.widths) - 1
    rows = []
    for width in sorted({max(2, nets.train.widths[0] // part) for part in (2, 4, 8, 16)}, reverse=True):
        found = fitted(data, [width] * above, nets.train.activation, True, f"controls small {width}", SMALL_STEPS)
        rows.append({"width": width, "loss": found.loss})
    return rows
