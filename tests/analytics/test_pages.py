"""Exports on pages: asked for in a panel, fetched at once or watched, listed with who, when, rows, size and expiry."""

import itertools
import re

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from analytics.exporting import job
from analytics.models import Export
from tests.analytics.exporting.made import content, exported, rows
from tests.campaigns.history import campaign_with_past
from tests.factories import (
    NOON,
    AgentFactory,
    CampaignFactory,
    ContactFactory,
    ExportFactory,
    NumberFactory,
    SuppressionFactory,
    WorkspaceFactory,
)

pytestmark = pytest.mark.django_db
NEW = "/exports/new/"


def test_a_small_export_is_fetched_with_one_click(workspace, owner):
    campaign = campaign_with_past(workspace, people=6)
    done = [p for p in campaign.audience.all() if p.status == "completed"]
    asked = {
        "campaign": campaign.pk,
        "kind": "contacts",
        "of": "contacts",
        "query": "status=completed",
        "format": "csv",
    }
    answer = owner.post(NEW, asked, follow=True)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="campaign-')
    assert len(b"".join(answer.streaming_content).splitlines()) == len(done) + 1
    assert AuditEvent.objects.filter(action="export.downloaded").count() == 1


@pytest.mark.parametrize(
    "asked",
    (
        {"kind": "people", "of": "people", "filtered": "no"},
        {"kind": "calls", "of": "people"},
        {"kind": "suppressions", "of": "people"},
        {"kind": "people", "of": "calls"},
    ),
)
def test_filters_are_for_the_list_they_come_from_unless_all_is_asked(workspace, owner, asked):
    owner.post(NEW, {"query": "q=555", **asked})
    assert Export.objects.get().filters == {}
    panel = owner.get(f"{NEW}?kind={asked['of']}&query=q%3D555", headers={"HX-Request": "true"}).content.decode()
    assert "search: 555. The other lists are exported whole." in panel


@pytest.mark.parametrize("kind", ("calls", "results"))
def test_calls_and_results_asked_for_beside_chosen_people_are_those_of_these_people(workspace, owner, kind):
    campaign = campaign_with_past(workspace, people=16, seed=8)
    asked = {"campaign": campaign.pk, "kind": kind, "of": "contacts", "query": "status=completed&at=x"}
    owner.post(NEW, asked)
    owner.post(NEW, {**asked, "filtered": "no"})
    whole, narrowed = Export.objects.order_by("-pk")
    numbers = set(campaign.audience.filter(status="completed").values_list("contact__phone_number", flat=True))
    everybody = {row["phone_number"] for row in rows(whole)}
    assert {row["phone_number"] for row in rows(narrowed)} == everybody & numbers
    assert everybody - numbers, "some are left out"
    panel = owner.get(f"{NEW}?campaign={campaign.pk}&kind=contacts&query=status%3Dcompleted").content.decode()
    assert "status: Completed. Calls and results are those of these people." in panel


def test_a_large_one_is_watched(workspace, owner, monkeypatch):
    monkeypatch.setattr(job, "SMALL", 1)
    ContactFactory.create_batch(2, workspace=workspace)
    answer = owner.post(NEW, {"kind": "people"}, follow=True)
    text = answer.content.decode()
    assert "The export is being made" in text and "Waiting for its turn" in text
    assert 'hx-trigger="every 1s' in text
    export = Export.objects.get()
    owner.post(f"/exports/{export.pk}/cancel/")
    assert "Cancelled" in owner.get("/exports/").content.decode()


def test_a_small_one_that_fails_says_why(workspace, owner, settings, tmp_path):
    """Where files are kept stands a file: as with a disk that cannot be written."""
    (tmp_path / "exports").touch()
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }
    answer = owner.post(NEW, {"kind": "people"}, follow=True)
    told = [(message.level_tag, str(message)) for message in answer.context["messages"]]
    assert (Export.objects.get().status, told) == ("failed", [("error", job.UNWRITABLE)])


@pytest.mark.parametrize(("fmt", "kind"), (("json", "application/json"), ("xlsx", "application/vnd.openxml")))
def test_each_format_has_its_type_and_name(workspace, owner, fmt, kind):
    export = exported(workspace, "people", fmt)
    answer = owner.get(f"/exports/{export.pk}/download/")
    assert b"".join(answer.streaming_content) == content(export)
    assert answer["Content-Type"].startswith(kind)
    assert f".{fmt}" in answer["Content-Disposition"]


