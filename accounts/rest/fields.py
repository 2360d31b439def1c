"""Serializer fields for what several resources share: rows of the token's workspace, words for numbers, tags."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from accounts.json_values import refusal


class InWorkspace(serializers.PrimaryKeyRelatedField):
    """The id of a row of the token's workspace; another workspace's id does not exist."""

    default_error_messages = {
        "does_not_exist": "There is no such thing here: {pk_value}.",
        "incorrect_type": "This is an id: a whole number.",
    }

    def get_queryset(self) -> models.QuerySet[Any]:
        rows = super().get_queryset()
        assert rows is not None
        workspace = self.context.get("workspace")
        return rows.none() if workspace is None else rows.filter(workspace=workspace)


class Whole(serializers.Serializer[Any]):
    """A part of a request that is always given whole, in PATCH too, where Django REST framework asks for nothing."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name, field in self.fields.items():
            if field.required and name not in attrs:
                raise serializers.ValidationError({name: [field.error_messages["required"]]})
            if field.default is not empty:
                attrs.setdefault(name, field.default() if callable(field.default) else field.default)
        return attrs


class Word(serializers.ChoiceField):
    """A number in the database, a word for everybody else: 0 is “high”."""

    def __init__(self, words: Mapping[int, str], **options: Any) -> None:
        self.words = words
        self.numbers = {word: number for number, word in words.items()}
        super().__init__(choices=list(self.numbers), **options)

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        return self.numbers[super().to_internal_value(data)]

    def to_representation(self, value: Any) -> str:
        return self.words[int(value)]


PRIORITY = {0: "high", 1: "normal", 2: "low"}


TAG = re.compile(r"[^|;,]{1,60}")


@extend_schema_field({"type": "array", "items": {"type": "string", "maxLength": 60}})
class Tags(serializers.Field[str, Any, list[str], Any]):
    """A list of tags; the column keeps them as “|vip|b2b|”."""

    default_error_messages = {
        "list": "This is a list of tags.",
        "tag": "A tag is a text of 1 to 60 characters without “|”, “;” and commas.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, list):
            self.fail("list")
        if not all(isinstance(tag, str) and TAG.fullmatch(tag.strip()) for tag in data):
            self.fail("tag")
        tags = list(dict.fromkeys(" ".join(tag.split()) for tag in data))
        return f"|{'|'.join(tags)}|" if tags else ""

    def to_representation(self, value: str) -> list[str]:
        return [tag for tag in value.split("|") if tag]


@extend_schema_field({"type": "object", "additionalProperties": True})
class JsonObject(serializers.JSONField):
    """A free JSON object, as any database keeps it."""

    default_error_messages = {"object": "This is a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            self.fail("object")
        if sentence := refusal(value):
            raise serializers.ValidationError(sentence)
        return value
