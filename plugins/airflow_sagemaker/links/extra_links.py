"""The links a task offers.

Airflow stores a link under its `xcom_key` when a task leaves a worker, deferred ones included, and
shows what is stored. They are stored when the work is submitted as well: a task that waits on its
worker has them meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import BaseOperator, Context
    from airflow.sdk.types import TaskInstanceKey


class StoredLink(BaseOperatorLink):
    """A link that its operator knows while it runs, and that is stored from then on."""

    @property
    def name(self) -> str:
        """The link's name on the page."""
        raise NotImplementedError

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Give the address the operator knows; the one stored if it has not come to know any."""
        known: Mapping[str, str] | None = getattr(operator, "link_urls", None)
        if known is not None:
            return known.get(self.xcom_key, "")
        from airflow.sdk.execution_time.xcom import XCom  # noqa: PLC0415 - not needed to parse

        stored = XCom.get_value(ti_key=ti_key, key=self.xcom_key)
        return stored if isinstance(stored, str) else ""


class SageMakerConsoleLink(StoredLink):
    """The resource's page in SageMaker's console."""

    name = "SageMaker console"


class SageMakerLogsLink(StoredLink):
    """The CloudWatch log streams of the resource's containers."""

    name = "CloudWatch logs"


class SageMakerOutputLink(StoredLink):
    """The S3 prefix that the output goes to."""

    name = "S3 output"


CONSOLE = SageMakerConsoleLink()
LOGS = SageMakerLogsLink()
OUTPUT = SageMakerOutputLink()


def store_links(context: Context, urls: Mapping[str, str]) -> None:
    """Store links for the page of a task that is still running.

    :param urls: addresses by `xcom_key`
    """
    for key, url in urls.items():
        context["ti"].xcom_push(key=key, value=url)
