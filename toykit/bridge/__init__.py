"""Torch modules as landscapes, their training on real data, and their checkpoints."""

from toykit.bridge.checkpoint import from_bytes, load, read, to_bytes, write
from toykit.bridge.data import data, digits
from toykit.bridge.factory import module_from
from toykit.bridge.landscapes.channelled import ChannelTorch
from toykit.bridge.landscapes.criterion import Criterion
from toykit.bridge.landscapes.folding import folded
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.landscapes.layered import LayeredTorch, from_toy, landscape, translated
from toykit.bridge.landscapes.statistics import reset_statistics
from toykit.bridge.models import lenet, mlp, resnet20, vgg11
from toykit.bridge.training.evaluation import evaluate
from toykit.bridge.training.pairs import branched_pair, independent_pair
from toykit.bridge.training.recipe import Recipe
from toykit.bridge.training.train import Branched, DivergedError, Trained, train, train_branched
from toykit.bridge.units.answers import traced_activation_matching
from toykit.bridge.units.renormalisation import traced_renormalise

__all__ = [
    "Branched",
    "ChannelTorch",
    "Criterion",
    "DivergedError",
    "LayeredTorch",
    "Recipe",
    "TorchLandscape",
    "Trained",
    "branched_pair",
    "data",
    "digits",
    "evaluate",
    "folded",
    "from_bytes",
    "from_toy",
    "independent_pair",
    "landscape",
    "lenet",
    "load",
    "mlp",
    "module_from",
    "read",
    "reset_statistics",
    "resnet20",
    "to_bytes",
    "traced_activation_matching",
    "traced_renormalise",
    "train",
    "train_branched",
    "translated",
    "vgg11",
    "write",
]
