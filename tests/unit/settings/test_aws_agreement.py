"""What is set below `aws` must be what AWS takes, and must not demand what it does not give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING
from airflow_sagemaker.bodies.prices import Price
from airflow_sagemaker.bodies.request_policy import fill
from airflow_sagemaker.exceptions import SettingsError
from airflow_sagemaker.settings.loader import load_settings
from tests.unit.model_folder import ROLE, SETTINGS, line_of, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_sagemaker.settings.pipeline_settings import AwsSettings

_ANCHOR = "  poll_seconds: 1\n"
_TEAM = """\
  security:
    subnets: [subnet-1]
    security_group_ids: [sg-1]
    kms_key_id: alias/ours
    network_isolation: true
    inter_container_encryption: true
  tags: {cost-center: "42"}
  require: [role, vpc, volume_kms_key, output_kms_key, network_isolation]
  prices: {ml.m5.large: 0.1, hosting/ml.m5.large: 0.12}
  max_job_minutes: 600
"""


def with_lines(lines: str) -> str:
    """Give the sound settings with more lines below `aws`."""
    return SETTINGS.replace(_ANCHOR, _ANCHOR + lines, 1)


def aws_of(project: Path, lines: str) -> AwsSettings:
    """Load a model with these lines below `aws`."""
    return load_settings(write_model(project, "flights", with_lines(lines))).aws


def test_a_team_s_rules_are_read(tmp_path: Path) -> None:
    """They become what requests are filled with and held to, and a price list."""
    aws = aws_of(tmp_path, _TEAM)

    assert aws.guard.role_arn == ROLE
    assert aws.guard.require[-1] == "network_isolation"
    filled = fill({"ResourceConfig": {"InstanceType": "ml.m5.large"}}, TRAINING, aws.guard)
    assert filled["ResourceConfig"]["VolumeKmsKeyId"] == "alias/ours"
    assert filled["EnableInterContainerTrafficEncryption"] is True
    assert filled["Tags"] == [{"Key": "cost-center", "Value": "42"}]
    assert aws.price_list.price("hosting", "ml.m5.large") == Price(
        usd_per_hour=0.12, dated="settings"
    )
    assert aws.max_job_minutes == 600


def test_without_rules_nothing_is_demanded(tmp_path: Path) -> None:
    """The prices are the table's, for the region of the settings."""
    aws = aws_of(tmp_path, "  region: eu-west-1\n")

    assert aws.guard.require == ()
    assert aws.price_list.price("training", "ml.m5.large") is None
    assert aws.max_job_minutes is None


_GIVEN = "  security: {subnets: [subnet-1], security_group_ids: [sg-1], "


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("  security: {subnets: [a]}\n", "security:", "needs both `subnets` and"),
        (f"{_GIVEN}}}\n".replace("subnet-1", "subnet 1"), "subnets", "cannot have 'subnet 1'"),
        (
            f"{_GIVEN}}}\n".replace("sg-1", "a, b, c, d, e, f"),
            "security_group_ids",
            "must be 5 entries or less, not 6",
        ),
        ("  security: {kms_key_id: ''}\n", "kms_key_id", "must be the id, ARN or alias/… of a KMS"),
        ("  security: {volume_kms_key_id: a b}\n", "volume_kms_key_id", "not 'a b'"),
        ("  security: {output_kms_key_id: a b}\n", "output_kms_key_id", "not 'a b'"),
        ("  security: {network_isolation: 1}\n", "network_isolation", "must be true or false"),
        ("  security: {isolated: true}\n", "isolated", "is not a key of `aws.security`"),
        ("  require: [vcp]\n", "vcp", "must be one of role, vpc, volume_kms_key"),
        ("  require: vpc\n", "require", "must be a list"),
        ("  require: [vpc]\n", "require", "demands vpc and `aws.security` does not give it"),
        ("  require: [volume_kms_key]\n", "require", "demands volume_kms_key"),
        ("  require: [output_kms_key]\n", "require", "demands output_kms_key"),
        ("  require: [network_isolation]\n", "require", "demands network_isolation"),
        ("  require: [inter_container_encryption]\n", "require", "demands inter_container"),
        ("  tags: {'aws:x': y}\n", "tags", "cannot have the key 'aws:x'"),
        ("  tags: {'AirFlow-SageMaker:dag': y}\n", "tags", "cannot have the key"),
        ("  tags: {cost: 'a;b'}\n", "tags", "`aws.tags.cost` must be up to 256 letters"),
        (f"  tags: {{cost: {'x' * 257}}}\n", "tags", "`aws.tags.cost` must be up to 256 letters"),
        (
            f"  tags: {{{', '.join(f'k{i}: v' for i in range(21))}}}\n",
            "tags",
            "must be 20 tags or less, not 21",
        ),
        ("  prices: {m5.large: 0.1}\n", "prices", "cannot have 'm5.large'"),
        ("  prices: {spot/ml.m5.large: 0.1}\n", "prices", "cannot have 'spot/ml.m5.large'"),
        ("  prices: {ml.m5.large: -0.1}\n", "prices", "must be USD per hour, not -0.1"),
        ("  prices: {ml.m5.large: .inf}\n", "prices", "must be USD per hour, not inf"),
        ("  prices: {ml.m5.large: .nan}\n", "prices", "must be USD per hour, not nan"),
        ("  prices: {ml.m5.large: cheap}\n", "prices", "`aws.prices.ml.m5.large` must be a number"),
        ("  max_job_minutes: 0\n", "max_job_minutes", "must be 1 or more, not 0"),
    ],
)
def test_what_aws_or_another_setting_refuses_is_refused(
    tmp_path: Path, lines: str, line: str, words: str
) -> None:
    """With the line of the setting to change, before any Dag runs."""
    text = with_lines(lines)

    with pytest.raises(SettingsError) as caught:
        load_settings(write_model(tmp_path, "flights", text))

    (problem,) = caught.value.problems
    assert f"line {line_of(text, line)}: " in problem
    assert words in problem


def test_a_shared_key_gives_both(tmp_path: Path) -> None:
    """`kms_key_id` is the key of volumes and of outputs."""
    aws = aws_of(
        tmp_path, "  security: {kms_key_id: k}\n  require: [volume_kms_key, output_kms_key]\n"
    )

    assert (aws.security.volume_kms_key, aws.security.output_kms_key) == ("k", "k")
