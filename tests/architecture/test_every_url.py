"""Every address, asked by nobody, a viewer, an operator and a stranger from another workspace.

A new page needs a row in addresses.py; without one this fails. What people get follows from the row and the roles.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.roles import ROLES, Role
from tests.architecture.addresses import ADDRESSES, ANYBODY, PERSON, Row

RULES = ("admin:", "api:")
UUID = "00000000-0000-4000-8000-000000000000"


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(full name, pattern) of every address below `resolver`."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name or one.pattern}", one


EVERY = dict(patterns(get_resolver()))
PAGES = sorted(name for name in EVERY if not name.startswith(RULES))


def example(name: str, pattern: URLPattern) -> str:
    """Some address of that name: numbers are 1, words are "x", places are "US"."""
    wanted = [*pattern.pattern.regex.groupindex, *getattr(pattern.pattern, "converters", {})]
    for value in (1, "x", UUID, "US"):
        for more in ({}, {"campaign_pk": 1}, {"app_label": "accounts"}, {"format": "json"}):
            try:
                return reverse(name, kwargs=dict.fromkeys(wanted, value) | more)
            except NoReverseMatch:
                continue
    raise AssertionError(f"No address for {name}: give the walk an example.")


@pytest.fixture
def visitors(nobody, viewer, operator, stranger) -> dict[str, Client]:
    return {"nobody": nobody, "viewer": viewer, "operator": operator, "stranger": stranger}


ROLE_OF = {"viewer": Role.VIEWER, "operator": Role.OPERATOR, "stranger": Role.OWNER}


def expected(row: Row, who: str) -> str:
    """ "sign-in", "in", or the status as text."""
    if who in row.answers:
        return str(row.answers[who])
    if row.needs == ANYBODY:
        return "in"
    if who == "nobody":
        return "sign-in"
    if who == "stranger" and row.owned:
        return "404"
    return "in" if row.needs == PERSON or row.needs in ROLES[ROLE_OF[who]] else "403"


def answered(response: Any) -> str:
    """What a response is, in the words of `expected`. A page that refuses a form let its visitor in."""
    if response.status_code == 302 and response["Location"].startswith("/sign-in/?"):
        return "sign-in"
    return "in" if response.status_code in (200, 204, 286, 302, 303, 409, 422) else str(response.status_code)


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(ADDRESSES) == PAGES


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_an_address_lets_in_whom_its_row_says(name, workspace, visitors):
    row = ADDRESSES[name]
    found = {}
    for who, client in visitors.items():
        address = reverse(name, kwargs=row.kwargs(workspace))
        found[who] = answered(getattr(client, row.method)(address, row.data))
    assert found == {who: expected(row, who) for who in visitors}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, row in ADDRESSES.items() if row.method == "post"))
def test_what_changes_something_is_not_done_by_following_a_link(name, workspace, owner):
    assert owner.get(reverse(name, kwargs=ADDRESSES[name].kwargs(workspace))).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name in EVERY if name.startswith("admin:") and EVERY[name].name))
def test_the_back_office_is_for_staff_only(name, visitors):
    address = example(name, EVERY[name])
    open_to_all = name in {"admin:login", "admin:jsi18n"}
    found = {who: client.get(address).status_code for who, client in visitors.items()}
    if not open_to_all:
        assert found == dict.fromkeys(visitors, 302)


# The API's own documentation holds nobody's data; the last one refuses what is no address of the API.
OPEN_API = {"api:docs": 200, "api:front": 302, "api:schema": 200, "api:": 404}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name in EVERY if name.startswith("api:")))
def test_the_api_opens_to_tokens_only(name, visitors):
    """A signed-in browser is nobody there: what a page may send, another site's page could send too."""
    address = "/api/v1/nothing/" if name == "api:" else example(name, EVERY[name])
    found = {who: client.get(address).status_code for who, client in visitors.items()}
    assert found == dict.fromkeys(visitors, OPEN_API.get(name, 401))
