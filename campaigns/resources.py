"""Files of the back office: campaigns, made and changed under the rules of `campaigns.editing`; their people with what
bars each; calls with what was checked before each."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from import_export import fields
from import_export.widgets import JSONWidget

from accounts.models import User, Workspace
from accounts.resources import NamedIn, PriorityWord, Tags, Words, WorkspaceResource
from analytics.exporting import people, tables, whynot
from analytics.exporting.columns import Table
from analytics.exporting.rows import NOBODY
from analytics.exporting.whynot import Judged
from analytics.resources import TableResource
from campaigns import editing
from campaigns.models import Call, Campaign, CampaignContact
from telephony.models import Agent, Number

SETTINGS = ["name", "agent", "notes", "priority", "tags", "trigger_mode", "starts_at", "mode", "always_on"]
SETTINGS += ["concurrency_limit", "call_interval_seconds", "ring_timeout_seconds", "amd_mode", "window_start"]
SETTINGS += ["window_end", "window_timezone", "window_days", "contact_local_time", "max_attempts"]
SETTINGS += ["retry_delay_minutes", "retry_on", "retry_dispositions", "max_voicemail_attempts", "goal_based_retry"]
SETTINGS += ["stop_after_connect", "stop_after_connect_seconds", "redial_short_connect"]
SETTINGS += ["redial_short_connect_seconds", "completion_timeout_minutes", "callback_detection", "sticky_exclusion"]
SETTINGS += ["secondary_contacts", "rotation_strategy", "prefer_country_match", "spam_threshold"]
SETTINGS += ["max_calls_per_number_per_day", "budget_cap", "pilot_size", "max_error_rate", "metadata"]
POOL_ENTRY = re.compile(r"(\+\d+)(?:×(\d+))?")


class CampaignResource(WorkspaceResource):
    """One line a campaign, known by its name. The pool is “+12125550001 +12125550002×3”: numbers, some with a weight.

    The status is told and never taken: campaigns move by actions.
    """

    agent = fields.Field(attribute="agent", column_name="agent")
    priority = fields.Field(attribute="priority", column_name="priority", widget=PriorityWord())
    tags = fields.Field(attribute="tags", column_name="tags", widget=Tags())
    window_days = fields.Field(attribute="window_days", column_name="window_days", widget=Words())
    retry_on = fields.Field(attribute="retry_on", column_name="retry_on", widget=Words())
    retry_dispositions = fields.Field(attribute="retry_dispositions", column_name="retry_dispositions", widget=Words())
    metadata = fields.Field(attribute="metadata", column_name="metadata", widget=JSONWidget())
    status = fields.Field(attribute="status", column_name="status", readonly=True)
    pool = fields.Field(column_name="pool", readonly=True)

    class Meta:
        model = Campaign
        fields = [*SETTINGS, "pool", "status"]
        export_order = fields
        import_id_fields = ["name"]
        report_skipped = True

    def __init__(self, workspace: Workspace | None = None, actor: User | None = None, **options: Any) -> None:
        super().__init__(workspace, actor, **options)
        self.fields["agent"].widget = NamedIn(Agent, workspace)

    def get_queryset(self) -> QuerySet[Campaign]:
        return super().get_queryset().filter(archived_at=None)

    def dehydrate_pool(self, campaign: Campaign) -> str:
        entries = editing.pool_of(campaign)
        return " ".join(e.number.phone_number + (f"×{e.weight}" if e.weight > 1 else "") for e in entries)

    def write(self, instance: Campaign, is_create: bool) -> None:
        values = {name: getattr(instance, name) for name in SETTINGS if self.row.get(name) not in ("", None)}
        assert self.workspace is not None
        try:
            if is_create:
                instance.pk = editing.create(self.workspace, values, self.entries() or (), actor=self.actor).pk
            else:
                editing.change(instance, values, self.entries(), actor=self.actor)
        except editing.Locked as locked:
            raise ValidationError(locked.fields) from None

    def entries(self) -> list[editing.PoolEntry] | None:
        """The cell's numbers; None where it is blank."""
        words = str(self.row.get("pool") or "").split()
        return [self.entry(word) for word in words] or None

    def entry(self, word: str) -> editing.PoolEntry:
        read = POOL_ENTRY.fullmatch(word)
        number = read and Number.objects.filter(workspace=self.workspace, phone_number=read[1]).first()
        if not read or not number:
            raise ValidationError({"pool": f"There is no number “{word}” in this workspace."})
        return editing.PoolEntry(number, int(read[2] or 1))


class CampaignContactResource(TableResource):
    """One line a person of a campaign, with the answer to "why was this person not called?"."""

    known_by = "cc.id"

    class Meta:
        model = CampaignContact
        fields: list[str] = []

    def table(self, rows: list[CampaignContact]) -> tuple[Table, Judged]:
        judged = whynot.judge_all(rows, timezone.now())
        return people.listed((), (), judged.why, plain_variables=True), judged


class CallResource(TableResource):
    """One line a call, with its clearance: the answer to "why was this person called?"."""

    known_by = "k.id"

    class Meta:
        model = Call
        fields: list[str] = []

    def table(self, rows: list[Call]) -> tuple[Table, Judged]:
        return tables.calls(), NOBODY
