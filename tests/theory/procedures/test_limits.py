from __future__ import annotations

import contextlib
import signal
import threading
import time
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


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals")
def test_a_limit_that_is_lost_in_a_destructor_comes_again() -> None:
    """The interpreter drops an exception that leaves `__del__`; the work must not go on without a limit."""

    class Slow:
        def __del__(self) -> None:
            with contextlib.suppress(OutOfTime):
                time.sleep(0.3)

    def work() -> None:
        Slow()
        while True:
            time.sleep(0.01)

    started = time.monotonic()
    with pytest.raises(OutOfTime):
        within(0.1, work)
    assert time.monotonic() - started < 10
