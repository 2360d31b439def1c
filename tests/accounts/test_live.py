"""The convention of parts that refresh by themselves, on the part of an agent's page that follows test calls."""

import pytest

from tests.factories import AgentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def part(workspace):
    return f"/agents/{AgentFactory(workspace=workspace).pk}/calls/"


def test_a_part_names_its_own_address_and_how_often_it_asks(viewer, part):
    text = viewer.get(part).content.decode()
    assert f'hx-get="{part}" hx-trigger="every 10s, refresh" hx-swap="morph:outerHTML"' in text


def test_nothing_new_is_answered_with_nothing(viewer, part):
    seen = viewer.get(part)["X-Seen"]
    assert viewer.get(part, headers={"X-Seen": seen}).status_code == 204
    assert viewer.get(part, headers={"X-Seen": "something else"}).status_code == 200


def test_whoever_is_signed_out_meanwhile_is_led_to_sign_in_with_the_whole_page(nobody, part):
    answer = nobody.get(part, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/agents/1/"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in/?next=/agents/1/")
