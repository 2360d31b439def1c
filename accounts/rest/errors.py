"""Refusals that API edges raise; `config.api` gives them their shape."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelValidationError
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.settings import api_settings


class Conflict(APIException):
    """409: the request is well formed, the present state does not allow it."""

    status_code = 409
    default_code = "conflict"

    def __init__(
        self,
        sentence: str,
        code: str = "conflict",
        *,
        blockers: Sequence[str] = (),
        fields: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(sentence, code)
        self.blockers = list(blockers)
        self.fields = dict(fields or {})


def invalid(problem: ModelValidationError) -> ValidationError:
    """A model's or form's own verdict in the API's words: sentences about no single field become the message."""
    if not hasattr(problem, "error_dict"):
        return ValidationError({api_settings.NON_FIELD_ERRORS_KEY: problem.messages})
    fields = problem.message_dict
    general = fields.pop(NON_FIELD_ERRORS, [])
    detail = {**fields, api_settings.NON_FIELD_ERRORS_KEY: general} if general else fields
    return ValidationError(detail)