def test_what_is_expired_or_not_made_yet_says_so(workspace, owner):
    export = exported(workspace, "people")
    owner.post(f"/exports/{export.pk}/delete/")
    gone = owner.get(f"/exports/{export.pk}/download/")
    assert (gone.status_code, "This file has been removed." in gone.content.decode()) == (410, True)
    assert "Expired" in owner.get("/exports/").content.decode()
    early = owner.get(f"/exports/{ExportFactory(workspace=workspace).pk}/download/")
    assert (early.status_code, "still being made" in early.content.decode()) == (409, True)


def test_a_file_that_is_gone_from_the_disk_is_gone(workspace, owner):
    export = exported(workspace, "people")
    job.storage().delete(export.file.name)
    assert owner.get(f"/exports/{export.pk}/download/").status_code == 410


def test_support_may_and_a_viewer_may_not(workspace, signed_in, viewer):
    export = exported(workspace, "people")
    fetched = signed_in("support").get(f"/exports/{export.pk}/download/")
    assert b"".join(fetched.streaming_content) == content(export)
    assert viewer.get(f"/exports/{export.pk}/download/").status_code == 403
    assert viewer.post(NEW, {"kind": "people"}).status_code == 403
    campaign = CampaignFactory(workspace=workspace)
    assert NEW not in viewer.get(f"/campaigns/{campaign.pk}/contacts/").content.decode()


@pytest.mark.parametrize("address", ("/exports/{}/download/", "/exports/{}/cancel/", "/exports/new/?campaign={}"))
def test_anothers_are_not_there(stranger, workspace, address):
    pk = CampaignFactory(workspace=workspace).pk if "campaign" in address else exported(workspace, "people").pk
    ask = stranger.post if "cancel" in address else stranger.get
    assert ask(address.format(pk)).status_code == 404


def test_headings_go_down_by_one_and_dialogs_hold_no_banner(workspace, owner):
    exported(workspace, "people")
    page = owner.get(NEW).content.decode()
    levels = [int(level) for level in re.findall(r"<h(\d)", page.partition("<main")[2].partition("</main>")[0])]
    assert levels[0] == 1 and all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    for dialog in re.findall(r"<dialog.*?</dialog>", owner.get("/exports/").content.decode(), re.S):
        assert "<header" not in dialog


def test_a_file_says_on_which_day_it_expires(workspace, owner):
    export = exported(workspace, "people")
    day = f"{export.expires_at:%a} {export.expires_at.day} {export.expires_at:%b}"
    for address in ("/exports/", NEW):
        assert re.search(f"expires <time[^>]*>{day}", owner.get(address).content.decode())


def test_the_panel_shows_the_last_five_of_this_campaign(workspace, owner):
    campaign = campaign_with_past(workspace, people=2)
    for _ in range(6):
        exported(workspace, "contacts", campaign=campaign, status="completed")
    exported(workspace, "people")
    panel = owner.get(f"{NEW}?campaign={campaign.pk}&query=status%3Dcompleted", headers={"HX-Request": "true"})
    text = panel.content.decode()
    assert "<html" not in text
    assert text.count('class="export-line"') == 5
    assert "status: Completed" in text


@pytest.mark.parametrize("status", ("draft", "running", "paused", "completed", "failed", "cancelled"))
def test_a_campaign_of_any_status_offers_it(workspace, owner, status):
    campaign = campaign_with_past(workspace, people=2)
    campaign.status = status
    campaign.save()
    page = owner.get(f"/campaigns/{campaign.pk}/contacts/?called=yes").content.decode()
    assert f"{NEW}?kind=contacts&amp;campaign={campaign.pk}&amp;query=called%3Dyes" in page


@pytest.mark.parametrize("address", ("/contacts/?q=a", "/contacts/suppression/", "/conversations/"))
def test_lists_of_the_workspace_have_the_button(workspace, owner, address):
    campaign_with_past(workspace, people=9)
    SuppressionFactory(workspace=workspace)
    ContactFactory(workspace=workspace, name="a")
    page = owner.get(address).content.decode()
    assert NEW in page and 'id="export-panel"' in page


def test_as_many_queries_for_one_export_as_for_three(workspace, owner, queries_of):
    first, second = CampaignFactory.create_batch(2, workspace=workspace)
    ExportFactory(workspace=workspace, filters={"campaign": [str(first.pk)]})
    one = queries_of(owner, "/exports/")
    exported(workspace, "contacts", campaign=first)
    ExportFactory(workspace=workspace, filters={"campaign": [str(second.pk)], "tag": ["vip"]})
    assert queries_of(owner, "/exports/") == one


