"""Time limits for procedures that may not end: a step that runs out of time is UNDECIDED, never proved.

On the main thread the limit is a timer signal. On any other thread, and where the system has no timer signals, a
second thread raises the exception inside the working one. Both act between Python instructions; SymPy is Python.
Neither interrupts a destructor or a callback of the garbage collector: the interpreter drops what is raised there.
"""

from __future__ import annotations

import _weakrefset
import ctypes
import gc
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

STEP_SECONDS = 20.0
"""Limit of one procedure on one step: a hundred times what the slowest step of the three first pages needs."""

SOON = 0.01
"""Seconds after which a limit is tried again that came in the middle of a destructor or callback."""

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


def _interruptible(frame: FrameType | None) -> bool:
    """Whether an exception raised in this frame reaches its callers, instead of being dropped on the way."""
    callbacks = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code in callbacks or code.co_filename in (weakref.__file__, _weakrefset.__file__):
            return False
        frame = frame.f_back
    return True


def _with_signal(seconds: float, work: Callable[[], Value]) -> Value:
    def stop(_number: int, frame: FrameType | None) -> None:
        if _interruptible(frame):
            raise OutOfTime
        signal.setitimer(signal.ITIMER_REAL, SOON, AGAIN)

    started = time.monotonic()
    previous = signal.signal(signal.SIGALRM, stop)
    # again every second: a library may swallow the exception, or call a destructor by a name of its own
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

    worker, guard, ended = threading.get_ident(), threading.Lock(), threading.Event()
    fired = received = False

    def stop() -> None:
        nonlocal fired
        delay = seconds
        while not ended.wait(delay):
            with guard:
                if ended.is_set():
                    return
                delay = SOON
                if _interruptible(sys._current_frames().get(worker)):
                    fired, delay = True, AGAIN
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker), ctypes.py_object(Ours))

    threading.Thread(target=stop, daemon=True).start()
    try:
        return work()
    except Ours:
        received = True
        raise
    finally:
        with guard:
            ended.set()
        if fired and not received:
            # still on its way, or swallowed by the work: withdraw it, so that it cannot land in the caller
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker), None)
