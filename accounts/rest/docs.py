"""The OpenAPI document, and a page that shows it and tries it out. Both are open: they hold nobody's data."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import schema as _registers_bearer_tokens  # noqa: F401

Document = dict[str, Any]
MULTIPART = "multipart/form-data"
METHODS = ("get", "post", "patch", "delete")
NOTHING = "There is nothing at this address. The document at /api/v1/schema/ names every address."


class Schema(SpectacularJSONAPIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


@extend_schema(exclude=True)
@api_view([*(method.upper() for method in METHODS), "PUT"])
@authentication_classes([])
@permission_classes([])
def nothing_here(request: Request) -> Response:
    """An unknown address is refused in the API's own shape."""
    raise NotFound(NOTHING)


def front(request: HttpRequest) -> HttpResponse:
    return redirect("api:docs")


def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html", {"groups": groups()})


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    rules: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    description: str
    path_fields: list[Field]
    query_fields: list[Field]
    body: list[Field]
    answer: list[Field]
    answer_is_list: bool
    multipart: bool  # with a file: the body is a form, not JSON


@cache
def groups() -> list[tuple[str, list[Operation]]]:
    """Operations by resource. The document only changes with the code, so a process reads it once."""
    document: Document = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in (m for m in METHODS if m in methods):
            found.setdefault(resource(path), []).append(operation(document, path, method, methods[method]))
    return list(found.items())


def resource(path: str) -> str:
    """“campaigns”, “campaigns · contacts”: the words of a path up to the first that is an action of one object."""
    words = [word for word in path.removeprefix("/api/v1/").strip("/").split("/") if not word.startswith("{")]
    nested = len(words) > 1 and words[1] in ("contacts", "goals")
    return " · ".join(words[:2] if nested else words[:1]).capitalize()


def operation(document: Document, path: str, method: str, told: Document) -> Operation:
    parameters = told.get("parameters", [])
    answered: Document = next((told["responses"][code] for code in ("200", "201") if code in told["responses"]), {})
    answer = schema_of(document, answered)
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        description=told.get("description", "").strip(),
        path_fields=[parameter(p) for p in parameters if p["in"] == "path"],
        query_fields=[parameter(p) for p in parameters if p["in"] == "query"],
        body=list(fields(document, schema_of(document, told.get("requestBody", {})))),
        answer=list(fields(document, row_of(document, answer))),
        answer_is_list=row_of(document, answer) is not answer,
        multipart=MULTIPART in told.get("requestBody", {}).get("content", {}),
    )


def parameter(told: Document) -> Field:
    schema = told.get("schema", {})
    return Field(told["name"], kind(schema), rules(schema), told.get("description", ""), told.get("required", False))


def schema_of(document: Document, part: Document) -> Document:
    content = part.get("content", {})
    return resolved(document, content.get("application/json", content.get(MULTIPART, {})).get("schema", {}))


def row_of(document: Document, schema: Document) -> Document:
    """What one row of a page or list looks like; the schema itself where it is no list."""
    results = schema.get("properties", {}).get("results")
    if results:
        return resolved(document, results["items"])
    return resolved(document, schema["items"]) if schema.get("type") == "array" else schema


def resolved(document: Document, schema: Document) -> Document:
    """The schema that a reference names, followed through the wrapping of nullable and read-only ones."""
    for part in (schema, *schema.get("allOf", [])[:1], *schema.get("oneOf", [])[:1]):
        if "$ref" in part:
            return document["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]]
    return schema


def fields(document: Document, schema: Document) -> Iterator[Field]:
    required = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        inner = resolved(document, told)
        description = told.get("description") or inner.get("description", "")
        yield Field(name, kind(inner), rules(inner), description, name in required)


def kind(schema: Document) -> str:
    words = schema.get("format") or schema.get("type") or "any"
    if schema.get("type") == "array":
        words = f"list of {kind(schema.get('items', {}))}"
    if schema.get("type") == "object" and schema.get("properties"):
        words = f"{{{', '.join(schema['properties'])}}}"
    return str(words)


def rules(schema: Document) -> str:
    """Range, length and words in one short text."""
    told = []
    if "enum" in schema:
        told.append(", ".join(str(word) for word in schema["enum"] if word not in ("", None)))
    if "minimum" in schema or "maximum" in schema:
        told.append(f"{schema.get('minimum', '')}–{schema.get('maximum', '')}")
    if "maxLength" in schema:
        told.append(f"up to {schema['maxLength']} characters")
    return "; ".join(told)
