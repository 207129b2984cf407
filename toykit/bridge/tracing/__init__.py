"""What a module computes, as a graph of few operators, and the permutations of its units that leave its function alone."""

from toykit.bridge.tracing.graph import Node, Traced
from toykit.bridge.tracing.self_check import self_check
from toykit.bridge.tracing.symmetries import symmetries
from toykit.bridge.tracing.traced import trace

__all__ = ["Node", "Traced", "self_check", "symmetries", "trace"]
