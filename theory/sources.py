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
)

SOURCES = {source.key: source for source in _ALL}
