"""What the OpenAPI document says beyond the serializers: bearer tokens, refusals, Idempotency-Key."""

import inspect
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts.rest.idempotency import HEADER, LONGEST_KEY

Document = dict[str, Any]
REFUSALS = {
    "400": "A field is missing, out of range or unknown: “fields” says which.",
    "401": "No token, or one that is unknown or revoked.",
    "403": "The token's role or scopes do not allow this.",
    "404": "No such object in this workspace.",
    "409": "The present state does not allow it. “blockers” says what to mend first.",
    "413": "The file is larger than 100 MB: nothing of it was kept.",
    "507": "The server's disk is full: nothing of the file was kept.",
    "429": "Too many requests. “Retry-After” says how many seconds to wait.",
}
SENTENCES = {"type": "array", "items": {"type": "string"}}
ERROR: Document = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "A word for programs.", "example": "not_ready"},
                "message": {"type": "string", "description": "A sentence for people."},
                "fields": {"type": "object", "additionalProperties": True, "description": "Sentences by field."},
                "blockers": {**SENTENCES, "description": "What must be mended first."},
            },
        }
    },
}


STANDARD = {
    "list": "A page of rows.",
    "retrieve": "One row.",
    "create": "Makes one.",
    "partial_update": "Changes the fields that it names, and no others.",
}


class Described(AutoSchema):
    """Operations are told by their method's own docstring, not by one that a view's base class has."""

    def get_description(self) -> str:  # type: ignore[override]
        name = getattr(self.view, "action", "") or ""
        told = vars(type(self.view)).get(name)
        if told is not None and (told.__doc__ or "").strip():
            return inspect.cleandoc(told.__doc__)
        return STANDARD.get(name, "")


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Document:
        return {"type": "http", "scheme": "bearer", "description": "An API token of the workspace: “od_…”."}


def describe_refusals(result: Document, generator: Any, request: Any, public: bool) -> Document:
    """A postprocessing hook: every operation can refuse, in one shape; every POST takes an Idempotency-Key."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    for address, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in refusals_of(address, method):
                operation["responses"].setdefault(status, refusal(status))
            if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
                operation["responses"] |= {status: refusal(status) for status in ("413", "507")}
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
    return result


def refusals_of(address: str, method: str) -> list[str]:
    found = ["401", "403", "429"]
    if "{" in address:
        found.append("404")
    return [*found, "400", "409"] if method != "get" else [*found, "400"]


def refusal(status: str) -> Document:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": REFUSALS[status], "content": content}


KEY: Document = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Sent again within a day with the same body, the request is answered as it was the first time.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}
