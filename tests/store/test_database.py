import sqlite3
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.errors import StoreError
from toykit.seeds import generator
from toykit.store import Identity, Store, canonical


def identity(number: int = 0) -> Identity:
    return Identity("square", {"number": number}, code="c", data="d", fingerprint={"threads": 1})


def test_a_committed_run_is_read_back(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit(identity(), {"square": 0.5}, blobs={"curve": b"abc"}, seconds=1.5)
    with Store(tmp_path) as store:
        record = store.find(identity().key)
        assert record is not None
        assert (record.status, record.result, record.seconds) == ("ok", {"square": 0.5}, 1.5)
        assert record.identity == identity()
        assert store.blobs.read(record.blobs["curve"]) == b"abc"
        assert store.verify() == 1


@pytest.mark.parametrize(
    "other",
    [
        Identity("cube", {"number": 0}, "c", "d", {"threads": 1}),
        Identity("square", {"number": 1}, "c", "d", {"threads": 1}),
        Identity("square", {"number": 0}, "C", "d", {"threads": 1}),
        Identity("square", {"number": 0}, "c", "D", {"threads": 1}),
        Identity("square", {"number": 0}, "c", "d", {"threads": 2}),
    ],
)
def test_every_field_changes_the_key(other: Identity) -> None:
    assert other.key != identity().key


@given(st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_canonical_text_ignores_the_order(value: dict[str, object]) -> None:
    assert canonical(value) == canonical(dict(reversed(list(value.items()))))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_non_finite_results_are_refused_by_path(tmp_path: Path, bad: float) -> None:
    with Store(tmp_path) as store:
        with pytest.raises(StoreError, match=r"value\.losses\[1\] = "):
            store.commit(identity(), {"losses": [1.0, bad]})
        assert store.find(identity().key) is None


def test_a_finished_run_is_kept_and_a_failed_one_may_succeed_later(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit(identity(), {"reason": "diverged"}, status="failed")
        assert store.commit(identity(), {"square": 1}).result == {"square": 1}
        assert store.commit(identity(), {"square": 2}).result == {"square": 1}


def test_a_lost_run_is_to_be_repeated_and_a_failed_one_is_not(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit(identity(0), {"reason": "its process died"}, status="lost")
        store.commit(identity(1), {"reason": "diverged"}, status="failed")
        assert store.intact(identity(0).key) is None
        assert store.intact(identity(1).key) is not None


def test_a_damaged_blob_is_noticed_and_the_run_repeated(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        record = store.commit(identity(), {"x": 1}, blobs={"curve": b"hello"})
        (tmp_path / "blobs" / record.blobs["curve"]).write_bytes(b"hellp")
        with pytest.raises(StoreError, match="is damaged; run the job again"):
            store.blobs.read(record.blobs["curve"])
        with pytest.raises(StoreError, match="is damaged"):
            store.verify()
        assert store.intact(record.key) is None
        store.commit(identity(), {"x": 1}, blobs={"curve": b"hello"})
        assert store.verify() == 1
        assert store.intact(record.key) is not None


def test_a_changed_record_is_noticed(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.commit(identity(), {"x": 1})
    with sqlite3.connect(tmp_path / "runs.sqlite") as database:
        database.execute("UPDATE runs SET result = ?", (b'{"x":2}',))
    database.close()
    with Store(tmp_path) as store:
        with pytest.raises(StoreError, match="the digest it was stored with"):
            store.find(identity().key)
        assert store.intact(identity().key) is None


@pytest.mark.parametrize(
    "change", ["seconds = 'soon'", "seconds = -9e999", "identity = CAST(identity AS TEXT)", "blobs = CAST(blobs AS TEXT)"]
)
def test_a_column_of_another_kind_is_a_damaged_record(tmp_path: Path, change: str) -> None:
    with Store(tmp_path) as store:
        store.commit(identity(), {"x": 1})
    with sqlite3.connect(tmp_path / "runs.sqlite") as database:
        database.execute(f"UPDATE runs SET {change}")
    database.close()
    with Store(tmp_path) as store:
        with pytest.raises(StoreError, match="is damaged; run the job again"):
            store.verify()
        assert store.intact(identity().key) is None
        assert store.commit(identity(), {"x": 1}).result == {"x": 1}
        assert store.verify() == 1


@pytest.mark.parametrize("name", ["../runs.sqlite", "/dev/zero", "", "A" * 64])
def test_a_blob_is_named_by_a_digest_only(tmp_path: Path, name: str) -> None:
    with Store(tmp_path) as store, pytest.raises(StoreError, match="named by its SHA-256; got"):
        store.blobs.read(name)


def test_what_is_no_json_is_one_sentence(tmp_path: Path) -> None:
    inside: dict[str, object] = {}
    inside["x"] = inside
    with Store(tmp_path) as store:
        for bad, told in ((inside, "value"), ({"name": "file \udcff"}, r"value\.name"), ({"x": b"1"}, r"value\.x = b'1'")):
            with pytest.raises(StoreError, match=f"finite JSON; got .*{told}"):
                store.commit(identity(), bad)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite").write_bytes(b"my thesis" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        Store(tmp_path)
    assert (tmp_path / "runs.sqlite").read_bytes() == b"my thesis" * 1000


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "runs.sqlite")
    database.execute("CREATE TABLE holidays (day TEXT)")
    database.commit()
    database.close()
    before = (tmp_path / "runs.sqlite").read_bytes()
    with pytest.raises(StoreError, match="another program's database with the tables holidays"):
        Store(tmp_path)
    assert (tmp_path / "runs.sqlite").read_bytes() == before


def test_a_truncated_database_is_one_sentence(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for number in range(200):
            store.commit(identity(number), {"x": "y" * 500})
    path = tmp_path / "runs.sqlite"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreError), Store(tmp_path) as store:
        store.verify()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(StoreError, match="is a folder that can be written"):
        Store(tmp_path / "runs")


def test_reading_does_not_create_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a folder with runs"):
        Store(tmp_path / "absent", create=False)
    assert not (tmp_path / "absent").exists()


def test_a_job_is_published_and_read(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with pytest.raises(StoreError, match="has no 'verify'"):
            store.job("verify")
        store.publish("verify", {"keys": ["a"]})
        store.publish("verify", {"keys": ["b"]})
        assert store.job("verify") == {"keys": ["b"]}


def fill(store: Store, stored: list[str]) -> None:
    for number in range(10_000):
        store.commit(identity(number), {"x": number}, blobs={"noise": generator("noise", number).bytes(5000)})
        stored.append(identity(number).key)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    with tmpfs(tmp_path, "size=1m"):
        stored: list[str] = []
        store = Store(tmp_path)
        with pytest.raises(StoreError, match="make room or choose another"):
            fill(store, stored)
        store.close()
        assert len(stored) > 10
        subprocess.run(["mount", "-o", "remount,size=8m", str(tmp_path)], check=True)
        with Store(tmp_path) as store:
            assert store.verify() == len(stored)
            assert all(store.intact(key) is not None for key in stored)
            store.commit(identity(-1), {"x": -1})


def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    with tmpfs(tmp_path, "size=2m"):
        with Store(tmp_path) as store:
            store.commit(identity(), {"x": 1})
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        with pytest.raises(StoreError), Store(tmp_path) as store:
            store.commit(identity(1), {"x": 1})


class tmpfs:
    def __init__(self, folder: Path, options: str) -> None:
        self.folder, self.options = folder, options

    def __enter__(self) -> None:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", self.options, "tmpfs", str(self.folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"a small tmpfs cannot be mounted here: {done.stderr.strip()}")

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)
