"""The fields of a page's form as a browser would send them."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse


class Fields(HTMLParser):
    """Collects name → value of the form that is posted; several values make a list."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self.select = self.textarea = ""
        self.inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "form":
            self.inside = (given.get("method") or "").lower() == "post" and "logout" not in (given.get("action") or "")
        if not self.inside or "__prefix__" in name or "disabled" in given:
            return
        if tag == "input" and name:
            self.take_input(name, given)
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.add(self.select, given.get("value") or "")
        elif tag == "textarea":
            self.textarea = name
            self.found[name] = ""

    def take_input(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type")
        if kind in ("submit", "button", "file") or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.add(name, given.get("value") or ("on" if kind == "checkbox" else ""))

    def add(self, name: str, value: str) -> None:
        if name in self.found:
            present = self.found[name]
            self.found[name] = [*(present if isinstance(present, list) else [present]), value]
        else:
            self.found[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        if tag == "textarea":
            self.textarea = ""
        if tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.textarea and self.inside:
            self.found[self.textarea] += data.lstrip("\n")


def fields(response: HttpResponse, **changed: Any) -> dict[str, Any]:
    """What the page's form would send, with `changed` filled in."""
    parser = Fields()
    parser.feed(response.content.decode())
    return {name: value for name, value in {**parser.found, **changed}.items() if value is not None}
