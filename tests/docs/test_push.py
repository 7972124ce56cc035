"""The commands on the page about push make what a triggerer hears by."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.triggers.state_changes import listen
from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING
from tests.architecture.repository import ROOT
from tests.local_aws.account import REGION
from tests.local_aws.job_calls import JobCalls
from tests.unit.listening import listening_connection

if TYPE_CHECKING:
    from tests.local_aws.account import Account

COMMANDS = re.compile(
    r"<!-- run by tests/docs/test_push\.py -->\n```bash\n(?P<text>.*?)```\n", re.DOTALL
)

# version 1 of the CLI has an address of its own for SQS, whatever AWS_ENDPOINT_URL says
TO_THE_ENDPOINT = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }'


def run_commands(account: Account) -> str:
    """Run the page's commands as a reader would, with this environment's AWS CLI."""
    found = COMMANDS.search((ROOT / "docs/concepts/jobs.md").read_text(encoding="utf-8"))
    assert found
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": account.endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
    }
    command = ["bash", "-eu", "-o", "pipefail", "-c", f"{TO_THE_ENDPOINT}\n{found['text']}"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def url(account: Account) -> str:
    """Give the URL of the queue that the page's commands make."""
    return run_commands(account)


def test_a_reader_who_follows_the_page_hears_of_ends(
    account: Account, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of jobs of the namespace, whatever their kind, and of no others."""
    heard: list[tuple[str, str]] = []
    connection = listening_connection(monkeypatch, account.endpoint_url, url)

    async def run() -> list[tuple[str, str]]:
        news = asyncio.Event()

        def poke(kind: str, name: str) -> None:
            heard.append((kind, name))
            news.set()

        async with listen(connection, poke), asyncio.timeout(60):
            await asyncio.to_thread(JobCalls(account, TRAINING).create, "stranger")
            one = await asyncio.to_thread(JobCalls(account, TRAINING).create, "demo")
            other = await asyncio.to_thread(JobCalls(account, PROCESSING).create, "demo")
            while len(heard) < 2:
                news.clear()
                await news.wait()
            return [("training", one), ("processing", other)]

    assert sorted(asyncio.run(run())) == sorted(heard)


def test_the_rule_may_send_and_old_events_are_not_kept(account: Account, url: str) -> None:
    """The queue's policy lets the rule in; what nobody has read in minutes is gone."""
    attributes = account.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["Policy", "MessageRetentionPeriod", "QueueArn"]
    )["Attributes"]
    rule = account.client("events").describe_rule(Name="sagemaker-state-changes")

    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Resource"] == attributes["QueueArn"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rule["Arn"]}}
    assert attributes["MessageRetentionPeriod"] == "300"
