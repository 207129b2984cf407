"""The same tasks on a Dask scheduler: same records, a killed worker is survived, and only a safe address is taken."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toykit.cluster import ClusterRunner
from toykit.errors import InputError
from toykit.runs import Task
from toykit.store import Store

distributed = pytest.importorskip("distributed")
HERE = Path(__file__).parent


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module("worker_functions")


@pytest.fixture
def address(functions: Any) -> Iterator[str]:
    """A scheduler and one worker of one thread in this process."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_tasks_run_on_the_cluster_and_are_kept(address: str, functions: Any, tmp_path: Path) -> None:
    tasks = [Task("square", {"x": x, "trace": str(tmp_path / "trace")}, functions.square) for x in range(5)]
    tasks.append(Task("diverge", {"x": 7}, functions.diverge))
    said: list[str] = []
    with Store(tmp_path / "store") as store:
        with ClusterRunner(store, address, said.append) as runner:
            records = runner.run(tasks, "stage")
        assert [record.result.get("square") for record in records] == [0, 1, 4, 9, 16, None]
        assert records[-1].result["reason"] == "ArithmeticError: loss is 7"
        with ClusterRunner(store, address, said.append) as runner:
            assert [record.key for record in runner.run(tasks, "again")] == [record.key for record in records]
            assert runner.done == 0


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "ws://example.org:1", "nonsense"])
def test_another_machine_without_tls_is_refused(address: str, tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store, pytest.raises(InputError, match="reached by tls://"):
        ClusterRunner(store, address)


def test_nobody_answers(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store, pytest.raises(InputError, match="nobody answers"):
        ClusterRunner(store, "tcp://127.0.0.1:9")
