"""Finds the installed models' settings files and loads them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from airflow_sagemaker.exceptions import SettingsError
from airflow_sagemaker.settings.agreement import collisions, disagreements
from airflow_sagemaker.settings.pipeline_settings import PipelineSettings
from airflow_sagemaker.settings.yaml_values import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE_NAME = "pipeline.yaml"
ROOT_VARIABLE = "AIRFLOW_SAGEMAKER_PROJECT"
"""Environment variable that names the project folder where it is not the Dag folder's parent."""

_YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class InstalledModels:
    """What was found in a project: the models that can run and the errors of those that cannot.

    :param pipelines: settings of every model whose file is sound, by the model's name
    :param errors: one error for each broken file
    """

    pipelines: tuple[PipelineSettings, ...]
    errors: tuple[SettingsError, ...]

    def __iter__(self) -> Iterator[PipelineSettings]:
        """Go through the sound models."""
        return iter(self.pipelines)

    def require_sound(self) -> None:
        """Insist that no settings file is broken.

        :raises SettingsError: with the problems of every broken file
        """
        if self.errors:
            raise SettingsError(tuple(p for error in self.errors for p in error.problems))


def installed_models(dag_file: str) -> InstalledModels:
    """Load every `include/*/pipeline.yaml` of the project that a Dag file belongs to.

    The project is the parent of the Dag file's folder, or what `AIRFLOW_SAGEMAKER_PROJECT` names.
    A broken file costs its own model only; its error is among the result's `errors`.

    :param dag_file: the Dag file's `__file__`
    """
    root = Path(os.environ.get(ROOT_VARIABLE) or Path(dag_file).resolve().parents[1])
    pipelines: list[PipelineSettings] = []
    errors: list[SettingsError] = []
    for path in sorted(root.glob(f"include/*/{FILE_NAME}")):
        try:
            shown = path.relative_to(root).as_posix()
            pipelines.append(load_settings(path, shown_as=shown, others=pipelines))
        except SettingsError as error:
            errors.append(error)
    return InstalledModels(pipelines=tuple(pipelines), errors=tuple(errors))


def load_settings(
    path: Path, *, shown_as: str | None = None, others: Sequence[PipelineSettings] = ()
) -> PipelineSettings:
    """Load one settings file.

    :param path: the file; its folder's name is the model's name
    :param shown_as: the name to give the file in errors
    :param others: models that are there already and must not be written over
    :raises SettingsError: naming every problem of the file with its line and the remedy
    """
    shown = shown_as or f"{path.parent.name}/{path.name}"
    reader = Reader()
    given = {"name": path.parent.name, "folder": path.parent}
    settings = reader.record(_parse(path, shown), PipelineSettings, "", **given)
    if isinstance(settings, PipelineSettings):
        found = (*disagreements(settings), *collisions(settings, others))
        reader.problems += [(reader.lines.get(where, 1), text) for where, text in found]
        if not reader.problems:
            return settings
    problems = sorted(reader.problems)
    raise SettingsError(tuple(f"{shown}, line {line}: {text}" for line, text in problems))


def _parse(path: Path, shown: str) -> yaml.Node:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_YAML_LOADER)
    except UnicodeDecodeError as error:
        raise SettingsError((f"{shown}, line 1: not UTF-8 ({error.reason})",)) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = f"{shown}, line {line}: not YAML: {error.problem}"
        raise SettingsError((problem,)) from error
    if node is None:
        raise SettingsError((f"{shown}, line 1: the file is empty",))
    return node
