"""Every convention of the barrier, for loss and error, each with the best evidence that the pair allows, from one call.

Where the exact engine takes the pair all conventions are exact, those of the error on the same pieces. Else the bare barrier of
the loss may be enclosed; its upper end bounds the other conventions too, since sup phi <= sup g + max(L_a, L_b) and
g(argmax phi) <= sup g [barrier/barrier_conventions]. The error is enclosed by the signs of margins, whatever the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from toykit.barriers.adaptive import adaptive_barrier
from toykit.barriers.conventions import Barriers, barriers
from toykit.barriers.enclosed import certified_barrier, exact_barrier
from toykit.barriers.measured import KnowsBarrier
from toykit.barriers.mistakes import certified_error, exact_error
from toykit.chord import Profile, error_profile, profile
from toykit.errors import InputError, MissingExtra
from toykit.landscape import Floats, Layered, Pair
from toykit.verdict import Number, Trust

GATES = 5000
"""Hidden units times examples up to which the exact engine is asked: a second or two."""
WIDEST = 0.5
"""The width from which an enclosure of an error says nothing: half of all examples are undecided."""


@dataclass(frozen=True)
class Evidence:
    """The five conventions for the loss and, where the data have classes, for the error, with the profiles behind them.

    `refused`, `error_refused`: what each engine that does not take the pair said.
    """

    loss: Barriers
    error: Barriers | None
    loss_profile: Profile
    error_profile: Profile | None
    refused: tuple[str, ...]
    error_refused: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The numbers by quantity and convention."""
        return {
            "loss": self.loss.to_json(),
            "error": None if self.error is None else self.error.to_json(),
            "refused": list(self.refused),
            "error_refused": list(self.error_refused),
        }


def barriers_with_evidence(pair: Pair, *, ts: Floats | None = None, relative: float = 1e-3, seconds: float = 10.0) -> Evidence:
    """The barriers of a pair in all conventions; `seconds` of CPU time at most for each enclosure, 0 for none.

    >>> from toykit.networks.fixtures import fold
    >>> found = barriers_with_evidence(fold())
    >>> found.loss.barrier.value, found.loss.barrier.trust.name, found.loss.max.value, found.loss.max.trust.name
    (0.5, 'EXACT', 0.5, 'EXACT')

    Raises:
        InputError: the positions `ts` have no midpoint, which one convention needs.

    """
    along = profile(pair, ts)
    loss, refused = _of_loss(pair, along, relative, seconds)
    errors = error_profile(pair, ts) if pair.landscape.error(pair.theta_a) is not None else None
    error, error_refused = (None, ()) if errors is None else _of_error(pair, errors, relative, seconds)
    return Evidence(loss, error, along, errors, refused, error_refused)


def _of_loss(pair: Pair, along: Profile, relative: float, seconds: float) -> tuple[Barriers, tuple[str, ...]]:
    """The conventions by the first of: the landscape's own barrier, the exact engine, the certified engine, adaptive jets."""
    landscape, refused, sampled = pair.landscape, list[str](), barriers(along)
    ends = float(along.values[0]), float(along.values[-1])
    if isinstance(landscape, KnowsBarrier):
        return _bounded(sampled, landscape.barrier(pair.theta_a, pair.theta_b), *ends), ()
    exact = _exactly(pair, lambda: exact_barrier(pair).barriers(sampled.half), refused)
    if exact is not None:
        return exact, ()
    if seconds > 0:
        try:
            found = certified_barrier(pair, relative=relative, seconds=seconds)
            if found.hi - found.lo <= _telling(pair):
                return _bounded(sampled, found.number, *ends), tuple(refused)
            refused.append(
                f"{found.lo:.4g} <= B <= {found.hi:.4g} is certified, too wide to tell anything, stopped by {found.stopped}"
            )
        except InputError as error:
            refused.append(str(error))
    return _bounded(sampled, adaptive_barrier(pair, relative=relative).number, *ends), tuple(refused)


def _of_error(pair: Pair, along: Profile, relative: float, seconds: float) -> tuple[Barriers, tuple[str, ...]]:
    """The conventions by the first of: exact steps, certified margins, the grid."""
    refused = list[str]()
    exact = _exactly(pair, lambda: exact_error(pair).barriers(), refused)
    if exact is not None:
        return exact, ()
    if seconds > 0:
        try:
            found = certified_error(pair, relative=relative, seconds=seconds)
            number = found.barriers.barrier
            if number.hi - number.lo < WIDEST:
                return found.barriers, tuple(refused)
            refused.append(
                f"{number.lo:.4g} <= B <= {number.hi:.4g} is certified, too wide to tell anything, stopped by {found.stopped}"
            )
        except InputError as error:
            refused.append(str(error))
    return barriers(along), tuple(refused)


def _exactly(pair: Pair, found: Callable[[], Barriers], refused: list[str]) -> Barriers | None:
    """What the exact engine finds where it is asked and takes the pair; else its refusal is added."""
    landscape = pair.landscape
    if not isinstance(landscape, Layered):
        return None
    gates = sum(landscape.widths) * int(landscape.inputs.shape[0])
    try:
        if gates <= GATES:
            return found()
        refused.append(f"the exact engine is asked up to {GATES} gates; got {gates}; call it yourself")
    except (InputError, MissingExtra) as error:
        refused.append(str(error))
    return None


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
