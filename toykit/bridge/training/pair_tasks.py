"""Pairs of trained networks as tasks of a run store: train both ends and measure their chord, then check claims on the pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from toykit.barriers import barriers, certified_barrier
from toykit.bridge.checkpoint import from_bytes, to_bytes
from toykit.bridge.data import data
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.bridge.training.pairs import branched_pair, independent_pair
from toykit.bridge.training.recipe import LOSSES, Recipe
from toykit.chord import Profile, error_profile, grid, profile
from toykit.hunt import check_module
from toykit.landscape import Pair
from toykit.runs import Outcome, Task
from toykit.store import Record

POINTS = 25
RELATIVE, SECONDS = 1e-3, 20.0
"""Width and CPU time of a certified barrier; what the time does not suffice for stays an enclosure, only a wider one."""


@dataclass(frozen=True)
class Plan:
    """How one pair is trained: from independent seeds, or, where `trunk` epochs are given, as branches of one trunk.

    Seeds beyond the second, of independent networks only, make further networks, for claims about several.
    """

    name: str
    recipe: Recipe
    trunk: int | None = None
    seeds: tuple[int, ...] = (1, 2)
    data: str = "digits"


def training_task(plan: Plan) -> Task:
    """Train a pair and measure its chord."""
    return Task(f"training of {plan.name}", asdict(plan), training)


def check_task(slug: str, trained: Record) -> Task:
    """Check a claim on a trained pair."""
    plan = trained.identity.config
    config = {name: plan[name] for name in ("name", "recipe", "data")}
    config |= {"slug": slug, "facts": dict(trained.result["facts"])}
    code = tuple(f"{root}.{slug.replace('/', '.')}" for root in ("theory", "toykit.checks"))
    return Task(f"{slug} on {plan['name']}", config, checking, inputs=trained.blobs, code=code)


def training(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Both ends as safetensors; facts, losses, errors, profiles and barriers on the training data, one of them certified."""
    pair = trained(Plan(**{**config, "recipe": _recipe(config["recipe"]), "seeds": tuple(config["seeds"])}))
    losses, errors = profile(pair, grid(POINTS)), error_profile(pair, grid(POINTS))
    result = {
        "facts": [[name, str(value)] for name, value in pair.facts.items()],
        "ends": {"loss": _ends(losses), "error": _ends(errors)},
        "barriers": {"loss": barriers(losses).to_json(), "error": barriers(errors).to_json()},
        "certified": certified_barrier(pair, relative=RELATIVE, seconds=SECONDS).number.to_json(),
        "profile": {"ts": losses.ts.tolist(), "loss": losses.values.tolist(), "error": errors.values.tolist()},
    }
    points = {"theta_a": pair.theta_a, "theta_b": pair.theta_b, "theta_0": pair.theta_0}
    points |= {f"other {number}": theta for number, theta in enumerate(pair.others, start=1)}
    return Outcome(result, {name: to_bytes(theta) for name, theta in points.items() if theta is not None})


def trained(plan: Plan) -> Pair:
    """The two networks of a plan on the landscape of their training data."""
    fitted, held_out = data(plan.data, "train"), data(plan.data, "test")
    if plan.trunk is None:
        return independent_pair(plan.recipe, fitted, plan.seeds, test=held_out)
    step = plan.trunk * plan.recipe.batches(fitted.count)
    return branched_pair(plan.recipe, fitted, plan.seeds[0], step, plan.seeds, test=held_out)


def _ends(measured: Profile) -> list[float]:
    return [float(measured.values[0]), float(measured.values[-1])]


def checking(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Both sides of a claim on a trained pair."""
    landscape = _landscape(_recipe(config["recipe"]), config["data"])
    points = {name: landscape.parameters(from_bytes(content)) for name, content in inputs.items()}
    ends = points["theta_a"], points["theta_b"]
    others = tuple(points[name] for name in sorted(points) if name.startswith("other "))
    facts = dict(config["facts"])
    pair = Pair(landscape, *ends, name=config["name"], theta_0=points.get("theta_0"), facts=facts, others=others)
    return Outcome(check_module(config["slug"]).check(pair).to_json())


@lru_cache(maxsize=1)
def _landscape(recipe: Recipe, name: str) -> LayeredTorch:
    """The mean loss of the recipe's network on the training data; kept, since a worker checks many claims on one pair."""
    fitted = data(name, "train")
    return LayeredTorch(recipe.module(fitted), LOSSES[recipe.loss](), fitted)


def _recipe(config: Mapping[str, Any]) -> Recipe:
    return Recipe(**{**config, "widths": tuple(config["widths"])})
