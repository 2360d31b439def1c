"""What a browser's own fields would not send, and somebody sends all the same, is refused at its field or dropped."""

import pytest

from accounts.json_values import LETTERS, NUMBERS
from accounts.moments import TOO_FAR
from campaigns.choices import CampaignStatus
from tests.factories import CampaignFactory, ContactFactory, NumberFactory, PoolNumberFactory, UploadFactory
from tests.forms import fields

pytestmark = pytest.mark.django_db
FAR = "9999-12-31T23:59"


@pytest.fixture
def draft(workspace):
    made = CampaignFactory(workspace=workspace)
    PoolNumberFactory(campaign=made, number=NumberFactory(workspace=workspace))
    return made


def test_a_hold_to_the_end_of_the_calendar(operator, workspace):
    contact = ContactFactory(workspace=workspace)
    answer = operator.post(f"/contacts/{contact.pk}/hold/", {"until": FAR, "reason": "Never again"})
    assert answer.status_code == 422 and answer.context["hold_form"].errors == {"until": [TOO_FAR]}


def test_a_start_at_the_end_of_the_calendar(operator, draft):
    address = f"/campaigns/{draft.pk}/edit/dialer/"
    sent = fields(operator.get(address), trigger_mode="scheduled", starts_at=FAR, window_timezone="America/New_York")
    answer = operator.post(address, sent)
    assert answer.status_code == 422 and answer.context["form"].errors == {"starts_at": [TOO_FAR]}


def test_a_question_about_the_end_of_the_calendar(operator, draft):
    answer = operator.post(f"/campaigns/{draft.pk}/forecast/", {"by": FAR}, follow=True)
    assert TOO_FAR in answer.content.decode()


@pytest.mark.parametrize("delay", ["--5", "-" * 9 + "1", "9" * 5_000])
def test_a_retry_delay_that_is_no_number(operator, draft, delay):
    address = f"/campaigns/{draft.pk}/edit/dialer/"
    answer = operator.post(address, fields(operator.get(address), retry_delay_minutes_0=delay))
    assert answer.status_code == 422 and answer.context["form"].errors.keys() == {"retry_delay_minutes"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [(r'{"a": "\u0000"}', LETTERS), (r'{"a": "\ud83d"}', LETTERS), ('{"a": NaN}', NUMBERS), ('{"a": 1e999}', NUMBERS)],
)
def test_json_that_no_database_keeps(manager, superuser, workspace, draft, typed, sentence):
    address = f"/campaigns/{draft.pk}/settings/"
    answer = manager.post(address, fields(manager.get(address), metadata=typed))
    assert answer.status_code == 422 and answer.context["form"].errors == {"metadata": [sentence]}
    address = f"/agents/{draft.agent_id}/edit/"
    answer = manager.post(address, fields(manager.get(address), default_variables=typed))
    assert answer.context["form"].errors == {"default_variables": [sentence]}
    contact = ContactFactory(workspace=workspace)
    address = f"/admin/contacts/contact/{contact.pk}/change/"
    answer = superuser.post(address, fields(superuser.get(address), variables=typed))
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("typed", ["9" * 19, "9" * 5_000, "²"])
def test_ids_that_are_none_are_nobodys(operator, draft, typed):
    assert operator.post("/campaigns/bulk/", {"action": "pause", "ids": typed}).status_code == 302
    answer = operator.get("/numbers/", {"carrier": typed})
    assert answer.status_code == 200
    pool = f"/campaigns/{draft.pk}/edit/pool/"
    assert operator.post(pool, fields(operator.get(pool), order=typed)).status_code == 302


def test_a_pilot_of_endless_digits(operator, draft):
    operator.post(f"/campaigns/{draft.pk}/do/start/", {"pilot": "9" * 5_000})
    draft.refresh_from_db()
    assert (draft.status, draft.pilot_size) == (CampaignStatus.DRAFT, None)


@pytest.mark.parametrize("way", ["abc", "a:b", "https://elsewhere.example/", "//elsewhere.example", "a\0b"])
def test_a_way_back_that_is_none_leads_to_the_page_itself(operator, workspace, draft, way):
    upload = UploadFactory(workspace=workspace)
    assert operator.post(f"/campaigns/{draft.pk}/do/cancel/", {"next": way})["Location"] == f"/campaigns/{draft.pk}/"
    cancelled = operator.post(f"/contacts/uploads/{upload.pk}/cancel/", {"next": way})
    assert cancelled["Location"] == f"/contacts/uploads/{upload.pk}/"
    assert operator.post(f"/workspaces/{workspace.pk}/switch/", {"next": way})["Location"] == "/"


def test_words_with_a_nul(operator, workspace, draft):
    contact = ContactFactory(workspace=workspace)
    operator.post("/contacts/bulk/", {"action": "tag", "ids": contact.pk, "tags": "v\0ip"})
    contact.refresh_from_db()
    assert contact.tags == "|vip|"
    assert operator.post(f"/campaigns/{draft.pk}/clone/", {"once": "a\0b"}).status_code == 302


def test_a_number_of_thousands_of_digits_is_no_json(operator, draft):
    address = f"/campaigns/{draft.pk}/settings/"
    answer = operator.post(address, fields(operator.get(address), metadata=f'{{"a": {"9" * 5_000}}}'))
    assert answer.status_code == 422 and answer.context["form"].errors.keys() == {"metadata"}
