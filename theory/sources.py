"""The works that claims cite. Statements are ours; constants and wording may differ from the published ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A published work, or a body of knowledge, under the key by which pages cite it."""

    key: str
    short: str
    reference: str
    link: str = ""


def _arxiv(key: str, short: str, reference: str, number: str) -> Source:
    return Source(key, short, f"{reference}, arXiv {number}", f"https://arxiv.org/abs/{number}")


_ALL = (
    Source("here", "derived here", "Derived in this project"),
    Source("classical", "classical", "Textbook fact, named at the step that uses it"),
    _arxiv(
        "singh2024",
        "Singh et al. 2024",
        "Singh, Adilova, Kamp, Fischer, Schölkopf, Hofmann (2024), Landscaping Linear Mode Connectivity",
        "2406.16300",
    ),
    _arxiv(
        "nguyen2021",
        "Nguyen et al. 2021",
        "Nguyen, Bréchet, Mondelli (2021), When Are Solutions Connected in Deep Networks?",
        "2102.09671",
    ),
    _arxiv(
        "csiszarik2023",
        "Csiszárik et al. 2023",
        "Csiszárik, Kiss, Kőrösi-Szabó, Muntag, Papp, Varga (2023), Mode Combinability",
        "2308.11511",
    ),
    _arxiv(
        "kuditipudi2019",
        "Kuditipudi et al. 2019",
        "Kuditipudi et al. (2019), Explaining Landscape Connectivity of Low-cost Solutions for Multilayer Nets",
        "1906.06247",
    ),
    _arxiv(
        "entezari2022",
        "Entezari et al. 2022",
        "Entezari, Sedghi, Saukh, Neyshabur (2022), The Role of Permutation Invariance in Linear Mode Connectivity",
        "2110.06296",
    ),
    _arxiv(
        "frankle2020",
        "Frankle et al. 2020",
        "Frankle, Dziugaite, Roy, Carbin (2020), Linear Mode Connectivity and the Lottery Ticket Hypothesis",
        "1912.05671",
    ),
    Source("bae2026", "Bae 2026", "H. Bae (2026), manuscript on barriers as logit linearisation gaps"),
    _arxiv(
        "zhou2023",
        "Zhou et al. 2023",
        "Zhou, Yang, Yang, Yan, Hu (2023), Going Beyond Linear Mode Connectivity: The Layerwise Linear Feature Connectivity",
        "2307.08286",
    ),
    _arxiv(
        "zhao2025",
        "Zhao et al. 2025",
        "Zhao, Dehmamy, Walters, Yu (2025), Understanding Mode Connectivity via Parameter Space Symmetry",
        "2505.23681",
    ),
    _arxiv(
        "shevchenko2020",
        "Shevchenko, Mondelli 2020",
        "Shevchenko, Mondelli (2020), Landscape Connectivity and Dropout Stability of SGD Solutions for Over-parameterized "
        "Neural Networks",
        "1912.10095",
    ),
    _arxiv(
        "nguyen2021sublevel",
        "Nguyen 2021",
        "Nguyen (2021), A Note on Connectivity of Sublevel Sets in Deep Learning",
        "2101.08576",
    ),
    _arxiv(
        "nguyen2019",
        "Nguyen 2019",
        "Nguyen (2019), On Connected Sublevel Sets in Deep Learning",
        "1901.07417",
    ),
    _arxiv(
        "garipov2018",
        "Garipov et al. 2018",
        "Garipov, Izmailov, Podoprikhin, Vetrov, Wilson (2018), Loss Surfaces, Mode Connectivity, and Fast Ensembling of DNNs",
        "1802.10026",
    ),
    _arxiv(
        "cooper2018",
        "Cooper 2018",
        "Cooper (2018), The Loss Landscape of Overparameterized Neural Networks",
        "1804.10200",
    ),
    _arxiv(
        "adilova2024",
        "Adilova et al. 2024",
        "Adilova, Andriushchenko, Kamp, Fischer, Jaggi (2024), Layer-wise Linear Mode Connectivity",
        "2307.06966",
    ),
    Source("baum1988", "Baum 1988", "Baum (1988), On the Capabilities of Multilayer Perceptrons, Journal of Complexity 4"),
    _arxiv(
        "bubeck2020",
        "Bubeck et al. 2020",
        "Bubeck, Eldan, Lee, Mikulincer (2020), Network Size and Weights Size for Memorization with Two-Layers Neural Networks",
        "2006.02855",
    ),
    _arxiv(
        "yun2019",
        "Yun et al. 2019",
        "Yun, Sra, Jadbabaie (2019), Small ReLU Networks Are Powerful Memorizers",
        "1810.07770",
    ),
    _arxiv(
        "simsek2021",
        "Şimşek et al. 2021",
        "Şimşek et al. (2021), Geometry of the Loss Landscape in Overparameterized Neural Networks: Symmetries and Invariances",
        "2105.12221",
    ),
    _arxiv(
        "brea2019",
        "Brea et al. 2019",
        "Brea, Şimşek, Illing, Gerstner (2019), Weight-Space Symmetry in Deep Networks Gives Rise to Permutation Saddles",
        "1907.02911",
    ),
    _arxiv(
        "jordan2022",
        "Jordan et al. 2022",
        "Jordan, Sedghi, Saukh, Entezari, Neyshabur (2022), REPAIR: REnormalizing Permuted Activations for Interpolation Repair",
        "2211.08403",
    ),
    Source(
        "goldstein2010",
        "Goldstein 2010",
        "Goldstein (2010), Bounds on the constant in the mean central limit theorem, Annals of Probability 38",
    ),
    Source(
        "ajtai1984",
        "Ajtai, Komlós, Tusnády 1984",
        "Ajtai, Komlós, Tusnády (1984), On optimal matchings, Combinatorica 4",
    ),
    Source(
        "fournier2015",
        "Fournier, Guillin 2015",
        "Fournier, Guillin (2015), On the rate of convergence in Wasserstein distance of the empirical measure, "
        "Probability Theory and Related Fields 162",
    ),
    _arxiv(
        "ainsworth2022",
        "Ainsworth et al. 2022",
        "Ainsworth, Hayase, Srinivasa (2022), Git Re-Basin: Merging Models modulo Permutation Symmetries",
        "2209.04836",
    ),
    Source(
        "mirsky1960",
        "Mirsky 1960",
        "Mirsky (1960), Symmetric Gauge Functions and Unitarily Invariant Norms, Quarterly Journal of Mathematics 11",
    ),
    _arxiv(
        "ito2024",
        "Ito et al. 2024",
        "Ito, Yamada, Kumagai (2024), Analysis of Linear Mode Connectivity via Permutation-Based Weight Matching",
        "2402.04051",
    ),
    _arxiv(
        "ferbach2024",
        "Ferbach et al. 2024",
        "Ferbach, Goujaud, Gidel, Dieuleveut (2024), Proving Linear Mode Connectivity of Neural Networks via Optimal Transport",
        "2310.19103",
    ),
    _arxiv(
        "crisostomi2024",
        "Crisostomi et al. 2024",
        "Crisostomi, Fumero, Baieri, Bernard, Rodolà (2024), C^2M^3: Cycle-Consistent Multi-Model Merging",
        "2405.17897",
    ),
    _arxiv(
        "benton2021",
        "Benton et al. 2021",
        "Benton, Maddox, Lotfi, Wilson (2021), Loss Surface Simplexes for Mode Connecting Volumes and Fast Ensembling",
        "2102.13042",
    ),
    _arxiv(
        "wortsman2021",
        "Wortsman et al. 2021",
        "Wortsman, Horton, Guestrin, Farhadi, Rastegari (2021), Learning Neural Network Subspaces",
        "2102.10472",
    ),
    Source(
        "krogh1995",
        "Krogh, Vedelsby 1995",
        "Krogh, Vedelsby (1995), Neural Network Ensembles, Cross Validation, and Active Learning, NIPS 7",
    ),
    _arxiv(
        "kornblith2019",
        "Kornblith et al. 2019",
        "Kornblith, Norouzi, Lee, Hinton (2019), Similarity of Neural Network Representations Revisited",
        "1905.00414",
    ),
    Source("parlett1998", "Parlett 1998", "Parlett (1998), The Symmetric Eigenvalue Problem, SIAM, chapters 11 and 13"),
)

SOURCES = {source.key: source for source in _ALL}
