"""What every operator that talks to AWS is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_sagemaker.bodies.console_pages import ConsolePages
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.links.extra_links import store_links
from airflow_sagemaker.operators.retry_by_cause import RETRY_BY_CAUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context, RetryPolicy


class ConnectedOperator(BaseOperator):
    """An operator with an AWS connection of its own, which reaches every client it uses.

    :param aws_conn_id: the Airflow connection (templated)
    :param region_name: overrides the connection's region (templated)
    :param verify: whether to check certificates, or the path of a CA bundle
    :param botocore_config: arguments of botocore's `Config`
    :param retry_policy: by default what cannot succeed as it is fails without retries
    """

    template_fields: Sequence[str] = ("aws_conn_id", "region_name")
    ui_color = "#ededf7"

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: Mapping[str, Any] | None = None,
        retry_policy: RetryPolicy | None = RETRY_BY_CAUSE,
        **kwargs: Any,
    ) -> None:
        super().__init__(retry_policy=retry_policy, **kwargs)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.link_urls: Mapping[str, str] | None = None

    def connection(self) -> AwsConnection:
        """Give the AWS connection to use."""
        return AwsConnection(
            conn_id=self.aws_conn_id,
            region=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    def pages(self, connection: AwsConnection) -> ConsolePages:
        """Give the console's pages where the connection leads."""
        meta = connection.client("sagemaker").meta
        return ConsolePages(region=meta.region_name, partition=meta.partition)

    def offer_links(self, context: Context, urls: Mapping[str, str]) -> None:
        """Show links on the task's page.

        :param urls: addresses by the links' `xcom_key`
        """
        self.link_urls = urls
        store_links(context, urls)
