from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from toykit.bridge import DivergedError, Recipe, branched_pair, digits, independent_pair, mlp, train, train_branched
from toykit.chord import profile
from toykit.data import gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.parameters import Parameters

DATA = gaussian_clusters(count=90)
RECIPE = Recipe(widths=(8,), epochs=4, learning_rate=0.01, batch_size=32)


def same(a: Parameters, b: Parameters) -> bool:
    return list(a) == list(b) and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(
    "recipe",
    [
        RECIPE,
        replace(RECIPE, optimizer="sgd", momentum=0.9, schedule="cosine", precision="float64"),
        replace(RECIPE, batch_size=None),
    ],
)
def test_the_same_seed_gives_the_same_bits(recipe: Recipe) -> None:
    before = torch.get_rng_state()
    first, second, other = (train(recipe, DATA, seed) for seed in (1, 1, 2))
    assert same(first.theta, second.theta)
    assert first.history == second.history
    assert not same(first.theta, other.theta)
    assert all(array.dtype == torch.float64 for array in first.theta.values())
    assert torch.equal(torch.get_rng_state(), before)


def test_training_lowers_the_loss_and_tells_its_progress() -> None:
    told: list[tuple[int, float]] = []
    found = train(replace(RECIPE, epochs=30), DATA, 1, progress=lambda epoch, loss: told.append((epoch, loss)))
    assert [epoch for epoch, _ in told] == list(range(1, 31))
    assert tuple(loss for _, loss in told) == found.history
    assert found.history[-1] < 0.2 * found.history[0]
    assert train(replace(RECIPE, epochs=0), DATA, 1).history == ()


@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
def test_a_diverging_training_is_an_error_with_epoch_and_loss(loss: str) -> None:
    recipe = replace(RECIPE, loss=loss, optimizer="sgd", learning_rate=1e30)
    with pytest.raises(DivergedError, match=r"seed 3 .* in epoch 1 .* learning rate 1e\+30; lower it"):
        train(recipe, DATA, 3)


def test_branches_share_the_trunk_and_then_part() -> None:
    steps = RECIPE.epochs * RECIPE.batches(DATA.count)
    found, again = (train_branched(RECIPE, DATA, 1, 5, (1, 2)) for _ in range(2))
    assert same(found.a.theta, again.a.theta)
    assert same(found.b.theta, again.b.theta)
    assert same(found.theta_0, again.theta_0)
    assert not same(found.a.theta, found.b.theta)
    late = train_branched(RECIPE, DATA, 1, steps, (1, 2))
    assert same(late.theta_0, late.a.theta)
    assert same(late.a.theta, late.b.theta)
    assert same(late.theta_0, train(RECIPE, DATA, 1).theta)
    assert len(found.a.history) == len(found.b.history) == RECIPE.epochs
    early = train_branched(RECIPE, DATA, 1, 0, (1, 2))
    assert same(early.theta_0, train(replace(RECIPE, epochs=0), DATA, 1).theta)
    assert same(early.a.theta, train(RECIPE, DATA, 1).theta)  # the trunk's own seed, from the first step on


def test_branches_keep_the_state_of_the_optimizer() -> None:
    found = train_branched(RECIPE, DATA, 1, RECIPE.epochs * RECIPE.batches(DATA.count) - 1, (1, 2))
    moved = torch.cat([(found.a.theta[name] - found.theta_0[name]).abs().flatten() for name in found.theta_0])
    fresh = moved[moved > 0] / RECIPE.learning_rate  # the first step of a new Adam moves every weight by the learning rate
    assert float(fresh.min()) < 0.5


def test_bad_recipes_and_branches_get_one_sentence() -> None:
    for wrong in ({"loss": "hinge"}, {"optimizer": "lion"}, {"schedule": "step"}, {"precision": "float16"}):
        with pytest.raises(InputError, match="choose one"):
            replace(RECIPE, **wrong)
    for wrong in ({"epochs": -1}, {"learning_rate": 0.0}, {"batch_size": 0}):
        with pytest.raises(InputError, match="correct it"):
            replace(RECIPE, **wrong)
    with pytest.raises(InputError, match="between 0 and 12 steps"):
        train_branched(RECIPE, DATA, 1, 13, (1, 2))
    with pytest.raises(InputError, match="two different seeds"):
        train_branched(RECIPE, DATA, 1, 3, (2, 2))
    with pytest.raises(InputError, match="order of their batches"):
        train_branched(replace(RECIPE, batch_size=None), DATA, 1, 3, (1, 2))


def test_pairs_carry_the_facts_of_their_training() -> None:
    independent = independent_pair(RECIPE, DATA, test=DATA)
    branched = branched_pair(replace(RECIPE, loss="squared"), teacher_student(), step=3)
    assert independent.theta_0 is None
    assert branched.theta_0 is not None
    assert independent.facts["seed a"] == "1"
    assert independent.facts["seed b"] == "2"
    assert independent.facts["train loss a"] == f"{independent.landscape.loss(independent.theta_a):.6g}"
    assert independent.facts["test accuracy b"] == independent.facts["train accuracy b"]
    assert branched.facts["branching step"] == "3"
    assert "train accuracy a" not in branched.facts
    assert independent.name == "9 Gaussian clusters #0 5-8-3 relu, independent, seeds 1 and 2"
    assert np.isfinite(profile(independent).gap).all()
    assert np.isfinite(profile(branched).gap).all()


def test_digits_are_learnt() -> None:
    pair = independent_pair(Recipe(widths=(16,), epochs=30), digits(), test=digits("test"))
    assert all(float(pair.facts[f"test accuracy {letter}"]) > 0.9 for letter in "ab")
    assert profile(pair).gap.max() > 0.05


def test_first_weights_come_from_the_seed_alone() -> None:
    before = torch.get_rng_state()
    first, again, other = (mlp((3, 5, 2), seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["0.weight"], other["0.weight"])
    assert float(first["2.weight"].abs().max()) <= 5**-0.5
    with pytest.raises(InputError, match="one of identity"):
        mlp((3, 2), "swish")
    with pytest.raises(InputError, match="one bias flag"):
        mlp((3, 2), bias=(True, True))
