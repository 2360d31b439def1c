"""JSON of requests."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from accounts.json_values import is_broken


class JsonParser(JSONParser):
    """Refuses what no answer could tell again: halves of characters, and more brackets than anybody reads."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            value = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply.") from None
        if is_broken(value):
            raise ParseError("JSON parse error - it holds half of a character.")
        return value
