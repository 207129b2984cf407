"""Random combinations theta_a + lambda*Delta: laws of lambda, partitions into blocks, moments of the loss over draws."""

from toykit.combining.draws import Mixing, Sample, expectation, mixing, sample
from toykit.combining.excess import Excess, enumerated_excess, sampled_excess
from toykit.combining.gap import Gap, combination_gap
from toykit.combining.granularity import GRANULARITIES, Blocks, blocks
from toykit.combining.laws import Law, law
from toykit.combining.trace import Trace, block_hessian, block_trace

__all__ = [
    "GRANULARITIES",
    "Blocks",
    "Excess",
    "Gap",
    "Law",
    "Mixing",
    "Sample",
    "Trace",
    "block_hessian",
    "block_trace",
    "blocks",
    "combination_gap",
    "enumerated_excess",
    "expectation",
    "law",
    "mixing",
    "sample",
    "sampled_excess",
]
