"""`trace` and `audit` as commands: of a campaign's rows, and of files from outside."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from campaigns import auditing
from campaigns.models import Audit, Call
from tests.campaigns.dialing.scenarios import do, lines_of, one, trace
from tests.factories import CallFactory, CampaignContactFactory, CampaignFactory


def files(tmp_path, data, lines) -> list[str]:
    scenario, told = tmp_path / "scenario.json", tmp_path / "lines.trace"
    scenario.write_text(json.dumps(data))
    told.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [f"--scenario={scenario}", f"--trace={told}"]


def test_an_honest_trace_has_no_violations(tmp_path):
    data = one([["no_answer"], ["human"]], [do("start")])
    out = StringIO()

    call_command("audit", *files(tmp_path, data, trace(data)), stdout=out)

    assert out.getvalue() == "0 violations in 2 launches.\n"


def test_a_violation_is_told_and_ends_with_status_1(tmp_path):
    data = one([["no_answer"], ["human"]], [do("start")])
    lines = trace(data)
    lines_of(lines, "end")[0]["outcome"] = "busy"
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("audit", *files(tmp_path, data, lines), "--json", stdout=out)

    assert ended.value.code == 1
    told = json.loads(out.getvalue())
    assert told["launches"] == 2 and told["violations"] == len(told["findings"]) > 0
    assert told["findings"][0]["rule"] == "outcome"


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("audit", "--scenario", str(tmp_path / "none"), "--trace", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="Name a campaign"):
        call_command("audit")


def run(workspace):
    """A campaign that ran and called one person at noon, without a carrier's answer of note."""
    campaign = CampaignFactory(workspace=workspace)
    CampaignContactFactory(campaign=campaign)
    return campaign


@pytest.mark.django_db
def test_a_campaign_is_traced_into_two_files_that_audit_takes(workspace, tmp_path):
    campaign = run(workspace)
    out, told = tmp_path / "run.trace", StringIO()

    call_command("trace", str(campaign.pk), "--out", str(out), stdout=told)

    assert "1 lines in" in told.getvalue()
    assert json.loads(out.read_text())["type"] == "final"
    scenario = json.loads((tmp_path / "run.trace.scenario.json").read_text())
    assert [person["phone_number"] for person in scenario["campaigns"][0]["contacts"]] == [
        row.contact.phone_number for row in campaign.audience.all()
    ]
    checked = StringIO()
    call_command("audit", f"--scenario={out}.scenario.json", f"--trace={out}", "--real", stdout=checked)
    assert checked.getvalue() == "0 violations in 0 launches.\n"


@pytest.mark.django_db
def test_the_audit_of_a_campaign_is_kept(workspace):
    campaign = run(workspace)

    call_command("audit", str(campaign.pk), stdout=StringIO())

    kept = Audit.objects.get(campaign=campaign)
    assert (kept.launches, kept.violations, kept.sentences) == (0, 0, [])


@pytest.mark.django_db
def test_a_campaign_is_due_once_it_has_ended_and_every_verdict_is_there(workspace):
    now = timezone.now()
    campaign = run(workspace)
    campaign.status, campaign.status_at = "completed", now
    campaign.save()
    assert auditing.due(now) == []  # no call: nothing to check

    call = CallFactory(workspace=workspace, campaign=campaign)
    ended = {"ended_at": now, "outcome": "busy", "check_at": None, "state": 4}
    Call.objects.filter(pk=call.pk).update(**ended, concluded_at=None)
    assert auditing.due(now) == []
    Call.objects.filter(pk=call.pk).update(concluded_at=now)
    assert auditing.due(now) == [campaign]
    Audit.objects.create(campaign=campaign, at=now + timedelta(seconds=1), launches=1, violations=0)
    assert auditing.due(now) == []
