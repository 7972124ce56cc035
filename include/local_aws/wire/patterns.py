"""AWS's regular expressions, which are Java's, in Python's dialect."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache, lru_cache

_UNICODE_CLASS = re.compile(r"\\p\{(\w+)\}")
_ASCII_CLASSES = {"Alnum": "a-zA-Z0-9", "ASCII": r"\x00-\x7f", "Print": r"\x20-\x7e"}
_BRACKETS_OR_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\p\{\w+\}")
_MISPLACED_COUNT = re.compile(r"\$\{\d+,\d+\}$")
_ASTRAL_IN_UTF16 = r"\uD800\uDC00-\uDBFF\uDFFF"
_ASTRAL = r"\U00010000-\U0010FFFF"


@cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern of a botocore model; match it with `fullmatch`, as AWS does.

    Four things of Java's dialect occur in SageMaker's models and are translated: classes
    (`\p{L}`, `\p{ASCII}`), characters beyond the first plane written as UTF-16 pairs, `\z`, and a
    repetition count behind `$` (a slip in AWS's model; the length limits say the same).
    """
    python = _MISPLACED_COUNT.sub("", pattern).replace(_ASTRAL_IN_UTF16, _ASTRAL)
    python = _BRACKETS_OR_CLASS.sub(_in_brackets, python.replace(r"\z", r"\Z"))
    python = _UNICODE_CLASS.sub(lambda found: _class_content(found[1]), python)
    return re.compile(python, re.ASCII)


def _in_brackets(found: re.Match[str]) -> str:
    """Put a class that stands alone in brackets, where its ranges mean what they should."""
    return found[0] if found[0].startswith("[") else f"[{found[0]}]"


def _class_content(name: str) -> str:
    if name in _ASCII_CLASSES:
        return _ASCII_CLASSES[name]
    return "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in _ranges()[name])


@lru_cache(maxsize=1)
def _ranges() -> dict[str, list[tuple[int, int]]]:
    """Return the runs of code points of each major Unicode category (L, M, N, P, S, Z, C)."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category(chr(0))[0]
    for point in range(1, sys.maxunicode + 2):
        category = unicodedata.category(chr(point))[0] if point <= sys.maxunicode else ""
        if category != current:
            ranges.setdefault(current, []).append((start, point - 1))
            start, current = point, category
    return ranges
