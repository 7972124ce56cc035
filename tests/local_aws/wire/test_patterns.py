"""AWS's regular expressions in Python."""

from __future__ import annotations

import pytest

from include.local_aws.wire.patterns import compile_pattern
from include.local_aws.wire.service_models import service_model

TAG_KEY = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
TABLE_NAME = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"


def test_every_pattern_of_sagemaker_compiles() -> None:
    """No pattern of the service is left unchecked."""
    model = service_model("sagemaker")
    patterns = {model.shape_for(name).metadata.get("pattern") for name in model.shape_names}

    for pattern in patterns - {None}:
        compile_pattern(pattern)

    assert len(patterns) > 200


@pytest.mark.parametrize(
    ("text", "allowed"), [("Größe 7:a/b", True), ("模型", True), ("a;b", False), ("a\nb", False)]
)
def test_unicode_classes_mean_what_they_mean_in_java(text: str, *, allowed: bool) -> None:
    r"""Letters, numbers and separators of all scripts match \p{L}, \p{N} and \p{Z}."""
    assert (compile_pattern(TAG_KEY).fullmatch(text) is not None) == allowed


def test_characters_beyond_the_first_plane_are_one_character() -> None:
    """A pattern written for UTF-16 pairs takes the character they stand for."""
    assert compile_pattern(TABLE_NAME).fullmatch("a\U0001f600b")
    assert not compile_pattern(TABLE_NAME).fullmatch("a\x00b")


def test_a_misplaced_count_is_ignored() -> None:
    """The model's slip `$` with a count does not keep the rest from being checked."""
    pattern = compile_pattern(r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}")

    assert pattern.fullmatch("key")
    assert not pattern.fullmatch("key!")


def test_alnum_is_ascii() -> None:
    r"""\p{Alnum} is a letter or digit of ASCII."""
    pattern = compile_pattern(r"arn:[\p{Alnum}\-]+:x")

    assert pattern.fullmatch("arn:aws-cn:x")
    assert not pattern.fullmatch("arn:é:x")


def test_a_class_without_brackets_is_a_class() -> None:
    r"""\p{ASCII}* takes ASCII alone, and \z is the very end."""
    assert compile_pattern(r"\p{ASCII}*").fullmatch("a-b[1]\n")
    assert not compile_pattern(r"\p{ASCII}*").fullmatch("é")
    assert compile_pattern(r"\A\S[\p{Print}]*\z").fullmatch("text/csv; a=1")
    assert not compile_pattern(r"\A\S[\p{Print}]*\z").fullmatch("text/csv\n")
