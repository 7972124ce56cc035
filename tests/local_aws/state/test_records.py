"""Documents in SQLite."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.state.records import AlreadyExistsError, NotFoundError, Records, RecordsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = ("model", "us-east-1", "a")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """An empty store."""
    records = Records(tmp_path / "records.sqlite")
    yield records
    records.close()


def test_documents_survive_a_restart(tmp_path: Path) -> None:
    """Datetimes come back as they went in, at every depth."""
    document = {
        "At": datetime(2026, 1, 2, tzinfo=UTC),
        "In": [{"At": datetime.now(UTC)}],
        "N": None,
    }
    first = Records(tmp_path / "deep" / "records.sqlite")
    first.create(*KEY, document)
    first.close()

    second = Records(tmp_path / "deep" / "records.sqlite")

    assert second.get(*KEY) == document
    second.close()


def test_deletions_and_updates_survive_a_restart(tmp_path: Path) -> None:
    """The database is what memory was."""
    first = Records(tmp_path / "records.sqlite")
    first.create(*KEY, {"N": 1})
    first.create("model", "us-east-1", "b", {})
    first.update(*KEY, lambda document: document.update(N=2))
    first.delete("model", "us-east-1", "b")
    first.close()

    second = Records(tmp_path / "records.sqlite")

    assert second.all("model") == [("us-east-1", "a", {"N": 2})]
    second.close()


def test_a_name_is_taken_once(records: Records) -> None:
    """A kind, a region and a name make a document's identity."""
    records.create(*KEY, {})
    records.create("model", "eu-west-1", "a", {})
    records.create("endpoint", "us-east-1", "a", {})

    with pytest.raises(AlreadyExistsError, match="model a already exists in us-east-1"):
        records.create(*KEY, {})


def test_what_is_read_is_a_copy(records: Records) -> None:
    """Editing what was read or written changes nothing in the store."""
    document: dict[str, Any] = {"List": [1]}
    records.create(*KEY, document)
    document["List"].append(2)
    (records.get(*KEY) or {})["List"].append(3)
    records.all("model")[0][2]["List"].append(4)
    records.update(*KEY, lambda _: None)["List"].append(5)

    assert records.get(*KEY) == {"List": [1]}


def test_views_are_read_only(records: Records) -> None:
    """A listing cannot change what it lists."""
    records.create(*KEY, {"N": 1})

    (view,) = records.views("model", "us-east-1")

    with pytest.raises(TypeError):
        view["N"] = 2  # type: ignore[index]
    assert records.views("model", "eu-west-1") == []


def test_an_update_is_all_or_nothing(records: Records) -> None:
    """A change that raises leaves the document as it was."""
    records.create(*KEY, {"N": 1})

    def fail(document: dict[str, Any]) -> None:
        document["N"] = 2
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        records.update(*KEY, fail)
    assert records.get(*KEY) == {"N": 1}


def test_updates_do_not_lose_each_other(records: Records) -> None:
    """Concurrent changes all count."""
    records.create(*KEY, {"N": 0})

    def count(document: dict[str, Any]) -> None:
        document["N"] += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: records.update(*KEY, count), range(200)))

    assert records.get(*KEY) == {"N": 200}


def test_what_is_not_there(records: Records) -> None:
    """Reading finds nothing, updating raises, deleting says so."""
    assert records.get(*KEY) is None
    assert records.delete(*KEY) is False
    with pytest.raises(NotFoundError, match="no model a in us-east-1"):
        records.update(*KEY, lambda _: None)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """The message names the file and the remedy."""
    (tmp_path / "records.sqlite").write_bytes(b"no database at all" * 100)

    with pytest.raises(RecordsError, match=r"Cannot read .*records.sqlite: .*give another one"):
        Records(tmp_path / "records.sqlite")


def test_another_version_is_told(tmp_path: Path) -> None:
    """A later layout is not read as this one."""
    path = tmp_path / "records.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version=99")

    with pytest.raises(RecordsError, match="has version 99, this embedded AWS reads version 1"):
        Records(path)


@pytest.mark.parametrize("value", [datetime(2026, 1, 2), {1, 2}])  # noqa: DTZ001 - the point
def test_what_cannot_be_kept_is_refused(records: Records, value: object) -> None:
    """A naive datetime or a set is not stored half."""
    with pytest.raises(TypeError):
        records.create(*KEY, {"Value": value})
    assert records.get(*KEY) is None


def test_observers_see_every_change(records: Records) -> None:
    """What was there before and what is there after it, in order; a refused change is none."""
    seen: list[tuple[Any, Any]] = []
    records.create(*KEY, {"n": 0})
    records.observe(lambda change: seen.append((change.before, change.after)))

    records.update(*KEY, lambda document: document.update(n=1))
    with pytest.raises(AlreadyExistsError):
        records.create(*KEY, {"n": 2})
    records.delete(*KEY)
    records.delete(*KEY)
    records.create(*KEY, {"n": 3})

    assert seen == [({"n": 0}, {"n": 1}), ({"n": 1}, None), (None, {"n": 3})]


def test_changes_made_together_are_seen_together(records: Records) -> None:
    """Nobody reads between them."""
    with ThreadPoolExecutor(1) as pool:
        with records.together():
            records.create(*KEY, {"n": 0})
            reading = pool.submit(records.get, *KEY)
            with pytest.raises(TimeoutError):
                reading.result(timeout=0.2)
            records.update(*KEY, lambda document: document.update(n=1))

        assert reading.result(timeout=30) == {"n": 1}
