"""What changed under way: campaigns' settings and pools, carriers, numbers, agents, schedules, workspace rules."""

from datetime import datetime

from campaigns.audit.endings import Endings
from campaigns.audit.state import Campaign
from campaigns.audit.table import table_of
from campaigns.audit.world import Line

HOURS = {"window", "schedule", "contact_local_time"}


class Changes(Endings):
    def settings(self, line: Line, at: datetime) -> None:
        """From here on these settings hold. The line names what they are of."""
        values = line["values"]
        if "carrier" in line:
            carrier = self.carriers[line["carrier"]]
            carrier.before, carrier.since = dict(carrier.given), at
            carrier.given.update(values)
        elif "number" in line:
            self.numbers[line["number"]].given.update(values)
            self.numbers[line["number"]].since = at
        elif "agent" in line:
            self.agents[line["agent"]] = {**self.agents[line["agent"]], **values}
        elif "schedule" in line:
            self.schedules[line["schedule"]] = {**self.schedules[line["schedule"]], **values}
            self._regroup(at, line["schedule"])
        elif "workspace" in line:
            self._rules(line, at)
        else:
            self._settings(self.campaigns[line["campaign"]], line, at)

    def _settings(self, campaign: Campaign, line: Line, at: datetime) -> None:
        values, campaign.edited = line["values"], at
        campaign.given.update(values)
        if "numbers" in values:
            campaign.pool = {
                n["ref"]: {"active": n.get("status", "active") != "disabled", "weight": n.get("weight", 1)}
                for n in values["numbers"]
            }
            for ref in set(campaign.used) - set(campaign.pool):
                del campaign.used[ref]  # one that left and comes back begins anew
        if HOURS & set(values):
            self._group(campaign)
        campaign.refill()

    def _rules(self, line: Line, at: datetime) -> None:
        values = line["values"]
        if "frequency_cap" in values:
            self.caps, self.caps_since = self.caps_of(values["frequency_cap"]), at
            for campaign in self.campaigns.values():
                campaign.refill()
        if "safe_hours" in values:
            self.table = table_of(values.get("safe_hours_rows") or []) if values["safe_hours"] else None
            self._regroup(at)

    def _regroup(self, at: datetime, schedule: str | None = None) -> None:
        """New hours for the campaigns that dial in this schedule; without one, for all."""
        self.hours_since = at
        for campaign in self.campaigns.values():
            if schedule is None or campaign.given.get("schedule") == schedule:
                self._group(campaign)
                campaign.refill()

    def _group(self, campaign: Campaign) -> None:
        campaign.groups, campaign.hours = {}, {}
        for person in campaign.people.values():
            person.hours = self.hours_of(campaign, person.given)
