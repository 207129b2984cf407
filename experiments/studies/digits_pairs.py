"""Pairs of small networks trained on scikit-learn digits, their profile and barriers, and every claim's check on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from experiments.figures.pair_profiles import draw
from experiments.studies.claims import svg
from toykit.barriers import barriers, certified_barrier
from toykit.bridge.checkpoint import from_bytes, to_bytes
from toykit.bridge.data import digits
from toykit.bridge.layered import LayeredTorch
from toykit.bridge.pairs import branched_pair, independent_pair
from toykit.bridge.training import LOSSES, Recipe
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
    """How one pair is trained: from independent seeds, or, where `trunk` epochs are given, as branches of one trunk."""

    name: str
    recipe: Recipe
    trunk: int | None = None
    seeds: tuple[int, int] = (1, 2)


PLANS = (
    Plan("relu 64, independent", Recipe((64,))),
    Plan("relu 64, branched", Recipe((64,)), trunk=10),
    Plan("relu 100-100, independent", Recipe((100, 100))),
    Plan("relu 100-100, branched", Recipe((100, 100)), trunk=10),
    Plan("tanh 64, independent", Recipe((64,), "tanh")),
    Plan("tanh 64, branched", Recipe((64,), "tanh"), trunk=10),
    Plan("tanh 64, squared loss", Recipe((64,), "tanh", "squared")),
)
"""Widths small enough for a few minutes, and large enough that the conditions of `connectivity/separable_features` can hold."""


def training_task(plan: Plan) -> Task:
    """Train a pair and measure its chord."""
    return Task(f"training of {plan.name}", asdict(plan), training)


def check_task(slug: str, trained: Record) -> Task:
    """Check a claim on a trained pair."""
    plan = trained.identity.config
    config = {"slug": slug, "name": plan["name"], "recipe": plan["recipe"], "facts": dict(trained.result["facts"])}
    code = tuple(f"{root}.{slug.replace('/', '.')}" for root in ("theory", "toykit.checks"))
    return Task(f"{slug} on {plan['name']}", config, checking, inputs=trained.blobs, code=code)


def figure_task(trained: Record) -> Task:
    """Draw the profiles of a trained pair."""
    config = {"name": trained.identity.config["name"], "profile": trained.result["profile"]}
    return Task(f"profile of {config['name']}", config, drawing)


def training(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Both ends as safetensors; facts, losses, errors, profiles and barriers on the training data, one of them certified."""
    plan = Plan(config["name"], _recipe(config["recipe"]), config["trunk"], tuple(config["seeds"]))
    pair = _trained(plan)
    losses, errors = profile(pair, grid(POINTS)), error_profile(pair, grid(POINTS))
    result = {
        "facts": [[name, str(value)] for name, value in pair.facts.items()],
        "ends": {"loss": _ends(losses), "error": _ends(errors)},
        "barriers": {"loss": barriers(losses).to_json(), "error": barriers(errors).to_json()},
        "certified": certified_barrier(pair, relative=RELATIVE, seconds=SECONDS).number.to_json(),
        "profile": {"ts": losses.ts.tolist(), "loss": losses.values.tolist(), "error": errors.values.tolist()},
    }
    points = {"theta_a": pair.theta_a, "theta_b": pair.theta_b, "theta_0": pair.theta_0}
    return Outcome(result, {name: to_bytes(theta) for name, theta in points.items() if theta is not None})


def _trained(plan: Plan) -> Pair:
    data, held_out = digits("train"), digits("test")
    if plan.trunk is None:
        return independent_pair(plan.recipe, data, plan.seeds, test=held_out)
    step = plan.trunk * plan.recipe.batches(data.count)
    return branched_pair(plan.recipe, data, plan.seeds[0], step, plan.seeds, test=held_out)


def _ends(measured: Profile) -> list[float]:
    return [float(measured.values[0]), float(measured.values[-1])]


def checking(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """Both sides of a claim on a trained pair."""
    landscape = _landscape(_recipe(config["recipe"]))
    points = {name: landscape.parameters(from_bytes(content)) for name, content in inputs.items()}
    ends = points["theta_a"], points["theta_b"]
    pair = Pair(landscape, *ends, name=config["name"], theta_0=points.get("theta_0"), facts=dict(config["facts"]))
    return Outcome(check_module(config["slug"]).check(pair).to_json())


@lru_cache(maxsize=1)
def _landscape(recipe: Recipe) -> LayeredTorch:
    """The mean loss of the recipe's network on the training data; kept, since a worker checks many claims on one pair."""
    data = digits("train")
    return LayeredTorch(recipe.module(data), LOSSES[recipe.loss](), data)


def _recipe(config: Mapping[str, Any]) -> Recipe:
    return Recipe(**{**config, "widths": tuple(config["widths"])})


def drawing(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The profile figure as SVG."""
    caption = f"{config['name']}: loss and error on the training data along the chord; dashed, the line between the ends"
    return Outcome({"caption": caption}, {"figure": svg(draw(config["profile"]))})
