"""An endpoint must answer with a prediction, from the variant that was released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.exceptions import EndpointAnswerError
from tests.unit.operators.served_versions import smoke, update, version
from tests.unit.operators.task_run import error_of, result_of

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.packaged_models import PackagedModels

pytestmark = pytest.mark.usefixtures("airflow_database")


def test_a_wrong_answer_fails_the_smoke_test(served: PackagedModels, bucket: str) -> None:
    """An endpoint that answers nonsense is not released."""
    endpoint = result_of(update(served, version(served, bucket, 1, "nan\n")))

    error = error_of(smoke(served, endpoint))

    assert isinstance(error, EndpointAnswerError)
    assert "answered 'nan\\n'" in str(error)


def test_an_answer_of_another_variant_fails_the_smoke_test(
    served: PackagedModels, bucket: str
) -> None:
    """If somebody changed the endpoint meanwhile, it is not this release that answers."""
    first, second = (version(served, bucket, n, f"0.{n}\n") for n in (1, 2))
    released = result_of(update(served, second))
    result_of(update(served, first))

    error = error_of(smoke(served, released))

    assert isinstance(error, EndpointAnswerError)
    assert "from variant v1, not from v2" in str(error)
