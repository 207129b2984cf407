"""Certified barriers of any traced module whose operators have a rule on quadratic Taylor models."""

from toykit.bridge.certified.chord import GraphChord, graph_chord

__all__ = ["GraphChord", "graph_chord"]
