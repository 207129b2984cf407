"""Which units of each hidden layer can be kept: seeded draws of kept sets, the best one with its proof of separability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toykit.connectivity.above import carried, columns_at_entrance, features64
from toykit.connectivity.readouts import Labels
from toykit.connectivity.room import Shape
from toykit.connectivity.separability import Separation, quick_margins, separate, separator
from toykit.connectivity.units import Layers
from toykit.landscape import Feedforward, Floats
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


def kept_sizes(layers: Layers) -> dict[int, int]:
    """As many units as the room allows, at least one: |I_1| = floor(n_1/2) and |I_l| = n_l - K for dense layers l >= 2.

    Convolutions carry what is kept below, so there |I_l| + |I_{l-1}| fits into l and every convolution above it.
    """
    found = dict[int, int]()
    for layer in layers.hidden:
        least = min(layers.sizes[p] for p in range(layer, layers.entrance(layer) + 1))
        size = least // 2 if layer == 1 else least - (found[layer - 1] if layer in layers.kernels else layers.sizes[-1])
        found[layer] = max(1, size)
    return found


def stage_shapes(layers: Layers, keep: Mapping[int, int]) -> dict[int, Shape]:
    """The room that kept sets of these sizes need: K fresh units in every dense layer above, the kept ones in convolutions."""
    classes = layers.sizes[-1]
    return {
        layer: Shape(size, tuple(size if p in layers.kernels else classes for p in range(layer + 1, layers.depth)))
        for layer, size in keep.items()
    }


def keep_best(
    network: Feedforward, theta: Parameters, labels: Labels, classes: int, keep: Mapping[int, int], draws: int, name: str
) -> dict[int, Kept]:
    """For every hidden layer l the draw of `keep[l]` units with the largest proved margin, out of `draws` seeded ones.

    If no draw has a read-out without errors, separability of the last one is decided with a certificate. What must be
    separable are the features after they were carried through the convolutions above l.
    """
    found, layers = {}, Layers.of(network, theta)
    for layer, size in keep.items():
        features = carried(network, layers, layer, features64(network, theta, layer))
        found[layer] = _best(features, labels, classes, layers, layer, size, draws, f"{name}/{layer}")
    return found


def _best(features: Floats, labels: Labels, classes: int, layers: Layers, layer: int, size: int, draws: int, name: str) -> Kept:
    """Rank the draws by their least-squares read-outs, then look closer at the first few."""
    width = layers.sizes[layer]
    tried = draws if size < width else 1
    sets = [tuple(sorted(generator(name, draw).permutation(width)[:size].tolist())) for draw in range(tried)]
    columns = [tuple(columns_at_entrance(layers, layer, kept)) for kept in sets]
    quick = quick_margins(features, labels, classes, columns)
    finalists = sorted(range(tried), key=lambda i: -quick[i])[:FINALISTS]
    proofs = {i: separator(features[:, columns[i]], labels, classes) for i in finalists}
    proved = {i: proof for i, proof in proofs.items() if proof is not None}
    if not proved:
        first = finalists[0]
        decided = separate(features[:, columns[first]], labels, classes)
        return Kept(layer, sets[first], features, decided, int(decided.separator is not None), len(finalists), tried)
    best = max(proved, key=lambda i: proved[i].margin)
    separation = Separation(proved[best], None, proved[best].readout, "a read-out without errors, evaluated again")
    return Kept(layer, sets[best], features, separation, len(proved), len(finalists), tried)
