"""Time limits for procedures that may not end: a step that runs out of time is UNDECIDED, never proved.

On the main thread the limit is a timer signal. On any other thread, and where the system has no timer signals, a
second thread raises the exception inside the working one. Both act between Python instructions; SymPy is Python.
"""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

STEP_SECONDS = 20.0
"""Limit of one procedure on one step: a hundred times what the slowest step of the three first pages needs."""

AGAIN = 1.0
"""Seconds after which a limit that was not obeyed is raised again."""

Value = TypeVar("Value")


class OutOfTime(BaseException):
    """A procedure reached its time limit."""


def within(seconds: float, work: Callable[[], Value]) -> Value:
    """The value of `work()`, on the thread of the caller.

    Raises:
        OutOfTime: the work took longer than `seconds`.

    """
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        return _with_signal(seconds, work)
    return _with_second_thread(seconds, work)


def _with_signal(seconds: float, work: Callable[[], Value]) -> Value:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    started = time.monotonic()
    previous = signal.signal(signal.SIGALRM, stop)
    # again every second: an exception raised inside a destructor or a callback of the collector is lost
    outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        return work()
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.signal(signal.SIGALRM, previous)
            if outer:  # an enclosing limit goes on with what is left of it
                signal.setitimer(signal.ITIMER_REAL, max(outer - (time.monotonic() - started), 1e-3), AGAIN)


def _with_second_thread(seconds: float, work: Callable[[], Value]) -> Value:
    class Ours(OutOfTime):  # of this call alone, so that a limit inside the work is not taken for this one
        pass

    worker, guard = threading.get_ident(), threading.Lock()
    done = fired = received = False

    def stop() -> None:
        nonlocal fired
        with guard:
            if not done:
                fired = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker), ctypes.py_object(Ours))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        return work()
    except Ours:
        received = True
        raise
    finally:
        with guard:
            done = True
        timer.cancel()
        if fired and not received:
            # still on its way, or swallowed by the work: withdraw it, so that it cannot land in the caller
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker), None)
