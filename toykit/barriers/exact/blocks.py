"""What an exact chord says of every example, worked out in blocks by several processes.

Examples are independent and their answers are joined in order, so the result does not depend on the number of processes. This
process takes blocks from the end while the others take them from the start: nothing waits for a process that is still
starting, which takes about as long as the exact barrier of a small network.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.reduction import ForkingPickler
from typing import Any, Protocol, TypeVar

from flint import fmpz_poly

from toykit.barriers.exact.pieces import ExactChord
from toykit.errors import InputError, WorkerError
from toykit.runs import one_thread, start_worker, stop

Answer = TypeVar("Answer")

PER_PROCESS = 16
"""Blocks per process: small enough that the last one is not waited for, large enough that handing it over costs nothing."""

ForkingPickler.register(fmpz_poly, lambda given: (fmpz_poly, ([int(c) for c in given.coeffs()],)))


class Question(Protocol[Answer]):
    """What is asked of every example, and how an answer travels: Python integers do so far faster than FLINT's."""

    def __call__(self, chord: ExactChord, example: int) -> Answer:
        """The answer for one example."""

    def packed(self, answer: Answer) -> Any:
        """The answer as it travels."""

    def unpacked(self, packed: Any) -> Answer:
        """The answer again."""


_worker: list[ExactChord] = []
"""The chord of a worker process; empty in every other."""


def by_example(question: Question[Answer], chord: ExactChord, processes: int) -> list[Answer]:
    """question(chord, i) of every example i, in order; with several processes the class of `question` is importable by name.

    Raises:
        InputError: `processes` is not a positive number.
        WorkerError: a worker process was killed.

    """
    if processes < 1:
        raise InputError(f"the examples are shared by at least one process; got {processes}; use processes=1")
    processes = min(processes, chord.examples)
    if processes == 1:
        return _answers(question, chord, range(chord.examples))
    size = max(1, chord.examples // (PER_PROCESS * processes))
    blocks = [range(start, min(start + size, chord.examples)) for start in range(0, chord.examples, size)]
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes - 1, context, initializer=_begin, initargs=chord.given)
    try:
        found = _shared(pool, 2 * (processes - 1), question, chord, blocks)
    except BrokenProcessPool:
        raise WorkerError("the processes of an exact barrier answer; one was killed; was memory short? use processes=1") from None
    finally:
        stop(pool, at_once=True)  # every block is there, or nothing is wanted any more
    return [answer for block in blocks for answer in found[block]]


def _shared(
    pool: ProcessPoolExecutor, most: int, question: Question[Answer], chord: ExactChord, blocks: list[range]
) -> dict[range, list[Answer]]:
    """The answers of every block. So many blocks at most are under way in workers; the last are not waited for but done here."""
    waiting, running, found = deque(blocks), dict[range, Future[list[Any]]](), dict[range, list[Answer]]()
    while waiting or running:
        while waiting and len(running) < most:
            block = waiting.popleft()
            with one_thread():  # read by the libraries when a worker imports them
                running[block] = pool.submit(_block, question, block)
        own = waiting.pop() if waiting else min(running, key=lambda block: (running[block].done(), -block.start))
        late = running.pop(own, None)
        done = late is not None and late.done()
        found[own] = list(map(question.unpacked, late.result())) if late and done else _answers(question, chord, own)
        for block in [block for block, future in running.items() if future.done()]:
            found[block] = list(map(question.unpacked, running.pop(block).result()))
    return found


def _begin(*given: Any) -> None:
    start_worker()
    gc.disable()  # there are no cycles, and looking for them takes a fifth of the time
    _worker[:] = [ExactChord(*given)]


def _block(question: Question[Answer], block: range) -> list[Any]:
    return list(map(question.packed, _answers(question, _worker[0], block)))


def _answers(question: Question[Answer], chord: ExactChord, block: range) -> list[Answer]:
    return [question(chord, example) for example in block]
