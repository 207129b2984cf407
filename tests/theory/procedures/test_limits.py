from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable

import pytest

from theory.procedures import limits
from theory.procedures.limits import OutOfTime, within


def forever() -> None:
    while True:
        try:
            sum(range(100))
        except Exception:
            pass


def elsewhere(work: Callable[[], object]) -> object:
    """The outcome of the work on a thread that is not the main one."""
    outcome: list[object] = []

    def catch() -> None:
        try:
            outcome.append(work())
        except OutOfTime as caught:
            outcome.append(caught)

    thread = threading.Thread(target=catch)
    thread.start()
    thread.join(10)
    return outcome[0]


def test_work_in_time_gives_its_value_on_either_kind_of_thread() -> None:
    assert within(5, lambda: 7) == 7
    assert elsewhere(lambda: within(5, lambda: 7)) == 7


def test_endless_work_stops_on_the_main_thread() -> None:
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        within(0.1, forever)
    assert time.monotonic() - started < 5


def test_endless_work_stops_on_another_thread() -> None:
    assert isinstance(elsewhere(lambda: within(0.1, forever)), OutOfTime)


def test_endless_work_stops_where_there_are_no_timer_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(limits.signal, "setitimer")
    with pytest.raises(OutOfTime):
        within(0.1, forever)


def test_the_exception_never_leaks_into_the_next_line() -> None:
    for _ in range(30):  # work that ends at about its limit

        def brief() -> int:
            end = time.monotonic() + 0.01
            while time.monotonic() < end:
                pass
            return 1

        assert elsewhere(lambda work=brief: within(0.01, work)) is not None
        time.sleep(0.002)


def test_the_caller_gets_handler_and_timer_back() -> None:
    fired = []
    previous = signal.signal(signal.SIGALRM, lambda *_: fired.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        within(5, lambda: time.sleep(0.1))
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left <= 0.1
        time.sleep(0.3)
        assert fired == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_an_inner_limit_ends_before_an_outer_one() -> None:
    def inner() -> str:
        with pytest.raises(OutOfTime):
            within(0.05, forever)
        return "the outer work went on"

    assert within(5, inner) == "the outer work went on"


def test_other_exceptions_pass() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


class Slow:
    """An object whose destructor takes longer than the limit of the tests below."""

    def __del__(self) -> None:
        time.sleep(0.3)


def slow_to_die() -> None:
    Slow()
    forever()


def slow_to_collect() -> None:
    def callback(phase: str, _information: dict[str, int]) -> None:
        if phase == "start":
            time.sleep(0.3)

    gc.callbacks.append(callback)
    try:
        gc.collect()
        forever()
    finally:
        gc.callbacks.remove(callback)


def slow_to_forget() -> None:
    kept = Kept()
    weakref.finalize(kept, time.sleep, 0.3)
    del kept
    forever()


class Kept:
    pass


@pytest.mark.parametrize("work", [slow_to_die, slow_to_collect, slow_to_forget])
@pytest.mark.parametrize("timer", [True, False])
def test_a_limit_waits_for_the_end_of_a_destructor_or_callback(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[], None], timer: bool
) -> None:
    """The interpreter drops an exception that leaves one, and says so on the standard error (here: an error)."""
    if not timer:
        monkeypatch.delattr(limits.signal, "setitimer")
    dropped: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    with pytest.raises(OutOfTime):
        within(0.1, work)
    assert dropped == []


def test_a_limit_that_was_swallowed_comes_again() -> None:
    def work() -> None:
        with contextlib.suppress(OutOfTime):
            forever()
        forever()

    for limited in (lambda: within(0.1, work), lambda: elsewhere(lambda: within(0.1, work))):
        started = time.monotonic()
        try:
            outcome = limited()
        except OutOfTime as caught:
            outcome = caught
        assert isinstance(outcome, OutOfTime)
        assert time.monotonic() - started > limits.AGAIN
