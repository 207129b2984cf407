"""Torch modules as landscapes, their training on real data, and their checkpoints."""

from toykit.bridge.checkpoint import from_bytes, to_bytes
from toykit.bridge.criterion import Criterion
from toykit.bridge.data import digits
from toykit.bridge.landscape import TorchLandscape
from toykit.bridge.layered import LayeredTorch, from_toy, landscape, translated
from toykit.bridge.models import mlp
from toykit.bridge.pairs import branched_pair, independent_pair
from toykit.bridge.training import Branched, DivergedError, Recipe, Trained, train, train_branched

__all__ = [
    "Branched",
    "Criterion",
    "DivergedError",
    "LayeredTorch",
    "Recipe",
    "TorchLandscape",
    "Trained",
    "branched_pair",
    "digits",
    "from_bytes",
    "from_toy",
    "independent_pair",
    "landscape",
    "mlp",
    "to_bytes",
    "train",
    "train_branched",
    "translated",
]
