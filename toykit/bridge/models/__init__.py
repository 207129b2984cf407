"""Networks in plain torch whose first weights come from a generator of their own."""

from toykit.bridge.models.convolutional import ChannelNorm, lenet, resnet20, vgg11
from toykit.bridge.models.dense import MODULES, mlp

__all__ = ["MODULES", "ChannelNorm", "lenet", "mlp", "resnet20", "vgg11"]
