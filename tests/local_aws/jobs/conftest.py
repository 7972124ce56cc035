"""What tests of jobs start from: a store with a bucket and a bench to run jobs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.local_aws.s3.store import ObjectStore
from tests.local_aws.jobs.job_bench import BUCKET, JobBench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    """An object store with one bucket."""
    store = ObjectStore(tmp_path / "s3")
    store.create_bucket(BUCKET)
    yield store
    store.close()


@pytest.fixture
def bench(tmp_path: Path, store: ObjectStore) -> Iterator[JobBench]:
    """A bench to run jobs on."""
    bench = JobBench(tmp_path, store)
    yield bench
    bench.close()
