"""Random combinations theta_a + lambda*Delta: laws of lambda, partitions, the loss drawn and predicted, renormalisation."""

from toykit.combining.collapse import LayerVariance, collapse
from toykit.combining.difference import Difference, Ensemble, cka, difference, ensemble
from toykit.combining.draws import Mixing, Sample, expectation, mixing, sample
from toykit.combining.excess import Excess, enumerated_excess, sampled_excess
from toykit.combining.gap import Gap, combination_gap
from toykit.combining.granularity import GRANULARITIES, Blocks, blocks
from toykit.combining.laws import Law, law
from toykit.combining.prediction import Prediction, predict
from toykit.combining.propagation import OutputMoments, propagate
from toykit.combining.renormalisation import Renormalised, renormalise
from toykit.combining.simplex import Simplex, simplex
from toykit.combining.trace import Trace, block_hessian, block_trace

__all__ = [
    "GRANULARITIES",
    "Blocks",
    "Difference",
    "Ensemble",
    "Excess",
    "Gap",
    "Law",
    "LayerVariance",
    "Mixing",
    "OutputMoments",
    "Prediction",
    "Renormalised",
    "Sample",
    "Simplex",
    "Trace",
    "block_hessian",
    "block_trace",
    "blocks",
    "cka",
    "collapse",
    "combination_gap",
    "difference",
    "ensemble",
    "enumerated_excess",
    "expectation",
    "law",
    "mixing",
    "predict",
    "propagate",
    "renormalise",
    "sample",
    "sampled_excess",
    "simplex",
]
