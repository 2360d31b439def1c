"""The rows of a scenario file: workspace, carriers, numbers, schedules, people and campaigns with their lists."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Workspace
from accounts.phone import read as read_phone
from campaigns import audience
from campaigns.choices import Priority
from campaigns.dialing import scenario as scenarios
from campaigns.dialing import sweep
from campaigns.dialing.scenario_people import ScenarioContact, ScriptedCall
from campaigns.models import Campaign, CampaignContact, PoolNumber, Schedule
from contacts import suppression
from contacts.hours import hours_key
from contacts.models import Contact
from goals.models import Goal
from telephony.models import Agent, Carrier, Number

AS_IS = [
    "mode",
    "always_on",
    "concurrency_limit",
    "call_interval_seconds",
    "ring_timeout_seconds",
    "contact_local_time",
    "max_attempts",
    "retry_delay_minutes",
    "retry_on",
    "retry_dispositions",
    "max_voicemail_attempts",
    "goal_based_retry",
    "stop_after_connect",
    "stop_after_connect_seconds",
    "redial_short_connect",
    "redial_short_connect_seconds",
    "completion_timeout_minutes",
    "callback_detection",
    "sticky_exclusion",
    "secondary_contacts",
    "budget_cap",
    "rotation_strategy",
    "prefer_country_match",
    "spam_threshold",
    "max_calls_per_number_per_day",
    "pilot_size",
    "max_error_rate",
    "trigger_mode",
    "starts_at",
]


class ScenarioRows:
    """Made in the database; `campaigns`, `carriers` and `numbers` by their refs."""

    def __init__(self, data: dict[str, Any]):
        self.scenario = scenarios.load(data)
        self.workspace = self._workspace(data["workspace"])
        self.campaigns: dict[str, Campaign] = {}
        self.refs: dict[int, str] = {}
        self.scripts: dict[tuple[int, str], tuple[ScriptedCall, ...]] = {}
        self._make(data)

    def _make(self, data: dict[str, Any]) -> None:
        agents = {
            a["ref"]: Agent.objects.create(
                workspace=self.workspace,
                name=a["ref"],
                provider="http",
                callback_enabled=a.get("callback_enabled", False),
                cost_per_minute=Decimal(a.get("cost_per_minute", "0")),
            )
            for a in data["agents"]
        }
        self.carriers = {c["ref"]: self._carrier(c) for c in data["carriers"]}
        self.numbers = {n["ref"]: self._number(n) for n in data["numbers"]}
        self.number_refs = {number.pk: ref for ref, number in self.numbers.items()}
        for given in data.get("schedules", []):
            self._schedule(given)
        for person in self._everybody():
            self._contact(person)
        for given, parsed in zip(data["campaigns"], self.scenario.campaigns, strict=True):
            campaign = self._campaign(given, agents[given["agent"]])
            self.campaigns[parsed.ref] = campaign
            self.refs[campaign.pk] = parsed.ref
            self._enrol(campaign, parsed.contacts, self.scenario.start)
        suppression.add(self.workspace.pk, self.scenario.suppressed, "by_hand", "scenario", self.scenario.start)
        sweep.spread_suppressions(self.workspace.pk, self.scenario.start)

    def _everybody(self) -> list[ScenarioContact]:
        """Everybody whom the scenario knows, once; a person is the same one in every campaign."""
        given = [person for campaign in self.scenario.campaigns for person in campaign.contacts]
        given += [person for action in self.scenario.actions for person in action.contacts]
        held = [action.phone_number for action in self.scenario.actions if action.action == "hold"]
        others = [ScenarioContact(phone) for phone in (*(p.primary for p in given if p.primary), *held)]
        return list({person.phone_number: person for person in [*others, *given]}.values())

    def _contact(self, person: ScenarioContact) -> Contact:
        phone = read_phone(person.phone_number, "")
        zones = [person.timezone] if person.timezone else phone.zones
        contact, _ = Contact.objects.get_or_create(
            workspace=self.workspace,
            phone_number=person.phone_number,
            defaults={
                "hours_key": hours_key(person.country or phone.country, phone.region, zones),
                "priority": person.priority,
            },
        )
        return contact

    def _schedule(self, given: dict[str, Any]) -> None:
        Schedule.objects.create(
            workspace=self.workspace,
            name=given["ref"],
            timezone=given.get("timezone", self.scenario.timezone),
            days=given["days"],
            exceptions=given.get("exceptions", []),
        )

    def _workspace(self, given: dict[str, Any]) -> Workspace:
        cap = given.get("frequency_cap") or {}
        return Workspace.objects.create(
            name="w",
            timezone=self.scenario.timezone,
            safe_hours=given.get("safe_hours", False),
            calls_per_day=cap.get("day"),
            calls_per_week=cap.get("week"),
            balance=given.get("balance"),
        )

    def _carrier(self, given: dict[str, Any]) -> Carrier:
        return Carrier.objects.create(
            workspace=self.workspace,
            name=given["ref"],
            provider="http",
            max_cps=Decimal(str(given["max_cps"])),
            max_channels=given["max_channels"],
            cost_per_minute=Decimal(given.get("cost_per_minute", "0")),
        )

    def _number(self, given: dict[str, Any]) -> Number:
        return Number.objects.create(
            workspace=self.workspace,
            carrier=self.carriers[given["carrier"]],
            phone_number=given["number"],
            direction=given.get("direction", "outbound"),
            spam_score=given.get("spam_score", 0),
            country=read_phone(given["number"], "").country,
        )

    def _campaign(self, given: dict[str, Any], agent: Agent) -> Campaign:
        window = given.get("window", {})
        fields = {name: given[name] for name in AS_IS if name in given}
        fields.setdefault("max_error_rate", None)
        campaign = Campaign.objects.create(
            workspace=self.workspace,
            name=given["ref"],
            agent=agent,
            priority=Priority[given.get("priority", "normal").upper()],
            schedule=Schedule.objects.filter(workspace=self.workspace, name=given.get("schedule", "")).first(),
            window_start=window.get("start", "09:00"),
            window_end=window.get("end", "18:00"),
            window_timezone=window.get("timezone", self.scenario.timezone),
            window_days=window.get("days", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
            **fields,
        )
        for position, entry in enumerate(given["numbers"]):
            PoolNumber.objects.create(
                campaign=campaign,
                number=self.numbers[entry["ref"]],
                position=position,
                weight=entry.get("weight", 1),
                status=entry.get("status", "active"),
            )
        if campaign.goal_based_retry or campaign.secondary_contacts != "off":
            Goal.objects.create(campaign=campaign, name="g", kind="primary")
        campaign.refresh_from_db()
        return campaign

    def _enrol(self, campaign: Campaign, given: Any, now: datetime) -> list[int]:
        ids = []
        for person in given:
            self.scripts.setdefault((campaign.pk, person.phone_number), person.calls)
            contact = self._contact(person)
            primary = self._contact(ScenarioContact(person.primary)) if person.primary else None
            Contact.objects.filter(pk=contact.pk).update(priority=person.priority, primary=primary, spread_at=now)
            ids.append(contact.pk)
        with transaction.atomic():
            audience.enrol(campaign, [audience.Enrolment(pk) for pk in ids], now)
        return ids

    def _rows(self, campaign: Campaign) -> list[CampaignContact]:
        return list(
            CampaignContact.objects.filter(campaign=campaign).select_related("contact", "campaign").order_by("id")
        )
