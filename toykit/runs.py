"""Run independent tasks in worker processes; finished work is stored and never repeated.

Workers compute with one BLAS and torch thread each and return values; only the coordinator writes the store. An
exception in a task is its stored outcome, a killed worker is survived, an interrupt keeps what is finished.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from toykit.errors import InputError, StoreError
from toykit.store import Identity, Record, Store, code_version, fingerprint

_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


@cache
def worker_fingerprint() -> Mapping[str, Any]:
    """The fingerprint of a worker process, which has one thread whatever the coordinator was given."""
    with _environment(_ONE_THREAD):
        return fingerprint()


@dataclass(frozen=True)
class Outcome:
    """What a task returns: finite JSON, and byte strings by name."""

    result: Mapping[str, Any]
    blobs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A function of a JSON configuration and of stored blobs, importable by name in another process.

    `code` names the modules whose sources, with all they import, decide whether an old result may be kept; the
    function's own module is always among them. `inputs` maps names to digests of blobs in the same store.
    """

    name: str
    config: Mapping[str, Any]
    function: Callable[[Mapping[str, Any], Mapping[str, bytes]], Outcome]
    inputs: Mapping[str, str] = field(default_factory=dict)
    code: tuple[str, ...] = ()

    def identity(self) -> Identity:
        """What the result depends on."""
        code = code_version({self.function.__module__, *self.code})
        data = " ".join(f"{name}:{digest}" for name, digest in sorted(self.inputs.items()))
        return Identity(self.name, self.config, code, data, worker_fingerprint())


class Runner:
    """A pool of worker processes and the store they fill.

    Use it as a context manager. `say` receives one line per finished task. A task that failed is final, since it would fail
    again with the same code and inputs, unless `retry` says that the cause lay elsewhere.

    Raises:
        InputError: less than one job.

    """

    def __init__(self, store: Store, jobs: int = 2, say: Callable[[str], None] = print, *, retry: bool = False) -> None:
        if jobs < 1:
            raise InputError(f"tasks run in at least one process; got {jobs} jobs; give 1 or more")
        self.store, self.jobs, self.say, self.retry = store, jobs, say, retry
        self.started = time.monotonic()
        self.done = self.kept = 0
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop(at_once=kind is not None)

    def run(self, tasks: Sequence[Task], stage: str) -> list[Record]:
        """The records of all tasks, in order: kept from the store where intact, else computed now.

        Raises:
            StoreError: the store cannot be written; finished work is kept.

        """
        identities = [task.identity() for task in tasks]
        found = {number: self.store.intact(identity.key) for number, identity in enumerate(identities)}
        records = {n: record for n, record in found.items() if record is not None and not (self.retry and record.status != "ok")}
        self.kept += len(records)
        missing = [number for number in found if number not in records]
        if not missing:
            self.say(f"{stage}: all {len(tasks)} kept from the store")
            return [records[number] for number in range(len(tasks))]
        self.say(f"{stage}: {len(tasks)} tasks, {len(records)} kept from the store")
        for count, (number, answer) in enumerate(self._answers({number: tasks[number] for number in missing}), start=1):
            records[number] = record = self._commit(identities[number], answer)
            self.done += 1
            elapsed = time.monotonic() - self.started
            note = "" if record.status == "ok" else f"  {record.status.upper()}: {record.result['reason']}"
            place = f"{len(tasks) - len(missing) + count}/{len(tasks)}"
            self.say(f"  {place:>9}  {elapsed:6.1f} s  {tasks[number].name}  {record.seconds:.1f} s{note}")
        return [records[number] for number in range(len(tasks))]

    def _commit(self, identity: Identity, answer: Answer) -> Record:
        if answer.outcome is None:
            return self.store.commit(identity, {"reason": answer.reason}, status=answer.status, seconds=answer.seconds)
        try:
            return self.store.commit(identity, answer.outcome.result, blobs=answer.outcome.blobs, seconds=answer.seconds)
        except StoreError as error:
            if "finite JSON" not in str(error):
                raise
            return self.store.commit(identity, {"reason": str(error)}, status="failed", seconds=answer.seconds)

    def _answers(self, tasks: Mapping[int, Task]) -> Iterator[tuple[int, Answer]]:
        """Answers as they come. At most two tasks per worker are under way, so that inputs do not pile up in memory."""
        waiting, running = list(tasks), dict[Future[Answer], int]()
        while waiting or running:
            try:
                while waiting and len(running) < 2 * self.jobs:
                    future = self._submit(tasks[waiting[0]])
                    running[future] = waiting.pop(0)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    answer = future.result()
                    yield running.pop(future), answer
            except BrokenProcessPool:
                self._stop(at_once=True)
                suspects = sorted(running.values())
                running.clear()
                yield from ((number, self._alone(tasks[number])) for number in suspects)

    def _alone(self, task: Task) -> Answer:
        """Run one of the tasks that were under way when a worker died, by itself, to learn which one kills its worker."""
        try:
            return self._submit(task).result()
        except BrokenProcessPool:
            self._stop(at_once=True)
            return Answer(None, "lost", "its process was killed twice, the second time running alone; was memory short?", 0.0)

    def _submit(self, task: Task) -> Future[Answer]:
        inputs = {name: self.store.blobs.read(digest) for name, digest in task.inputs.items()}
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.jobs, multiprocessing.get_context("spawn"), initializer=start_worker)
        with _environment(_ONE_THREAD):  # read by the libraries when a worker imports them
            return self._pool.submit(work, task.function, dict(task.config), inputs)

    def _stop(self, *, at_once: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            stop(pool, at_once=at_once)


@dataclass(frozen=True)
class Answer:
    """What became of a task in a worker: its outcome, or why there is none."""

    outcome: Outcome | None
    status: str
    reason: str
    seconds: float


def work(
    function: Callable[[Mapping[str, Any], Mapping[str, bytes]], Outcome], config: dict[str, Any], inputs: dict[str, bytes]
) -> Answer:
    """Run a task's function; an exception is an answer too."""
    started = time.perf_counter()
    try:
        outcome = function(config, inputs)
    except Exception as error:
        return Answer(None, "failed", f"{type(error).__name__}: {error}", time.perf_counter() - started)
    return Answer(outcome, "ok", "", time.perf_counter() - started)


def stop(pool: ProcessPoolExecutor, *, at_once: bool) -> None:
    """Shut a pool down; `at_once` without waiting for what its workers are at."""
    if at_once:
        # the executor offers no way to end running tasks before Python 3.14; these are processes it started itself
        for process in list((pool._processes or {}).values()):
            process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


def start_worker() -> None:
    """Let the coordinator alone decide what Ctrl-C means, which reaches every process of the terminal; and die with it.

    Workers hold both ends of their queue, so without the watch those of a killed coordinator would wait forever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_the_coordinator, daemon=True).start()


def _follow_the_coordinator() -> None:
    coordinator = multiprocessing.parent_process()
    if coordinator is not None:
        coordinator.join()
        os._exit(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes that are started meanwhile compute with one BLAS and torch thread each."""
    with _environment(_ONE_THREAD):
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
