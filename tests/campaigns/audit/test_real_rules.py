"""Real runs that broke a rule: rows that were spoiled after the run, or changed without a line in the audit trail."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import AuditEvent, Workspace
from campaigns import audience, auditing, editing, schedules, tracing
from campaigns.choices import Priority
from campaigns.models import Audit, Call, Callback, Campaign, FormerPlace, Schedule
from contacts import suppression
from contacts.hours import hours_key
from contacts.models import Contact, Suppression
from telephony.forms.carriers import CarrierForm
from telephony.models import Carrier, Number
from tests.campaigns.audit.playing import played
from tests.campaigns.dialing.scenarios import at, do, one, phone

pytestmark = pytest.mark.django_db
TWICE = [["no_answer", "human"]] * 3
AGAIN = {"retry_on": ["no_answer"], "retry_delay_minutes": 30}


def run(data):
    """A scenario on rows; ask it for the rules that its audit finds broken."""
    player, achieved = played({"workspace": {}, **data})

    def broken(ref: str = "k", kind: str = "violations") -> set[str]:
        campaign = Campaign.objects.select_related("agent", "workspace").get(name=ref)
        found = auditing.check(campaign, player.scenario.until, lambda campaign: achieved)
        return {finding.rule for finding in getattr(found, kind)}

    assert broken() == set()
    return broken


def edited(operator, carrier: Carrier, **values):
    given = {"name": carrier.name, "provider": carrier.provider, "max_cps": carrier.max_cps}
    given |= {"max_channels": carrier.max_channels, "cost_per_minute": carrier.cost_per_minute}
    given |= {"http-base_url": "https://carrier.example", "http-token": "t" * 20, "http-signing_secret": "s" * 40}
    form = CarrierForm({**given, **values}, instance=carrier, workspace=carrier.workspace)
    assert form.is_valid(), form.errors
    return form.keep(operator)


def test_a_carriers_limits_are_those_of_their_time(operator):
    broken = run(one(TWICE, **AGAIN))
    carrier = Carrier.objects.get()

    edited(operator.user, carrier, max_cps="0.5", max_channels=1)
    assert AuditEvent.objects.get(action="carrier.edit").detail["max_channels"] == [100, 1]
    assert broken() == set()

    AuditEvent.objects.filter(action="carrier.edit").delete()
    assert {"cps", "channels"} <= broken()


def test_a_pool_is_that_of_its_time():
    broken = run(one(TWICE, [do("start"), do("pause", 2)], always_on=True, **AGAIN))
    campaign, first = Campaign.objects.get(), Number.objects.get()
    second = Number.objects.create(workspace=campaign.workspace, carrier=first.carrier, phone_number="+14155550199")

    editing.change(campaign, {}, [editing.PoolEntry(second, 1, "active")], actor=None, now=timezone.now())
    assert broken() == set()

    AuditEvent.objects.filter(action="campaign.change").delete()
    assert "number" in broken()


def test_frequency_caps_are_those_of_their_time():
    broken = run(one(TWICE, **AGAIN))
    workspace = Workspace.objects.get(name="w")

    pair = {"calls_per_day": ["None", "1"]}
    Workspace.objects.filter(pk=workspace.pk).update(calls_per_day=1)
    assert "frequency_cap" in broken()
    AuditEvent.objects.create(
        workspace=workspace, at=timezone.now(), action="workspace.edit", object_type="workspace",
        object_id=str(workspace.pk), detail=pair,
    )  # fmt: skip
    assert broken() == set()


def test_a_schedule_is_that_of_its_time():
    days = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    data = one(TWICE, schedule="s", **AGAIN)
    del data["campaigns"][0]["window"]
    data["schedules"] = [{"ref": "s", "timezone": "UTC", "days": days}]
    broken = run(data)
    schedule = Schedule.objects.get()
    added = {name: getattr(schedule, name) for name in schedules.FIELDS}
    AuditEvent.objects.create(
        workspace=schedule.workspace, at=timezone.now() - timedelta(days=900), action="schedule.add",
        object_type="schedule", object_id=str(schedule.pk), detail=added,
    )  # fmt: skip

    schedule.days = {"mon": [["09:00", "10:00"]]}
    schedules.save(schedule, actor=None)
    assert broken() == set()

    AuditEvent.objects.filter(action__startswith="schedule.").delete()
    assert "hours" in broken()


def test_whose_turn_it_was_is_judged_among_campaigns_that_share_a_carrier():
    data = one([["no_answer"]] * 4)
    data["carriers"][0]["max_channels"] = 1
    people = [{"phone_number": phone(place), "outcomes": [{"outcome": "no_answer"}]} for place in range(20, 24)]
    data["campaigns"].append({**data["campaigns"][0], "ref": "j", "contacts": people})
    data["actions"].append({"at": at(0), "action": "start", "campaign": "j"})
    broken = run(data)
    assert broken("j") == set()

    Campaign.objects.filter(name="j").update(priority=Priority.HIGH)
    assert broken() == {"turn"}
    assert broken("j") == set()


def test_a_rival_that_called_too_often_is_not_followed_and_named(monkeypatch):
    data = one([["no_answer"]] * 2)
    people = [{"phone_number": phone(20), "outcomes": [{"outcome": "no_answer"}]}]
    data["campaigns"].append({**data["campaigns"][0], "ref": "j", "contacts": people})
    data["actions"].append({"at": at(0), "action": "start", "campaign": "j"})
    run(data)
    monkeypatch.setattr("campaigns.tracing.run.FOLLOWED", 0)

    campaign = Campaign.objects.select_related("agent", "workspace").get(name="k")
    traced = tracing.trace(campaign, timezone.now(), lambda campaign: set())

    assert traced.unjudged == ["turns beside “j”, which made too many calls to be read along"]
    assert [one["ref"] for one in traced.scenario["campaigns"] if one["contacts"]] == [str(campaign.pk)]


def test_a_callback_is_due_when_it_was_asked_for():
    asked = {"outcome": "human", "talk_seconds": 5, "callback_at": at(5)}
    broken = run(one([[asked, "human"]], callback_detection=True))

    Callback.objects.update(due_at=Callback.objects.get().due_at - timedelta(minutes=1))
    assert "verdict" in broken()


def called_back(**said):
    action = {"at": at(0.25), "action": "inbound", "phone_number": phone(0), "number": "n", "talk_seconds": 60, **said}
    return one([["no_answer", "human"]], [do("start"), action], **AGAIN)


def test_a_verdict_on_what_somebody_said_in_a_call_to_us_is_judged():
    broken = run(called_back(disposition="sold"))
    inbound = Call.objects.filter(direction="inbound")
    assert inbound.get().verdict.startswith("completed")

    inbound.update(verdict="failed: not_retried")
    assert "verdict" in broken()


def test_a_launch_during_a_call_to_us_is_a_violation():
    broken = run(called_back(speech=False))
    inbound = Call.objects.filter(direction="inbound")
    retry = Call.objects.get(direction="outbound", attempt=2)

    inbound.update(ended_at=retry.launched_at + timedelta(minutes=1))
    assert "inbound" in broken()


def test_a_number_that_was_taken_off_the_suppression_list_later_was_on_it_before():
    broken = run(one(TWICE, **AGAIN))
    first = Call.objects.order_by("launched_at").first()
    suppression.add(first.workspace_id, [phone(0)], "by_hand", "test", first.launched_at + timedelta(minutes=5))
    suppression.remove(Suppression.objects.all(), reason="a mistake", actor=None)

    assert "suppressed" in broken()


def test_what_was_over_budget_is_found_in_a_real_run():
    data = one([["no_answer"]] * 3, budget_cap="5", concurrency_limit=3)
    data["carriers"][0]["cost_per_minute"] = "1"
    broken = run(data)

    Campaign.objects.update(budget_cap=Decimal("1.5"))
    assert broken() == {"budget"}


def test_who_waits_although_the_budget_has_room_is_forgotten_in_a_real_run():
    data = one([["no_answer"]] * 2, budget_cap="5", always_on=True)
    broken = run(data)

    Call.objects.order_by("-launched_at").first().delete()
    assert "forgotten" in broken(kind="omissions")


def test_what_no_row_keeps_is_said_with_the_result():
    run(one(TWICE, **AGAIN))
    Workspace.objects.update(balance=100)
    campaign = Campaign.objects.select_related("agent", "workspace").get()

    kept = auditing.audit(campaign, timezone.now(), lambda campaign: set())

    assert kept.unjudged == ["what the workspace's balance was at each call"]
    assert Audit.objects.get().unjudged == kept.unjudged


def test_a_run_that_goes_on_is_told_to_the_last_thing_that_happened():
    """A launch may lie ahead of now, and calls end while the rows are read: their people have changed already."""
    run(one([["human"]] * 3, always_on=True))
    campaign = Campaign.objects.select_related("agent", "workspace").get()
    last = Call.objects.order_by("launched_at").last()
    audited = auditing.check(campaign, last.launched_at - timedelta(seconds=0.3), lambda campaign: [])
    assert (audited.launches, audited.violations) == (3, [])


def test_attempts_are_numbered_anew_in_each_run_whoever_brings_a_person_back():
    back = [do("retry", 4.2, phone_number=phone(0)), do("resume", 4.5), do("retry", 4.8, phone_number=phone(0))]
    actions = [do("start"), do("stop", 3), do("restart", 4), *back]
    broken = run(one([["no_answer", "human"], ["no_answer"]], actions, max_attempts=5, **AGAIN))
    mine = Call.objects.filter(phone_number=phone(0)).order_by("sequence")
    assert list(mine.values_list("run", "attempt")) == [(1, 1), (1, 2), (2, 1), (2, 2)]

    mine.filter(run=2).update(attempt=F("attempt") + 2)
    assert "numbering" in broken()


@pytest.mark.parametrize(("place", "rule"), [("same", "order"), ("moved", "hours")])
def test_people_lived_where_they_lived_then_and_were_as_urgent_as_they_were(place, rule):
    """A file that is read after the run makes the last one the most urgent, and moves everybody far away."""
    night = {"contact_local_time": True, "window": {"start": "09:00", "end": "17:00"}}
    broken = run(one([["human"]] * 4, concurrency_limit=1, **(night if place == "moved" else {})))
    campaign, now = Campaign.objects.get(), timezone.now()
    people = Contact.objects.filter(campaign_contacts__campaign=campaign).order_by("id")
    people.filter(pk=people.last().pk).update(priority=Priority.HIGH)
    if place == "moved":
        people.update(hours_key=hours_key("NZ", "", ["Pacific/Auckland"]))

    audience.keep_up(people, now)
    assert broken() == set()

    FormerPlace.objects.all().delete()
    assert broken() == {rule}
