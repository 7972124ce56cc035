"""A job's tags fit AWS and can be read back, whatever its Dag is called."""

from __future__ import annotations

import dataclasses
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.job_tags import (
    PREFIX,
    VALUE_LIMIT,
    JobMarks,
    Owner,
    decode,
    encode,
    holder_tags,
)

KEY = re.compile(r"[A-Za-z0-9:.\-]{1,128}")
texts = st.text(max_size=250)
owners = st.builds(
    Owner, dag_id=texts, run_id=texts, task_id=texts, map_index=st.integers(-1, 1024)
)


@st.composite
def fresh_marks(draw: st.DrawFn) -> JobMarks:
    """Draw what a job says that nobody but its maker has held."""
    owner, try_number = draw(owners), draw(st.integers(0, 99))
    return JobMarks(
        namespace=draw(st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True)),
        identity=draw(st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
        layout="1",
        owner=owner,
        series=draw(st.none() | st.integers(-9, 99)),
        try_number=try_number,
        generation=draw(st.integers(1, 999)),
        fingerprint=draw(st.from_regex(r"1:[0-9a-f]{32}", fullmatch=True)),
        holder=owner,
        holder_try=try_number,
        attended=draw(st.booleans()),
        final_try=draw(st.integers(0, 99)),
    )


def fits_aws(value: str) -> bool:
    """Tell whether AWS takes a tag's value: letters, digits, spaces and `_.:/=+-@`."""
    return len(value) <= VALUE_LIMIT and all(
        unicodedata.category(c)[0] in "LZN" or c in "_.:/=+-@" for c in value
    )


@given(fresh_marks())
def test_tags_fit_aws(marks: JobMarks) -> None:
    """However long and odd the names of Dag, run and task are."""
    tags = marks.tags()

    assert [key for key in tags if not KEY.fullmatch(key)] == []
    assert [value for value in tags.values() if not fits_aws(value)] == []


@given(fresh_marks())
def test_tags_can_be_read_back(marks: JobMarks) -> None:
    """The reaper finds the owner; tags of others beside them do not matter."""
    assert JobMarks.read({**marks.tags(), "team": "x", "airflow-sagemaker:model": "y"}) == marks


@given(fresh_marks(), st.lists(st.tuples(owners, st.integers(0, 99)), min_size=1, max_size=3))
def test_the_last_holder_is_read_back(marks: JobMarks, holders: list[tuple[Owner, int]]) -> None:
    """A holder's tags replace the former one's, also where those were longer."""
    tags = marks.tags()
    for holder, try_number in holders:
        tags |= holder_tags(holder, try_number, shared=True)

    holder, try_number = holders[-1]
    assert JobMarks.read(tags) == dataclasses.replace(marks, holder=holder, holder_try=try_number)


@given(texts)
def test_an_encoded_text_can_be_decoded(text: str) -> None:
    """Nothing is lost, be it emoji, a newline, `=` itself or what looks like an escape."""
    assert decode(encode(text)) == text
    assert not encode(text).endswith("=")


def test_names_as_they_usually_are_stay_readable() -> None:
    """Nobody should have to decode a tag in the console."""
    assert (
        encode("manual__2026-11-21T06:04:25+00:00_xyz") == "manual__2026-11-21T06:04:25+00:00_xyz"
    )
    assert encode("flüge.train") == "flüge.train"
    assert encode("a=b c~") == "a=3Db=20c=7E"


def test_a_long_name_goes_on_in_a_further_tag() -> None:
    """AWS cuts nothing off; the whole name is needed to ask for the task's state."""
    marks = holder_tags(Owner(dag_id="~" * 250, run_id="r", task_id="t"), 1, shared=True)

    assert {f"{PREFIX}owner-dag", f"{PREFIX}owner-dag.2", f"{PREFIX}owner-dag.3"} <= set(marks)


@pytest.mark.parametrize("missing", ["namespace", "identity", "layout", "dag", "series", "try"])
def test_half_of_the_tags_say_nothing(missing: str) -> None:
    """A job somebody has tampered with counts as a stranger's."""
    owner = Owner(dag_id="d", run_id="r", task_id="t")
    tags = JobMarks(
        namespace="demo",
        identity="0",
        layout="1",
        owner=owner,
        series=1,
        try_number=1,
        generation=1,
        fingerprint="",
        holder=owner,
        holder_try=1,
    ).tags()

    assert JobMarks.read(tags) is not None
    assert JobMarks.read({k: v for k, v in tags.items() if k != PREFIX + missing}) is None
    assert JobMarks.read(tags | {f"{PREFIX}dag": "=FF"}) is None


@given(fresh_marks(), owners, st.integers(0, 99))
def test_the_latest_try_is_of_the_task_asked_for(marks: JobMarks, other: Owner, held: int) -> None:
    """Tries of two tasks are not compared."""
    shared = JobMarks.read(marks.tags() | holder_tags(other, held, shared=True))
    again = JobMarks.read(marks.tags() | holder_tags(marks.owner, held, shared=False))

    assert shared is not None
    assert again is not None
    assert again.latest_try(marks.owner) == max(marks.try_number, held)
    if other != marks.owner:
        assert (shared.latest_try(marks.owner), shared.latest_try(other)) == (
            marks.try_number,
            held,
        )
        assert again.latest_try(other) is None
        assert shared.owners == (marks.owner, other)
    assert again.owners == (marks.owner,)


def test_an_owner_reads_as_a_person_would_say_it() -> None:
    """Errors and reports name the task."""
    owner = Owner(dag_id="d", run_id="r", task_id="t", map_index=3)

    assert str(owner) == "task t[3] of run r of Dag d"
    assert str(dataclasses.replace(owner, map_index=-1)) == "task t of run r of Dag d"
