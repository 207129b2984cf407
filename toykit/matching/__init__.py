"""Which hidden unit of one network is which of the other: matchers behind one result, and applying what they found."""

from toykit.matching.activation import activation_matching
from toykit.matching.contribution import contribution_matching
from toykit.matching.exhaustive import exhaustive_matching
from toykit.matching.frank_wolfe import frank_wolfe
from toykit.matching.matching import Matching
from toykit.matching.merging import merge_many
from toykit.matching.rebasin import identity, inverse, permutations, rebasin
from toykit.matching.reshuffling import expected_distance_2, reshuffling
from toykit.matching.straight_through import straight_through
from toykit.matching.transitivity import Via, null_cosine, transitivity_index, via
from toykit.matching.universe import Universe, around, cycle_error, pairwise
from toykit.matching.weight import Alignment, weight_matching

__all__ = [
    "Alignment",
    "Matching",
    "Universe",
    "Via",
    "activation_matching",
    "around",
    "contribution_matching",
    "cycle_error",
    "exhaustive_matching",
    "expected_distance_2",
    "frank_wolfe",
    "identity",
    "inverse",
    "merge_many",
    "null_cosine",
    "pairwise",
    "permutations",
    "rebasin",
    "reshuffling",
    "straight_through",
    "transitivity_index",
    "via",
    "weight_matching",
]
