"""Examples shared by processes: the same rationals whatever their number, and nothing left behind when one of them fails."""

import importlib
import multiprocessing
import time
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("flint", reason="the exact engine needs the extra 'exact'")

from toykit.barriers import exact_barrier
from toykit.barriers.enclosed import exact_profile
from toykit.barriers.exact.blocks import by_example
from toykit.barriers.exact.pieces import ExactChord
from toykit.barriers.mistakes import exact_error
from toykit.data import gaussian_clusters
from toykit.errors import InputError, WorkerError
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator


@pytest.fixture
def questions(monkeypatch):
    """Worker processes inherit the path, so they find the questions as well."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module("exact_questions")


def chord(examples):
    layer = [([[Fraction(1)]], [Fraction(0)])]
    return ExactChord(layer, layer, [[Fraction(1)]] * examples, [[Fraction(0)]] * examples, Fraction(0), 100)


def pair(count=48):
    net, draw = MLP((3, 6, 5, 3), "relu", SquaredLoss(), gaussian_clusters(count, 3, 3)), generator("blocks", 1)
    return Pair(net, net.draw(draw), net.draw(draw))


def test_the_result_does_not_depend_on_the_processes():
    given = pair()
    assert exact_barrier(given, processes=2) == exact_barrier(given)
    assert exact_error(given, processes=2) == exact_error(given)


def test_answers_come_in_order_from_this_process_and_from_another(questions, tmp_path):
    found = by_example(questions.Patient(tmp_path / "answered"), chord(160), 2)
    assert [example for example, _ in found] == list(range(160))
    assert {elsewhere for _, elsewhere in found} == {False, True}, "a process that never answers shares nothing"
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_is_the_same_in_any_process(questions, processes):
    with pytest.raises(ZeroDivisionError, match="example"):
        by_example(questions.Refused(), chord(6), processes)
    assert not multiprocessing.active_children()


def test_a_killed_worker_is_one_sentence(questions):
    with pytest.raises(WorkerError, match="one was killed; was memory short\\? use processes=1"):
        by_example(questions.Deadly(), chord(640), 2)
    assert not multiprocessing.active_children()


def test_an_interrupt_ends_the_workers(questions):
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        by_example(questions.Interrupted(), chord(64), 2)
    assert time.monotonic() - began < 30, "the worker's block takes a minute"
    assert not multiprocessing.active_children()


def test_more_processes_than_examples_and_none_at_all():
    assert exact_barrier(pair(1), processes=7).lo == exact_barrier(pair(1)).lo
    with pytest.raises(InputError, match="at least one process; got 0"):
        exact_barrier(pair(1), processes=0)


def test_the_profile_is_shared_too():
    ours, theirs = exact_profile(pair()), exact_barrier(pair(), processes=2)
    assert [position for position, _ in ours.kinks()] == sorted({kink.lo for kink in theirs.kinks() if kink.jump})