def test_filters_are_told_in_the_words_of_the_pages(workspace, owner):
    campaign = CampaignFactory(workspace=workspace, name="Spring")
    stranger = CampaignFactory(workspace=WorkspaceFactory(), name="Secret")
    number = NumberFactory(workspace=workspace)
    agent = AgentFactory(workspace=workspace, name="Ada")
    for filters in (
        {"campaign": [str(campaign.pk)], "agent": [str(agent.pk)], "number": [str(number.pk)], "outcome": ["machine"]},
        {"reason": ["by_hand"], "since": ["2026-06-01"]},
        {"of": ["contacts"], "barred": ["held"], "attempts": ["3"], "country": ["DE"], "priority": ["low"]},
        {"campaign": [str(stranger.pk)], "status": ["completed", "failed"]},
    ):
        ExportFactory(workspace=workspace, filters=filters)
    said = [
        "campaign: one that is gone · status: Completed, Failed",
        "barred: Held · attempts: 3 or more · country: Germany · priority: Low",
        "reason: Added by hand · from: 2026-06-01",
        f"campaign: Spring · agent: Ada · number: {number.phone_number} · outcome: Completed (machine)",
    ]
    for shown in (owner.get("/exports/").context["page"].rows, owner.get(NEW).context["history"]):
        # PostgreSQL keeps an object's members in an order of its own.
        assert [set(export.words.split(" · ")) for export in shown] == [set(words.split(" · ")) for words in said]
    panel = owner.get(NEW, {"kind": "calls", "query": f"campaign={campaign.pk}"}).content.decode()
    assert "campaign: Spring. The other lists are exported whole." in panel


def test_a_list_too_long_for_a_page_is_paged_by_key(workspace, owner):
    ExportFactory.create_batch(51, workspace=workspace, status="cancelled", finished_at=timezone.now())
    first = owner.get("/exports/")
    assert len(first.context["page"].rows) == 50
    rest = owner.get("/exports/", {"at": first.context["page"].following})
    assert len(rest.context["page"].rows) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    (
        ("kind=contacts", {"contacts.csv"}),
        ("format=json", {"people.json"}),
        ("status=cancelled", {"people.json"}),
        ("campaign={}", {"contacts.csv"}),
        ("campaign={}&status=cancelled", set()),
        ("campaign=none", set()),
        ("kind=nonsense", set()),
        ("", {"contacts.csv", "people.json"}),
    ),
)
def test_the_list_is_filtered_by_its_address(workspace, owner, asked, found):
    campaign = CampaignFactory(workspace=workspace, name="Spring")
    ExportFactory(workspace=workspace, campaign=campaign, kind="contacts", status="done", file_name="contacts.csv")
    ExportFactory(workspace=workspace, kind="people", format="json", status="cancelled", file_name="people.json")
    answer = owner.get(f"/exports/?{asked.format(campaign.pk)}")
    assert {export.file_name for export in answer.context["page"].rows} == found
    assert {name for name in ("contacts.csv", "people.json") if name in answer.content.decode()} == found
    assert ("No export fits these filters." in answer.content.decode()) == (not found)


def test_what_is_made_meanwhile_keeps_the_filters_and_the_order(workspace, owner):
    for name in ("a.csv", "b.csv", "c.json"):
        ExportFactory(workspace=workspace, file_name=name, format=name[2:])
    answer = owner.get("/exports/?format=csv&sort=made")
    assert [export.file_name for export in answer.context["page"].rows] == ["a.csv", "b.csv"]
    text = answer.content.decode()
    assert 'hx-get="/exports/part/?format=csv&amp;sort=made"' in text
    assert '<input type="hidden" name="sort" value="made">' in text
    part = owner.get("/exports/part/?format=csv&sort=made").content.decode()
    assert part.index("a.csv") < part.index("b.csv") and "c.json" not in part
    assert 'href="?format=csv&amp;sort=-made"' in part


def test_asking_for_nonsense_is_asking_for_contacts_as_csv(workspace, owner):
    owner.post(NEW, {"kind": "nonsense", "format": "exe", "query": "%%%"})
    assert (Export.objects.get().kind, Export.objects.get().format) == ("people", "csv")
    assert rows(Export.objects.get()) == []


def test_an_export_of_one_second_names_it_once(workspace, owner):
    export = exported(workspace, "people")
    begun = NOON.replace(second=5)
    Export.objects.filter(pk=export.pk).update(started_at=begun, finished_at=begun)
    assert "–" not in _as_of(owner)
    Export.objects.filter(pk=export.pk).update(finished_at=begun.replace(second=7))
    assert ":05</time>–<time" in _as_of(owner)


def _as_of(client):
    return client.get("/exports/").content.decode().split("as of ", 1)[1].split("</small>", 1)[0]
