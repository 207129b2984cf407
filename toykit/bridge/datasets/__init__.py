"""Data sets from files: the official ones, found or downloaded, and those of the user."""

from toykit.bridge.datasets.official import cifar10, mnist, mnist1d
from toykit.bridge.datasets.own import from_loader, from_npz

__all__ = ["cifar10", "from_loader", "from_npz", "mnist", "mnist1d"]
