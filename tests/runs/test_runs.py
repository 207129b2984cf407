import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toykit.errors import InputError
from toykit.runs import Runner, Task
from toykit.store import Store

HERE = Path(__file__).parent
TASKS = 12


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Worker processes inherit the path, so they find the functions as well."""
    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module("worker_functions")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as opened:
        yield opened


def run(store: Store, tasks: list[Task]) -> tuple[list[Any], list[str]]:
    said: list[str] = []
    with Runner(store, jobs=2, say=said.append) as runner:
        return runner.run(tasks, "stage"), said


@pytest.mark.parametrize("jobs", [0, -1])
def test_less_than_one_process_is_refused(store: Store, jobs: int) -> None:
    with pytest.raises(InputError, match=f"at least one process; got {jobs} jobs"):
        Runner(store, jobs)


def test_results_come_in_order_and_are_kept(store: Store, functions: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    tasks = [Task("square", {"x": x, "trace": str(trace)}, functions.square) for x in range(5)]
    records, said = run(store, tasks)
    assert [record.result["square"] for record in records] == [0, 1, 4, 9, 16]
    assert "5/5" in said[-1]
    again, said = run(store, tasks)
    assert [record.key for record in again] == [record.key for record in records]
    assert said == ["stage: all 5 kept from the store"]
    assert len(trace.read_text().splitlines()) == 5


def test_a_task_reads_the_blob_of_another(store: Store, functions: Any) -> None:
    (first,), _ = run(store, [Task("square", {"x": 123}, functions.square)])
    (second,), _ = run(store, [Task("length", {}, functions.length, inputs=first.blobs)])
    assert second.result == {"length": 3}


def test_failures_are_outcomes_with_their_reason(store: Store, functions: Any) -> None:
    tasks = [
        Task("diverge", {"x": 7}, functions.diverge),
        Task("nan", {}, functions.not_finite),
        Task("square", {"x": 2}, functions.square),
    ]
    records, said = run(store, tasks)
    assert [record.status for record in records] == ["failed", "failed", "ok"]
    assert records[0].result["reason"] == "ArithmeticError: loss is 7"
    assert "value.loss = nan" in records[1].result["reason"]
    assert any("FAILED: ArithmeticError" in line for line in said)
    assert run(store, tasks)[1] == ["stage: all 3 kept from the store"]


def test_a_failed_task_is_repeated_only_on_request(store: Store, functions: Any, tmp_path: Path) -> None:
    task = Task("once", {"marker": str(tmp_path / "marker")}, functions.fail_once)
    assert [run(store, [task])[0][0].status for _ in range(2)] == ["failed", "failed"]
    with Runner(store, say=list[str]().append, retry=True) as runner:
        assert runner.run([task], "again")[0].status == "ok"


def test_a_task_that_kills_its_worker_is_named_and_the_others_finish(store: Store, functions: Any) -> None:
    tasks = [Task("die", {"x": 0}, functions.die), *(Task("square", {"x": x}, functions.square) for x in range(4))]
    records, _ = run(store, tasks)
    assert [record.status for record in records] == ["lost", "ok", "ok", "ok", "ok"]
    assert "killed twice" in records[0].result["reason"]
    assert run(store, tasks)[1][0] == "stage: 5 tasks, 4 kept from the store"


def test_a_worker_that_dies_once_is_survived(store: Store, functions: Any, tmp_path: Path) -> None:
    records, _ = run(store, [Task("die once", {"marker": str(tmp_path / "marker")}, functions.die_once)])
    assert (records[0].status, records[0].result) == ("ok", {"survived": True})


def test_workers_use_one_thread_and_the_coordinator_keeps_its_own(
    store: Store, functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    records, _ = run(store, [Task("threads", {}, functions.threads)])
    assert records[0].result == {"threads": "1", "blas": "1"}
    assert records[0].identity.fingerprint["threads"] == dict.fromkeys(records[0].identity.fingerprint["threads"], "1")
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


SCRIPT = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import worker_functions
from toykit.runs import Runner, Task
from toykit.store import Store

if __name__ == "__main__":
    tasks = [Task("square", {{"x": x, "sleep": 0.05, "trace": sys.argv[2]}}, worker_functions.square) for x in range({TASKS})]
    with Store(sys.argv[1]) as store, Runner(store, say=lambda line: print(line, flush=True)) as runner:
        runner.run(tasks, "stage")
"""


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_coordinator_that_is_stopped_resumes(tmp_path: Path, functions: Any, blow: signal.Signals) -> None:
    script, trace = tmp_path / "script.py", tmp_path / "trace"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path / "store"), str(trace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        process.send_signal(blow)
        process.communicate()
    assert "4/12" in said[-1]
    time.sleep(0.3)  # a killed coordinator's workers notice the closed pipe and leave
    finished = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    kept = int(finished.split(" kept")[0].split()[-1])
    assert kept >= 4
    with Store(tmp_path / "store") as store:
        assert store.verify() == TASKS
    # at most what was under way in the two workers and their queue ran twice
    assert len(trace.read_text().splitlines()) <= TASKS + 4
