"""Every convention of the barrier, for loss and error, each with the best evidence that the pair allows, from one call.

The bare barrier is exact or enclosed where an engine takes the pair. An upper end of it bounds the other conventions
too, since sup phi <= sup g + max(L_a, L_b) and g(argmax phi) <= sup g [barrier/barrier_conventions].
"""

from __future__ import annotations

from dataclasses import dataclass

from toykit.barriers.adaptive import adaptive_barrier
from toykit.barriers.conventions import Barriers, barriers
from toykit.barriers.enclosed import certified_barrier, exact_barrier
from toykit.barriers.measured import KnowsBarrier
from toykit.chord import Profile, error_profile, profile
from toykit.errors import InputError, MissingExtra
from toykit.landscape import Floats, Layered, Pair
from toykit.verdict import Number, Trust

GATES = 5000
"""Hidden units times examples up to which the exact engine is asked: a second or two."""


@dataclass(frozen=True)
class Evidence:
    """The five conventions for the loss and, where the data have classes, for the error, with the profiles behind them.

    `refused`: what each engine that does not take the pair said.
    """

    loss: Barriers
    error: Barriers | None
    loss_profile: Profile
    error_profile: Profile | None
    refused: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The numbers by quantity and convention."""
        return {
            "loss": self.loss.to_json(),
            "error": None if self.error is None else self.error.to_json(),
            "refused": list(self.refused),
        }


def barriers_with_evidence(pair: Pair, *, ts: Floats | None = None, relative: float = 1e-3, seconds: float = 10.0) -> Evidence:
    """The barriers of a pair in all conventions; `seconds` of CPU time at most for an enclosure, 0 for none.

    >>> from toykit.networks.fixtures import fold
    >>> found = barriers_with_evidence(fold())
    >>> found.loss.barrier.value, found.loss.barrier.trust.name, found.loss.max.hi
    (0.5, 'EXACT', 0.5)

    Raises:
        InputError: the positions `ts` have no midpoint, which one convention needs.

    """
    along = profile(pair, ts)
    best, refused = _best(pair, relative, seconds)
    errors = error_profile(pair, ts) if pair.landscape.error(pair.theta_a) is not None else None
    return Evidence(
        loss=_bounded(barriers(along), best, float(along.values[0]), float(along.values[-1])),
        error=None if errors is None else barriers(errors),
        loss_profile=along,
        error_profile=errors,
        refused=refused,
    )


def _best(pair: Pair, relative: float, seconds: float) -> tuple[Number, tuple[str, ...]]:
    """The barrier by the first of: the landscape's own, the exact engine, the certified engine, adaptive jets."""
    landscape, refused = pair.landscape, []
    if isinstance(landscape, KnowsBarrier):
        return landscape.barrier(pair.theta_a, pair.theta_b), ()
    if isinstance(landscape, Layered):
        gates = sum(landscape.widths) * int(landscape.inputs.shape[0])
        try:
            if gates <= GATES:
                return exact_barrier(pair).number, ()
            refused.append(f"the exact engine is asked up to {GATES} gates; got {gates}; call exact_barrier itself")
        except (InputError, MissingExtra) as error:
            refused.append(str(error))
    if seconds > 0:
        try:
            found = certified_barrier(pair, relative=relative, seconds=seconds)
            if found.hi - found.lo <= _telling(pair):
                return found.number, tuple(refused)
            refused.append(
                f"{found.lo:.4g} <= B <= {found.hi:.4g} is certified, too wide to tell anything, stopped by {found.stopped}"
            )
        except InputError as error:
            refused.append(str(error))
    return adaptive_barrier(pair, relative=relative).number, tuple(refused)


def _telling(pair: Pair) -> float:
    """The width from which an enclosure says nothing: the loss of the best constant output, or of the worse end."""
    landscape = pair.landscape
    chance = landscape.traits.chance
    return max(landscape.loss(pair.theta_a), landscape.loss(pair.theta_b), 0.0 if chance is None else chance)


def _bounded(found: Barriers, best: Number, loss_a: float, loss_b: float) -> Barriers:
    """The conventions with the best barrier, whose upper end bounds `mean`, `max` and `argmax` from above."""
    if best.trust is Trust.ESTIMATED:
        larger = max(best, found.barrier, key=lambda number: number.value)
        return Barriers(larger, found.half, found.mean, found.max, found.argmax)
    above = {"mean": abs(loss_a - loss_b) / 2, "max": 0.0, "argmax": 0.0}

    def between(name: str) -> Number:
        sampled: Number = getattr(found, name)
        highest = max(sampled.value, best.hi + above[name])
        return Number(sampled.value, highest, Trust.ESTIMATED, f"{sampled.note}; the upper end follows from sup g")

    return Barriers(best, found.half, between("mean"), between("max"), between("argmax"))
