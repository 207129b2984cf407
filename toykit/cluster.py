"""Run tasks on the workers of a Dask scheduler instead of processes of this machine; the store stays with the coordinator."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from typing import Any
from urllib.parse import urlsplit

from toykit.errors import InputError, StoreError, missing_extra
from toykit.runs import Answer, Runner, Task, work, worker_fingerprint
from toykit.store import Store

HERE = {"127.0.0.1", "localhost", "::1"}
PATIENCE = 120.0
"""Seconds after which a cluster without a single worker is given up; one that is restarted is back by then."""


class ClusterRunner(Runner):
    """A runner whose tasks go to a Dask scheduler; a worker that dies is replaced by the others, and its task is tried again.

    Raises:
        InputError: the address is neither on this machine nor `tls://`, nobody answers there, a worker has several threads,
            or one has other versions or another kind of processor than this process.
        MissingExtra: Dask is not installed.

    """

    def __init__(self, store: Store, address: str, say: Callable[[str], None] = print, *, retry: bool = False) -> None:
        try:
            dask: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise missing_extra("running on a cluster", "cluster") from error
        parts = urlsplit(address)
        if parts.scheme != "tls" and parts.hostname not in HERE:
            raise InputError(
                f"a scheduler on another machine is reached by tls://; got {address!r}; set up Dask's TLS and use it"
            )
        try:
            self._client = dask.Client(address, timeout="10s", set_as_default=False)
        except OSError as error:
            raise InputError(f"a cluster is a running Dask scheduler; nobody answers at {address}: {error}; start one") from None
        self.address = address
        self._lost: type[BaseException] = dask.KilledWorker
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        super().__init__(store, max(1, len(workers)), say, retry=retry)
        try:
            self._require_equal(workers)
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(retries=0)

    def _require_equal(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        crowded = [address for address, worker in workers.items() if worker["nthreads"] != 1]
        if crowded:
            raise InputError(f"a worker has one thread; {crowded[0]} has more; start it with: dask worker --nthreads 1")
        ours = dict(worker_fingerprint())
        for address, theirs in self._client.run(_fingerprint).items():
            if theirs != ours:
                names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
                raise InputError(
                    f"workers compute like their coordinator, or results are not what they are stored as; {address} differs in "
                    f"{', '.join(names)}; give it the same environment and one thread"
                )

    def _submit(self, task: Task) -> Future[Answer]:
        inputs = {name: self.store.blobs.read(digest) for name, digest in task.inputs.items()}
        found: Future[Answer] = self._executor.submit(work, task.function, dict(task.config), inputs)
        return found

    def _answers(self, tasks: Mapping[int, Task]) -> Iterator[tuple[int, Answer]]:
        waiting, running = list(tasks), dict[Future[Answer], int]()
        while waiting or running:
            while waiting and len(running) < 2 * self.jobs:
                number = waiting.pop(0)
                running[self._submit(tasks[number])] = number
            done = wait(running, timeout=PATIENCE, return_when=FIRST_COMPLETED).done
            if not done:
                self._require_workers()
            for future in done:
                number = running.pop(future)
                try:
                    answer = future.result()
                except self._lost:
                    answer = Answer(None, "lost", "every worker that tried it was killed; was memory short?", 0.0)
                except CancelledError:
                    raise self._gone("the scheduler") from None
                yield number, answer

    def _require_workers(self) -> None:
        try:
            left = self._client.scheduler_info()["workers"]
        except OSError:
            raise self._gone("the scheduler") from None
        if not left:
            raise self._gone("every worker")

    def _gone(self, who: str) -> StoreError:
        return StoreError(
            f"tasks run on a cluster; {who} at {self.address} went away; finished work is kept: start it and repeat the command"
        )

    def _stop(self, *, at_once: bool) -> None:
        self._executor.shutdown(wait=not at_once)
        self._client.close()


def _fingerprint() -> dict[str, Any]:
    return dict(worker_fingerprint())
