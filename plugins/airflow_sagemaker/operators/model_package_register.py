"""Decide about a freshly evaluated model and register it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias, BaseOperator, Context

from airflow_sagemaker.bodies.model_packages import ModelContainer, Serving, model_package_body
from airflow_sagemaker.decisions.promotion import Evaluation, Promotion, PromotionRule, decide
from airflow_sagemaker.exceptions import EvaluationReportError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook, key_of
from airflow_sagemaker.operators.packaged_model import ARN
from airflow_sagemaker.triggers.job_claim import once_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.packaged_models import PackagedModels


class SageMakerModelPackageRegisterOperator(BaseOperator):
    """Read an evaluation report, decide about the challenger, and register it as a new version.

    The version is `Approved`, `PendingManualApproval` or `Rejected` with the reasons in its
    description. Only an approved one is announced: the outlet is an alias that resolves to
    `approved` then, because a plain outlet would be announced whenever the task succeeds.

    :param models: the group of versions
    :param bucket: the bucket with the report
    :param report_uri: the evaluation report (templated)
    :param training: what `SageMakerTrainingJobOperator` gave (templated)
    :param image_uri: the container image that serves the model
    :param environment: the serving container's environment
    :param rule: what a challenger must show
    :param serving: what the model takes and gives
    :param approved: the asset that an approved version is announced as
    :param alias: the alias it is announced through
    """

    template_fields = ("report_uri", "training")

    def __init__(
        self,
        *,
        models: PackagedModels,
        bucket: str,
        report_uri: str,
        training: Any,
        image_uri: str,
        environment: Mapping[str, str],
        rule: PromotionRule,
        serving: Serving,
        approved: Asset,
        alias: AssetAlias,
        **kwargs: Any,
    ) -> None:
        super().__init__(outlets=[alias], **kwargs)
        self.models = models
        self.bucket = bucket
        self.report_uri = report_uri
        self.training = training
        self.image_uri = image_uri
        self.environment = dict(environment)
        self.rule = rule
        self.serving = serving
        self.approved = approved
        self.alias = alias

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the version's ARN, the decision with its reasons, and the scores it rests on."""
        evaluation = Evaluation.read(self._report())
        promotion = decide(evaluation, self.rule)
        arn = self._register(evaluation, promotion, once_token(context["ti"], self.retries or 0))
        self.log.info("%s is %s: %s", arn, promotion.approval, "; ".join(promotion.reasons))
        if promotion.approval == "Approved":
            context["outlet_events"][self.alias].add(self.approved, extra={ARN: arn})
        return {
            ARN: arn,
            "approval": promotion.approval,
            "reasons": list(promotion.reasons),
            "report_uri": self.report_uri,
            "scores": dataclasses.asdict(evaluation),
        }

    def _report(self) -> dict[str, Any]:
        store = S3ObjectsHook(self.models.connection, self.bucket)
        report = store.read_json(key_of(self.report_uri, self.bucket))
        if not isinstance(report, dict):
            raise EvaluationReportError(
                f"{self.report_uri} is not there or no JSON object; see the evaluation job's log"
            )
        return report

    def _register(self, evaluation: Evaluation, promotion: Promotion, token: str) -> str:
        registry = self.models.registry()
        registry.ensure_group(
            description=f"Versions of {self.models.identity.slug}", tags=self.models.tags
        )
        container = ModelContainer(
            image_uri=self.image_uri,
            model_data_url=self.training["model_data_url"],
            environment=self.environment,
        )
        body = model_package_body(
            group_name=registry.group_name,
            container=container,
            serving=self.serving,
            approval=promotion.approval,
            description="; ".join(promotion.reasons),
            report_uri=self.report_uri,
            properties=self._properties(evaluation),
        )
        return registry.register(body, token=token)

    def _properties(self, scores: Evaluation) -> dict[str, str]:
        return {
            "training_job": self.training["job_name"],
            "rows": str(scores.rows),
            "auc": f"{scores.challenger.auc:.6f}",
            "log_loss": f"{scores.challenger.log_loss:.6f}",
            "calibration_error": f"{scores.challenger.calibration_error:.6f}",
            "base_rate_log_loss": f"{scores.base_rate.log_loss:.6f}",
        }
