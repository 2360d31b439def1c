"""People whose number is edited, and contacts who are merged: what was done with them is judged by what held then."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from campaigns import auditing
from campaigns.dialing.rehearsal import Kind
from campaigns.merging import merge
from campaigns.models import Call, Campaign, CampaignContact
from contacts import people, suppression
from contacts.models import Contact, Suppression
from tests.campaigns.audit.playing import played
from tests.campaigns.dialing.scenarios import START, do, one, phone
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
AGAIN = {"retry_on": ["no_answer"], "retry_delay_minutes": 30}
TWICE = [["no_answer", "human"]] * 3
OTHER = "+12122009999"


def run(data, *done):
    """A scenario on rows in which each of `done` is called with its time: (hours after the start, what). Ask for the
    rules that its audit finds broken."""

    def prepare(player):
        for hours, what in done:
            at = START + timedelta(hours=hours)
            player.clock.at(at, Kind.ACTION, lambda what=what, at=at: what(at))
        campaign = player.campaigns["k"].pk
        player.scripts[campaign, OTHER] = player.scripts[campaign, phone(0)]

    player, achieved = played({"workspace": {}, **data}, prepare)

    def audited() -> auditing.Audited:
        campaign = Campaign.objects.select_related("agent", "workspace").get(name="k")
        return auditing.check(campaign, player.scenario.until, lambda campaign: achieved)

    return audited


def rules(audited: auditing.Audited) -> list[str]:
    return [finding.rule for finding in audited.violations]


def who(number: str) -> Contact:
    return Contact.objects.get(phone_number=number)


def renumbered(at):
    people.edit(who(phone(0)), {"phone_number": OTHER}, now=at)


def merged_into_another(at):
    """Into somebody who is on no list."""
    kept = ContactFactory(workspace=Campaign.objects.get().workspace, phone_number=OTHER, spread_at=at)
    merge(kept, who(phone(0)), now=at)


def merged_on_the_list(at):
    merge(who(phone(1)), who(phone(0)), now=at)


@pytest.mark.parametrize("change", [renumbered, merged_into_another])
@pytest.mark.parametrize("hours", [0.25, 0.001, 20], ids=["between the calls", "during a call", "afterwards"])
def test_who_had_another_number_then_is_judged_by_it(change, hours):
    if change is merged_into_another and hours == 0.001:
        hours = 0.02  # during a call nobody is merged: while the verdict is awaited
    audited = run(one(TWICE, completion_timeout_minutes=2, **AGAIN), (hours, change))
    assert CampaignContact.objects.order_by("id")[0].contact.phone_number == OTHER
    found = audited()
    assert ([finding.sentence for finding in found.findings], found.launches, found.unjudged) == ([], 6, [])

    Call.objects.filter(phone_number=phone(0), attempt=1).update(attempt=7)
    assert "numbering" in rules(audited())


def test_a_number_is_barred_while_it_is_somebodys():
    audited = run(one(TWICE, **AGAIN), (0.25, renumbered))
    workspace = Campaign.objects.get().workspace_id
    for number, hours, found in ((phone(0), 0.26, []), (OTHER, 0.24, ["suppressed"])):
        at = START + timedelta(hours=hours)
        suppression.add(workspace, [number], "by_hand", "test", at)
        suppression.remove(Suppression.objects.all(), reason="a mistake", actor=None)
        assert sorted({rule for rule in rules(audited()) if rule == "suppressed"}) == found


@pytest.mark.parametrize("number", [OTHER, phone(0)])
def test_who_is_merged_with_somebody_suppressed_is_excluded_for_a_reason(number):
    def suppressed(at):
        suppression.add(Campaign.objects.get().workspace_id, [number], "by_hand", "test", at)

    audited = run(one(TWICE, **AGAIN), (0.25, lambda at: (suppressed(at), merged_into_another(at))))
    assert CampaignContact.objects.order_by("id")[0].reason == "suppressed"
    assert rules(audited()) == []


@pytest.mark.parametrize("change", [renumbered, merged_into_another])
def test_a_hold_goes_along(change):
    """It is set at the former number and over before the next call, or not."""
    held = {"until": START + timedelta(hours=0.4), "reason": "test"}
    hold = lambda at: people.hold(who(phone(0)), held["until"], "test", now=at)  # noqa: E731
    audited = run(one(TWICE, **AGAIN), (0.1, hold), (0.2, change))
    assert rules(audited()) == []

    event = AuditEvent.objects.get(action="contact.hold")
    event.detail["until"] = (START + timedelta(hours=1)).isoformat()
    AuditEvent.objects.filter(pk=event.pk).update(detail=event.detail)
    assert rules(audited()) == ["held"]


def test_of_two_who_were_both_on_the_list_nothing_is_judged_but_of_everybody_else():
    audited = run(one([*TWICE, ["no_answer"]], **AGAIN), (0.25, merged_on_the_list))
    found = audited()
    assert (rules(found), found.launches) == ([], Call.objects.count())
    assert found.unjudged == [f"people who had another number, or were merged, as no row keeps it: {phone(1)}"]

    Call.objects.filter(phone_number=phone(2), attempt=1).update(attempt=7)
    assert "numbering" in rules(audited())


def test_a_number_that_changed_before_that_was_kept_is_named():
    audited = run(one(TWICE, **AGAIN), (0.25, renumbered))
    AuditEvent.objects.filter(action="contact.edit").update(detail={"fields": ["phone_number"]})
    found = audited()
    assert (rules(found), found.unjudged) == (
        [],
        [f"people who had another number, or were merged, as no row keeps it: {OTHER}"],
    )


@pytest.mark.parametrize(("change", "unjudged"), [(renumbered, 0), (merged_into_another, 1)])
def test_a_primarys_family_waits_for_them_under_either_number(change, unjudged):
    contacts = [
        {"phone_number": phone(0), "outcomes": [{"outcome": "no_answer"}] * 2},
        {"phone_number": phone(1), "primary": phone(0), "outcomes": [{"outcome": "human"}]},
        {"phone_number": phone(2), "outcomes": [{"outcome": "human"}]},
    ]
    family = {"secondary_contacts": "after_primary", "max_attempts": 2}
    audited = run(one(contacts, [do("start")], **family, **AGAIN), (0.25, change))
    assert Call.objects.filter(phone_number=phone(1)).exists()
    found = audited()
    assert (rules(found), len(found.unjudged)) == ([], unjudged)


def test_a_change_from_before_somebody_was_on_the_list_is_no_part_of_its_run():
    audited = run(one(TWICE, **AGAIN))
    for days, number in ((2, OTHER), (1, phone(2))):
        people.edit(Contact.objects.order_by("id")[2], {"phone_number": number}, now=START - timedelta(days=days))
    found = audited()
    assert (rules(found), found.unjudged) == ([], [])
