"""The same tasks on a Dask scheduler: same records, a killed worker is survived, and only a safe address is taken."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toykit.cluster import ClusterRunner
from toykit.errors import InputError, StoreError
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


def test_a_worker_that_dies_is_replaced_and_its_task_tried_again(functions: Any, tmp_path: Path) -> None:
    tasks = [Task("die once", {"marker": str(tmp_path / "marker")}, functions.die_once)]
    tasks += [Task("square", {"x": x}, functions.square) for x in range(3)]
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, protocol="tcp://", host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Store(tmp_path / "store") as store,
    ):
        with ClusterRunner(store, cluster.scheduler_address, list[str]().append) as runner:
            records = runner.run(tasks, "stage")
        assert [record.status for record in records] == ["ok"] * 4
        assert store.verify() == 4


@pytest.mark.parametrize(("who", "sentence"), [("worker", "every worker at tcp"), ("scheduler", "the scheduler at tcp")])
def test_a_cluster_that_goes_away_is_one_sentence(
    functions: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str, sentence: str
) -> None:
    monkeypatch.setattr("toykit.cluster.PATIENCE", 1.0)
    tasks = [Task("square", {"x": x, "sleep": 0.2}, functions.square) for x in range(50)]
    said: list[str] = []
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Store(tmp_path / "store") as store,
    ):

        def break_it(line: str) -> None:
            said.append(line)
            if len(said) == 4:
                cluster.scale(0) if who == "worker" else cluster.close()

        with pytest.raises(StoreError, match=sentence), ClusterRunner(store, cluster.scheduler_address, break_it) as runner:
            runner.run(tasks, "stage")
        assert 3 <= store.verify() < 50
