"""What lines say of campaigns: changes of status, new settings, completions."""

from datetime import datetime, timedelta

from campaigns.audit.launches import Launches
from campaigns.audit.state import ERROR_SAMPLE, FINAL, SPENT, Campaign, Person
from campaigns.audit.times import MOMENT
from campaigns.audit.world import Line

ALLOWED = {
    "draft": ("running", "scheduled", "cancelled"),
    "scheduled": ("running", "paused", "cancelled"),
    "running": ("paused", "completed", "cancelled", "failed"),
    "paused": ("running", "scheduled", "completed", "cancelled"),
    "completed": ("paused",),
    "failed": ("paused",),
    "cancelled": (),
}
OVER = timedelta(days=4)  # nothing of a single day lies further ahead


class Endings(Launches):
    def campaign(self, line: Line, at: datetime) -> None:
        campaign, status = self.campaigns[line["campaign"]], line["status"]
        if not campaign.told:
            campaign.status = status
            return
        if status not in ALLOWED[campaign.status]:
            self.breach(line, "transition", f"moves from {campaign.status} to {status}")
        if campaign.status in ("completed", "failed") and status == "paused":
            self._restart(campaign)
            campaign.restarted = at
        elif campaign.status == "paused" and status == "running":
            campaign.pilot = None if campaign.started else campaign.pilot
        if status == "running":
            campaign.recent.clear()
            campaign.failing_since = None
            self._begin(campaign, at)
        if status == "paused" and line.get("reason") in ("pilot", "error_rate", "budget"):
            self._check_pause(campaign, line)
        if status == "completed":
            self._check_completion(campaign, line, at)
        if status in ("completed", "cancelled", "failed"):
            for person in campaign.people.values():
                person.due = None
                person.version += 1
        campaign.status, campaign.moved = status, at

    def _restart(self, campaign: Campaign) -> None:
        campaign.run += 1
        campaign.started = campaign.day = campaign.pilot = None
        campaign.used.clear()

    def _begin(self, campaign: Campaign, at: datetime) -> None:
        if campaign.started is not None:
            return
        campaign.started = at
        for person in campaign.people.values():
            if person.status == "pending" and person.due is None:
                self.fresh(campaign, person, at)

    def fresh(self, campaign: Campaign, person: Person, at: datetime) -> None:
        """A pending person's place: due since the run began, or since the adding; a secondary waits for its turn."""
        gated = self.waits_for_family(campaign, person)
        person.due = None if gated or campaign.started is None else max(campaign.started, person.added)
        campaign.changed(person, at)

    def waits_for_family(self, campaign: Campaign, person: Person) -> bool:
        """Whether a secondary's turn has not come: its primary, or one before it in the list, is still in play. Who was
        excluded before their turn is passed over, and who was completed in an earlier run."""
        if campaign.get("secondary_contacts", "off") != "after_primary":
            return False
        primary = campaign.people.get(person.primary)
        if primary is None:
            return False
        before = [one for one in campaign.families[person.primary] if one.place < person.place]
        if primary.status not in SPENT and not self.of_earlier_run(campaign, primary):
            return True
        passed = (*SPENT, "excluded")
        return any(one.status not in passed and not self.of_earlier_run(campaign, one) for one in before)

    def of_earlier_run(self, campaign: Campaign, person: Person) -> bool:
        """Whether somebody was completed in an earlier run, which ends nothing for a family in this one."""
        return person.status == "completed" and campaign.restarted is not None and person.since <= campaign.restarted

    def _check_pause(self, campaign: Campaign, line: Line) -> None:
        if line["reason"] == "pilot":
            over = campaign.pilot is not None and campaign.launched >= campaign.pilot and not campaign.live
            if not over:
                self.breach(line, "pilot", "pauses for a pilot that is not over")
            return
        if line["reason"] == "budget":
            if not self.real and all(self.affords(campaign, ref) for ref in campaign.pool):
                self.breach(line, "budget", "pauses for the budget though it has room")
            return
        rate = 100 * sum(campaign.recent) / ERROR_SAMPLE
        if len(campaign.recent) < ERROR_SAMPLE or rate <= (campaign.given.get("max_error_rate") or 100):
            self.breach(line, "error_rate", "pauses for errors though there are not too many")

    def _check_completion(self, campaign: Campaign, line: Line, at: datetime) -> None:
        if line["reason"] == "all_final":
            left = any(p.judged and p.status not in FINAL for p in campaign.people.values())
            if campaign.get("always_on", False) or campaign.live or campaign.callers or left:
                self.breach(line, "completion", "is completed while somebody is not final")
        elif line["reason"] == "single_day_over":
            self._check_day(campaign, line, at)
        elif not any(a["action"] == "stop" and a.get("campaign") == campaign.ref for a in self.acted(at)):
            self.breach(line, "completion", "is completed for no reason")

    def _check_day(self, campaign: Campaign, line: Line, at: datetime) -> None:
        called = any(p.judged and p.status == "called" for p in campaign.people.values())
        if campaign.live or campaign.callers or called or campaign.get("mode", "single_day") != "single_day":
            self.breach(line, "single_day", "ends its day with a call still open")
        if self.day_goes_on(campaign, at):
            self.breach(line, "single_day", "ends its day before the last window has closed")
        elif not self.real and not self.day_goes_on(campaign, at - MOMENT):
            return_of_call = campaign.ref in self.just_ended
            if not return_of_call:
                self.breach(line, "single_day", "ends its day too late")

    def day_goes_on(self, campaign: Campaign, at: datetime) -> bool:
        groups = {id(p.hours): p.hours for p in campaign.people.values()}
        return any(hours.next_open(at, campaign.day, OVER) is not None for hours in groups.values())
