"""Which hidden unit of one network is which of the other: matchers behind one result, and applying what they found."""

from toykit.matching.activation import activation_matching
from toykit.matching.contribution import contribution_matching
from toykit.matching.exhaustive import exhaustive_matching
from toykit.matching.matching import Matching
from toykit.matching.rebasin import identity, inverse, permutations, rebasin
from toykit.matching.weight import Alignment, weight_matching

__all__ = [
    "Alignment",
    "Matching",
    "activation_matching",
    "contribution_matching",
    "exhaustive_matching",
    "identity",
    "inverse",
    "permutations",
    "rebasin",
    "weight_matching",
]
