"""Large networks that are no dense chains are measured less often; everything else as ever."""

from toykit.checks.by_size import SLOW, fewer
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.seeds import generator


def test_small_networks_and_dense_ones_of_any_size_are_measured_as_ever() -> None:
    net, draw = MLP((3, 400, 400, 3), "tanh", CrossEntropy(), gaussian_clusters(count=4, width=3, number=1)), generator("wide")
    wide = Pair(net, net.draw(draw), net.draw(draw), "wide")
    assert wide.theta_a.count > SLOW
    assert fewer(wide, 40, 20) == 40
    assert fewer(fold(), 40, 20) == 40
