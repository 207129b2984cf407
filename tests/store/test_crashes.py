"""SIGKILL at random instants: nothing acknowledged is lost, nothing half-written is read."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from toykit.seeds import generator
from toykit.store import Identity, Store

KILLS = 20
WORKER = """
import sys
from toykit.seeds import generator
from toykit.store import Identity, Store

store, rng = Store(sys.argv[1]), generator("noise", int(sys.argv[2]))
for number in range(1_000_000):
    identity = Identity("noise", {"number": number})
    if store.intact(identity.key) is None:
        store.commit(identity, {"third": number / 3}, blobs={"noise": rng.bytes(20_000)})
        print(identity.key, flush=True)
"""


def start(folder: Path, number: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WORKER, str(folder), str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def stop(worker: "subprocess.Popen[str]") -> list[str]:
    worker.kill()
    rest = worker.communicate()[0]
    return [line for line in rest.split("\n") if len(line) == 64]


def test_kills_lose_nothing_and_a_restart_repeats_nothing(tmp_path: Path) -> None:
    rng, acknowledged = generator("kills"), list[str]()
    for number in range(KILLS):
        worker = start(tmp_path, number)
        assert worker.stdout is not None
        acknowledged.append(worker.stdout.readline().strip())
        time.sleep(rng.uniform(0, 0.05))
        acknowledged += stop(worker)
        with Store(tmp_path) as store:
            assert store.verify() >= len(acknowledged)
            assert all(store.intact(key) is not None for key in acknowledged)
    assert len(acknowledged) == len(set(acknowledged)), "a restart repeated committed work"
    assert len(acknowledged) >= KILLS


def test_two_writers_on_a_new_folder(tmp_path: Path) -> None:
    workers = [start(tmp_path, number) for number in range(2)]
    first = [worker.stdout.readline().strip() for worker in workers if worker.stdout is not None]
    time.sleep(0.5)
    acknowledged = {key for worker in workers for key in stop(worker)}
    assert [len(key) for key in first] == [64, 64]
    with Store(tmp_path) as store:
        store.verify()
        assert acknowledged
        assert all(store.intact(key) is not None for key in acknowledged)


def test_a_failed_run_of_another_writer_never_takes_the_place_of_a_finished_one(tmp_path: Path) -> None:
    """Two jobs on one store: what one finished must stay, also where the other has looked before and writes after it."""
    runs, meeting = 60, threading.Barrier(2)

    def writer(status: str) -> None:
        with Store(tmp_path) as store:
            for number in range(runs):
                meeting.wait()
                store.commit(Identity("race", {"number": number}), {"by": status}, status=status)

    with ThreadPoolExecutor(2) as pool:
        for found in [pool.submit(writer, status) for status in ("ok", "failed")]:
            found.result()
    with Store(tmp_path) as store:
        assert [store.record(Identity("race", {"number": number}).key).status for number in range(runs)] == ["ok"] * runs


def test_many_openers_of_a_new_folder_all_get_their_turn(tmp_path: Path) -> None:
    """Switching a new file to the write-ahead log does not wait for others by itself."""
    for number in range(20):
        barrier = threading.Barrier(4)

        def opened(folder: Path = tmp_path / str(number), barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            Store(folder).close()

        with ThreadPoolExecutor(4) as pool:
            for found in [pool.submit(opened) for _ in range(4)]:
                found.result()


def test_unfinished_files_of_the_dead_are_swept(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit(Identity("x", {}), {})
    old, young = tmp_path / "blobs" / ".unfinished-old", tmp_path / "blobs" / ".unfinished-young"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (0, 0))
    Store(tmp_path).close()
    assert (old.exists(), young.exists()) == (False, True)
