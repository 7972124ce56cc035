"""Settings files are found, read whole, and refused with file, line and remedy."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from airflow_sagemaker.exceptions import SettingsError
from airflow_sagemaker.settings.loader import ROOT_VARIABLE, installed_models, load_settings
from tests.unit.model_folder import SETTINGS, line_of, write_model

REPOSITORY = Path(__file__).parents[3]


def problems_of(project: Path, text: str) -> list[str]:
    """Load a model with this settings file and give the problems, which must be there."""
    path = write_model(project, "flights", text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, shown_as="flights/pipeline.yaml")
    return list(caught.value.problems)


def changed(old: str, new: str) -> str:
    """Give the sound settings with one text replaced."""
    assert old in SETTINGS
    return SETTINGS.replace(old, new, 1)


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    """Every value has its type, and what is not set has its default."""
    settings = load_settings(write_model(tmp_path, "flights"))

    assert (settings.name, settings.namespace) == ("flights", "ours")
    assert settings.folder == tmp_path / "include" / "flights"
    assert settings.training.instance_count == 2
    assert settings.training.hyperparameters == {"num_round": 5, "booster": "tree"}
    assert settings.training.metrics[0].name == "auc"
    assert settings.aws.conn_id == "aws_default"
    assert settings.data.starts == date(2000, 1, 1)
    assert settings.schedules.training is None


def test_a_misspelt_key_is_named_with_its_line_and_the_right_one(tmp_path: Path) -> None:
    """A person needs no more to mend it."""
    text = changed("instance_count: 2", "instnace_count: 2")

    (problem,) = problems_of(tmp_path, text)
    line = line_of(text, "instnace_count")
    assert problem == (
        f"flights/pipeline.yaml, line {line}: `instnace_count` is not a key of `training`; "
        "did you mean `instance_count`?"
    )


def test_a_key_like_no_other_gets_the_list(tmp_path: Path) -> None:
    """Without a likely meaning all keys are named."""
    (problem,) = problems_of(tmp_path, changed("    history_days", "    zzz: 1\n    history_days"))

    assert problem.endswith("it knows history_days, test_days, validation_days")


def test_a_key_in_the_wrong_section_is_refused(tmp_path: Path) -> None:
    """A setting of one section means nothing in another."""
    (problem,) = problems_of(tmp_path, changed("inference:\n", "inference:\n  test_days: 3\n"))

    assert "`test_days` is not a key of `inference`" in problem


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one error at a time; they come in the file's order."""
    text = changed("namespace: ours", "namespace: Our Team")
    text = text.replace("poll_seconds: 1", "poll_seconds: often")
    text = text.replace("ml.t2.medium", "t2.medium").replace("  script: train.py\n", "")

    got = problems_of(tmp_path, text)

    lines = [int(match.group(1)) for p in got if (match := re.search(r"line (\d+):", p))]
    assert len(got) == 4
    assert lines == sorted(lines)
    assert "`namespace` must be up to 16 lower-case letters and digits" in got[0]
    assert "`aws.poll_seconds` must be a whole number, not 'often'" in got[1]
    assert "`training` lacks `script`" in got[2]
    assert "`endpoint.instance_type` must be an instance type" in got[3]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("poll_seconds: 1", "poll_seconds: 0", "`aws.poll_seconds` must be 1 or more, not 0"),
        ("poll_seconds: 1", "poll_seconds: 1.5", "must be a whole number, not '1.5'"),
        ("poll_seconds: 1", "poll_seconds: true", "must be a whole number, not 'true'"),
        ("poll_seconds: 1", "poll_seconds:", "`aws.poll_seconds` must be a whole number"),
        ("namespace: ours", "namespace: 12", "`namespace` must be text, not '12'"),
        ("bucket: our-bucket", "bucket: s3://our-bucket", "name of a bucket, without s3://"),
        ("raw: MODEL/raw", "raw: /MODEL/raw/", "`data.raw` must be a prefix without slashes"),
        ("raw: MODEL/raw", "raw: [a]", "`data.raw` must be text, not a list"),
        ("raw: MODEL/raw", "raw: MODEL/raw\n  starts: soon", "must be a date such as 2013-01-31"),
        ("input_filter: $[1:]", "strategy: Many", "one of MultiRecord, SingleRecord, not 'Many'"),
        ("  metrics:\n    - {", "  metrics: {", "`training.metrics` must be a list, not a group"),
        ("booster: tree", "booster: [a]", "must be text or a whole number or a number or true"),
        ("booster: tree", "booster: tree\n    booster: x", "`booster` is set twice"),
        ("  bucket: our-bucket", "  bucket: our-bucket\n  bucket: b", "`bucket` is set twice"),
        ("aws:\n", "schedules: {features: 0 4 * * *}\naws:\n", "a cron expression at midnight"),
    ],
)
def test_a_bad_value_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    """The message says what the value must be, and shows what it is."""
    (problem, *_) = problems_of(tmp_path, changed(old, new))

    assert words in problem
    assert re.match(r"flights/pipeline\.yaml, line \d+: ", problem)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the file is empty"),
        ("- a\n- b\n", "line 1: the file must be a group of settings, not a list"),
        ("namespace: 'ours\n", "not YAML"),
        ("namespace: [ours\naws: 1\n", "line 2: not YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """Whatever is in the file, the answer is a settings error."""
    assert any(words in problem for problem in problems_of(tmp_path, text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes in another encoding are named as such."""
    path = write_model(tmp_path, "flights")
    path.write_bytes(b"namespace: \xff\xfe\n")

    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(path)


def test_a_broken_file_costs_its_own_model_only(tmp_path: Path) -> None:
    """The other models load; the error is kept for whoever shows it."""
    write_model(tmp_path, "broken", changed("instance_count", "instnace_count"))
    write_model(tmp_path, "flights")

    models = installed_models(str(tmp_path / "dags" / "features.py"))

    assert [settings.name for settings in models] == ["flights"]
    with pytest.raises(SettingsError, match=r"include/broken/pipeline\.yaml, line \d+:"):
        models.require_sound()


@pytest.mark.parametrize("place", ["features", "predictions", "artifacts"])
def test_two_models_never_write_to_the_same_place(tmp_path: Path, place: str) -> None:
    """The second is refused; reading the same raw days is fine."""
    write_model(tmp_path, "alike")
    text = changed(f"{place}: MODEL/{place}", f"{place}: alike/{place}")
    write_model(tmp_path, "other", text.replace("raw: MODEL/raw", "raw: alike/raw"))

    models = installed_models(str(tmp_path / "dags" / "features.py"))

    assert [settings.name for settings in models] == ["alike"]
    with pytest.raises(SettingsError, match=f"'alike/{place}' for model 'alike' too"):
        models.require_sound()


def test_sound_models_pass(tmp_path: Path) -> None:
    """Nothing is raised where nothing is wrong."""
    write_model(tmp_path, "flights")

    installed_models(str(tmp_path / "dags" / "features.py")).require_sound()


def test_the_project_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the Dags are elsewhere, a variable says where the project is."""
    write_model(tmp_path, "flights")
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))

    assert [s.name for s in installed_models("/elsewhere/dags/features.py")] == ["flights"]


def test_the_flights_settings_are_sound() -> None:
    """What this repository ships must load."""
    models = installed_models(str(REPOSITORY / "dags" / "features.py"))

    models.require_sound()
    assert "flights" in [settings.name for settings in models]


def test_reading_loads_no_heavy_module() -> None:
    """Settings are read each time a Dag file is parsed."""
    code = (
        "import sys\nfrom airflow_sagemaker.settings import loader\n"
        "heavy = {'airflow', 'boto3', 'pydantic', 'numpy', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )

    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(REPOSITORY / "plugins")}
    )
