"""Which units of each hidden layer can be kept: seeded draws of kept sets, the best one with its proof of separability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.readouts import Labels
from toykit.connectivity.room import Shape
from toykit.connectivity.separability import Separation, quick_margins, separate, separator
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters
from toykit.seeds import generator

FINALISTS = 3
"""So many draws, the best by least squares, are fitted by logistic regression; fitting all twenty gains little margin."""


@dataclass(frozen=True)
class Kept:
    """The best kept set I_l of a layer: its separation, how many of the examined draws are separable, of all tried."""

    layer: int
    units: tuple[int, ...]
    features: Floats
    separation: Separation
    separable: int
    examined: int
    tried: int

    @property
    def margin(self) -> float:
        """g of the separator; 0 without one."""
        return 0.0 if self.separation.separator is None else self.separation.separator.margin


def kept_sizes(widths: tuple[int, ...], classes: int) -> dict[int, int]:
    """|I_1| = floor(n_1/2) and |I_l| = n_l - K for l >= 2: as many as the room allows, at least one."""
    sizes = (width // 2 if layer == 1 else width - classes for layer, width in enumerate(widths, start=1))
    return {layer: max(1, size) for layer, size in enumerate(sizes, start=1)}


def stage_shapes(keep: Mapping[int, int], classes: int) -> dict[int, Shape]:
    """The room that kept sets of these sizes need with K fresh units in every hidden layer above."""
    top = max(keep)
    return {layer: Shape(size, (classes,) * (top - layer)) for layer, size in keep.items()}


def keep_best(
    network: Layered, theta: Parameters, labels: Labels, classes: int, keep: Mapping[int, int], draws: int, name: str
) -> dict[int, Kept]:
    """For every hidden layer l the draw of `keep[l]` units with the largest proved margin, out of `draws` seeded ones.

    If no draw has a read-out without errors, separability of the last one is decided with a certificate.
    """
    found = {}
    for layer, size in keep.items():
        features = np.asarray(to_numpy(network.features(theta, layer)), dtype=np.float64)
        found[layer] = _best(features, labels, classes, layer, size, draws, f"{name}/{layer}")
    return found


def _best(features: Floats, labels: Labels, classes: int, layer: int, size: int, draws: int, name: str) -> Kept:
    """Rank the draws by their least-squares read-outs, then look closer at the first few."""
    tried = draws if size < features.shape[1] else 1
    sets = [tuple(sorted(generator(name, draw).permutation(features.shape[1])[:size].tolist())) for draw in range(tried)]
    quick = quick_margins(features, labels, classes, sets)
    finalists = sorted(range(tried), key=lambda i: -quick[i])[:FINALISTS]
    proofs = {i: separator(features[:, sets[i]], labels, classes) for i in finalists}
    proved = {i: proof for i, proof in proofs.items() if proof is not None}
    if not proved:
        first = sets[finalists[0]]
        decided = separate(features[:, first], labels, classes)
        return Kept(layer, first, features, decided, int(decided.separator is not None), len(finalists), tried)
    best = max(proved, key=lambda i: proved[i].margin)
    separation = Separation(proved[best], None, proved[best].readout, "a read-out without errors, evaluated again")
    return Kept(layer, sets[best], features, separation, len(proved), len(finalists), tried)
