"""The theory of mode connectivity as checked claims; sympy only."""

from theory.catalogue import claim, claims, slugs
from theory.claim import Assumption, Claim, Kind, Letter, Origin
from theory.evidence import Evidence

__all__ = ["Assumption", "Claim", "Evidence", "Kind", "Letter", "Origin", "claim", "claims", "slugs"]
