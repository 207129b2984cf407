"""How well a predictor ranks pairs: Spearman's correlation with an interval from resampled networks, and its controls.

Pairs share networks, so networks are drawn with replacement, not pairs: a pair counts as often as the product of the counts
of its networks. A pair of two copies of one drawn network does not exist and counts never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from experiments.studies.barrier._letters import BASELINES, BOUNDS, ESTIMATES
from experiments.studies.study import Table, Word
from toykit.landscape import Floats
from toykit.seeds import generator
from toykit.tolerances import SOLVED

RESAMPLES, SHUFFLES = 500, 200
LEVEL = 0.95
ERRATIC, STEADY = 10.0, 3.0
"""The 90 % quantile of estimate / g over its 10 % quantile: at most 3 is a constant factor, above 10 it is erratic."""

FEWEST = 3
"""Two pairs are always in order or in reverse order."""

Networks = tuple[Hashable, ...]


class Interval(NamedTuple):
    """A statistic of all pairs, and the quantiles of its values on resampled networks; None where it does not exist."""

    value: float | None
    lo: float | None
    hi: float | None

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.lo is not None and self.lo > 0

    @property
    def around(self) -> bool:
        """Whether 0 is inside."""
        return self.lo is not None and self.hi is not None and self.lo <= 0 <= self.hi

    def __str__(self) -> str:
        if self.value is None or self.lo is None or self.hi is None:
            return "none"
        return f"{self.value:.2f} [{self.lo:.2f}, {self.hi:.2f}]"


@dataclass(frozen=True)
class Group:
    """Records of pairs of one kind, with the networks of each pair; never pooled with another kind."""

    name: str
    records: tuple[Mapping[str, Any], ...]
    networks: tuple[Networks, ...]

    def column(self, name: str) -> Floats:
        """A letter of all pairs, shape (pairs,); NaN where a pair has none."""
        return np.array([math.nan if row.get(name) is None else float(row[name]) for row in self.records])

    def spearman(self, predictor: str, target: str) -> Interval:
        """The rank correlation of two letters."""
        x, y = self.column(predictor), self.column(target)
        return self._interval(lambda weights: correlations(x, y, weights))

    def lead(self, predictor: str, baseline: str, target: str) -> Interval:
        """How much better the predictor ranks the target than the baseline does."""
        x, z, y = self.column(predictor), self.column(baseline), self.column(target)
        return self._interval(lambda weights: correlations(x, y, weights) - correlations(z, y, weights))

    def partial(self, predictor: str, target: str, given: str = "Delta^2") -> Interval:
        """The partial rank correlation given a third letter."""
        x, y, z = self.column(predictor), self.column(target), self.column(given)
        return self._interval(lambda weights: partial(x, y, z, weights))

    @cached_property
    def resampled(self) -> Floats:
        """How often each pair counts in every resample, shape (resamples, pairs); those with fewer than three are left out."""
        draw = generator(f"bench/bootstrap/{self.name}")
        names = sorted({network for pair in self.networks for network in pair}, key=str)
        members = np.array([[names.index(network) for network in pair] for pair in self.networks])
        drawn = draw.integers(len(names), size=(RESAMPLES, len(names)))
        counts = np.stack([np.bincount(row, minlength=len(names)) for row in drawn])
        weights: Floats = counts[:, members].prod(axis=2).astype(np.float64)
        kept: Floats = weights[(weights > 0).sum(axis=1) >= FEWEST]
        return kept

    def _interval(self, statistic: Callable[[Floats], Floats]) -> Interval:
        """The statistic of all pairs, and its quantiles over the resamples in which it exists."""
        count = len(self.records)
        value = float(statistic(np.ones((1, count)))[0]) if count >= FEWEST else math.nan
        if not math.isfinite(value):
            return Interval(None, None, None)
        found = statistic(self.resampled) if len(self.resampled) else np.empty(0)
        found = found[np.isfinite(found)]
        if not len(found):
            return Interval(value, None, None)
        lo, hi = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Interval(value, float(lo), float(hi))

    def shuffled(self, predictor: str, target: str) -> float | None:
        """The mean rank correlation where predictors and pairs are paired at random: about 0, or the score is broken."""
        x, y = self.column(predictor), self.column(target)
        draw = generator(f"bench/shuffles/{self.name}")
        found = [spearman(x[draw.permutation(len(x))], y) for _ in range(SHUFFLES)]
        kept = [value for value in found if math.isfinite(value)]
        return float(np.mean(kept)) if kept else None

    def ratios(self, estimate: str, target: str) -> tuple[float, float, float] | None:
        """The 10, 50 and 90 % quantiles of estimate / target over pairs with a positive target."""
        x, y = self.column(estimate), self.column(target)
        kept = np.isfinite(x) & (y > 0)
        if not kept.any():
            return None
        lo, middle, hi = np.quantile(x[kept] / y[kept], [0.1, 0.5, 0.9])
        return float(lo), float(middle), float(hi)


def spearman(x: Floats, y: Floats) -> float:
    """The correlation of the ranks; NaN where a column is constant or has gaps."""
    return float(correlations(x, y, np.ones((1, len(x))))[0])


def correlations(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's correlation with every row of weights (r, n), as if pair i were there w_i times; shape (r,)."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return np.full(len(weights), math.nan)
    u, v = (_centred(ranks(column, weights), weights) for column in (x, y))
    products = ((weights * left * right).sum(axis=1) for left, right in ((u, v), (u, u), (v, v)))
    uv, uu, vv = products
    alive = (uu > 0) & (vv > 0)
    found: Floats = np.where(alive, uv / np.sqrt(np.where(alive, uu * vv, 1.0)), math.nan)
    return found


def ranks(x: Floats, weights: Floats) -> Floats:
    """The mean rank of every entry among entries repeated as often as their weight, shape (r, n)."""
    _, group = np.unique(x, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(group.max() + 1), side="right")
    through = np.cumsum(weights[:, order], axis=1)[:, ends - 1]
    below = np.concatenate([np.zeros((len(weights), 1)), through[:, :-1]], axis=1)
    found: Floats = ((below + through + 1) / 2)[:, group]
    return found


def _centred(columns: Floats, weights: Floats) -> Floats:
    found: Floats = columns - ((weights * columns).sum(axis=1) / weights.sum(axis=1))[:, None]
    return found


def partial(x: Floats, y: Floats, z: Floats, weights: Floats | None = None) -> Floats:
    """(r_xy - r_xz r_yz) / sqrt((1 - r_xz^2)(1 - r_yz^2)) of rank correlations; NaN where z decides x or y."""
    given = np.ones((1, len(x))) if weights is None else weights
    xy, xz, yz = correlations(x, y, given), correlations(x, z, given), correlations(y, z, given)
    rest = (1 - xz * xz) * (1 - yz * yz)
    alive = rest > SOLVED
    found: Floats = np.where(alive, (xy - xz * yz) / np.sqrt(np.where(alive, rest, 1.0)), math.nan)
    return found


def target(predictor: str) -> str:
    """g(1/2) for a signed estimate, B for a bound; baselines are scored as the estimates they compete with."""
    return "B" if predictor in BOUNDS else "half"


def scores(group: Group) -> Table:
    """Every predictor and baseline: how it ranks, given the distance, shuffled, and its height."""
    rows = []
    for name in (*ESTIMATES, *BOUNDS, *BASELINES):
        scored = target(name)
        if len(group.records) < FEWEST or not np.isfinite(group.column(name)).all():
            continue
        ratios = group.ratios(name, scored) if name not in BASELINES else None
        height = "" if ratios is None else " / ".join(f"{ratio:.2g}" for ratio in ratios)
        given = "" if name == "Delta^2" else str(group.partial(name, scored))
        shuffled = group.shuffled(name, scored)
        rows.append((
            *(name, "B" if scored == "B" else "g(1/2)", str(group.spearman(name, scored)), given),
            *("" if shuffled is None else f"{shuffled:.2f}", height),
        ))
    caption = f"{group.name}: {len(group.records)} pairs, rank correlations with {LEVEL:.0%} intervals over networks"
    columns = ("predictor", "ranks", "Spearman", "given |Delta|^2", "shuffled", "ratio 10/50/90 %")
    return Table(caption, columns, tuple(rows))


def better(lead: Interval) -> Word:
    """REPRODUCED where the interval of the lead is above 0, QUALIFIED where only the lead itself is."""
    if lead.value is None or lead.value <= 0:
        return Word.NOT_REPRODUCED
    return Word.REPRODUCED if lead.above else Word.QUALIFIED


def steady(ratios: tuple[float, float, float] | None) -> Word:
    """Whether estimate / g is a constant factor, by the quotient of its 90 and 10 % quantiles."""
    if ratios is None or ratios[0] <= 0 or ratios[2] > ERRATIC * ratios[0]:
        return Word.NOT_REPRODUCED
    return Word.REPRODUCED if ratios[2] <= STEADY * ratios[0] else Word.QUALIFIED
