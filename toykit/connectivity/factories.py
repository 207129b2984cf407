"""Factories of sub-networks S_l: affine read-outs, carried through the hidden layers above as if these were not there.

An activation that is affine on some interval lets K logits pass: bring them into the interval, undo the slope at the
next layer, and undo the shift at the output. The result is the read-out's logits exactly, up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf

import numpy as np

from toykit.connectivity.readouts import Readout
from toykit.connectivity.subnetwork import Subnetwork
from toykit.errors import InputError
from toykit.landscape import Activation, Floats


@dataclass(frozen=True)
class AffinePiece:
    """On [lo, hi] the activation is u -> slope * u + offset."""

    lo: float
    hi: float
    slope: float = 1.0
    offset: float = 0.0


_PIECES = {
    "identity": AffinePiece(-inf, inf),
    "linear": AffinePiece(-inf, inf),
    "relu": AffinePiece(0.0, inf),
    "leaky_relu": AffinePiece(0.0, inf),
    "abs": AffinePiece(0.0, inf),
    "hard_tanh": AffinePiece(-1.0, 1.0),
    "hardtanh": AffinePiece(-1.0, 1.0),
}


def affine_piece(activation: Activation) -> AffinePiece | None:
    """The interval on which an activation is affine with nonzero slope, by name; None if it is not known to have one."""
    return _PIECES.get(activation.name.lower().replace("leakyrelu", "leaky_relu"))


def pass_through(
    layer: int,
    kept: tuple[int, ...],
    depth: int,
    readout: Readout,
    features: Floats,
    piece: AffinePiece | None,
    factor: float = 1.0,
) -> Subnetwork:
    """S_l with outputs factor * (F_l[:, I_l] w^T + b) on the given features, shape (n, n_l): K units per hidden layer above l.

    Raises:
        InputError: there are hidden layers above, and the activation has no affine piece.

    """
    if layer == depth - 1:
        final = readout.scaled(factor)
        return Subnetwork(layer, kept, (final.weight,), (final.bias,), "read-out")
    if piece is None:
        raise InputError(
            f"logits pass a hidden layer where its activation is affine; the one above layer {layer} has no known affine piece; "
            "use relu, leaky_relu or hard_tanh, or train the sub-network"
        )
    logits = readout.outputs(features[:, list(kept)])
    shrink, shift = _into(piece, logits)
    identity = np.eye(len(readout.bias))
    weights, biases = [shrink * readout.weight], [shrink * readout.bias + shift]
    for _ in range(layer + 2, depth):
        weights.append(identity / piece.slope)
        biases.append(np.full(len(shift), -piece.offset / piece.slope))
    weights.append(identity * (factor / (shrink * piece.slope)))
    biases.append(-(factor / shrink) * (shift + piece.offset / piece.slope))
    return Subnetwork(layer, kept, tuple(weights), tuple(biases), "pass-through")


def _into(piece: AffinePiece, logits: Floats) -> tuple[float, Floats]:
    """(shrink, shift) with shrink * z + shift inside the piece for all logits z, shape (n, K)."""
    lowest, highest = logits.min(axis=0), logits.max(axis=0)
    if isinf(piece.lo) and isinf(piece.hi):
        return 1.0, np.zeros_like(lowest)
    if isinf(piece.hi):
        return 1.0, piece.lo + 1.0 + np.maximum(0.0, -lowest)
    if isinf(piece.lo):
        return 1.0, piece.hi - 1.0 - np.maximum(0.0, highest)
    middle, radius = (piece.lo + piece.hi) / 2, (piece.hi - piece.lo) / 2
    largest = max(float(np.abs(logits).max()), float(np.finfo(np.float64).tiny))
    return min(1.0, radius / (2 * largest)), np.full_like(lowest, middle)
