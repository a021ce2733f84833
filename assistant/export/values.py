"""Answers, papers and passages as JSON values, and answers back again. Knows no other format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from assistant.answers import Answer, Passage
from ingest.papers import Paper


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values: the fields of Answer by name, dates as ISO 8601, marks as given."""
    return as_json(answer)


def paper_as_dict(paper: Paper) -> dict[str, Any]:
    """The paper as JSON values: the fields of Paper by name, its date as ISO 8601."""
    return as_json(paper)


def passage_as_dict(passage: Passage) -> dict[str, Any]:
    """The passage as JSON values: the fields of Passage by name."""
    return as_json(passage)


def answer_from_dict(values: Mapping[str, Any]) -> Answer:
    """The answer that :func:`answer_as_dict` described. Raises ValueError where ``values`` describe none."""
    from pydantic import TypeAdapter

    return TypeAdapter(Answer).validate_python(values)


def as_json(value: Any) -> Any:
    """A value of this project as JSON values: dataclasses by field name, dates as ISO 8601, tuples as lists."""
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    return value
