"""Files of the back office: campaigns, made and changed under the rules of `campaigns.editing`; their people with what
bars each; calls with what was checked before each."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from import_export import fields
from import_export.widgets import JSONWidget

from accounts.models import User, Workspace
from accounts.resources import NamedIn, PriorityWord, Tags, Words, WorkspaceResource
from campaigns import editing
from campaigns.blockers import blockers
from campaigns.dispatch import Reason
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


class CampaignContactResource(WorkspaceResource):
    """One line a person of a campaign, with the answer to "why was this person not called?"."""

    PIECE = 500
    campaign = fields.Field(attribute="campaign__name", column_name="campaign", readonly=True)
    phone_number = fields.Field(attribute="contact__phone_number", column_name="phone_number", readonly=True)
    name = fields.Field(attribute="contact__display_name", column_name="name", readonly=True)
    blocker = fields.Field(column_name="blocker", readonly=True)
    blocker_sentence = fields.Field(column_name="blocker_sentence", readonly=True)
    eligible_at = fields.Field(column_name="eligible_at", readonly=True)

    class Meta:
        model = CampaignContact
        fields = ["campaign", "phone_number", "name", "status", "reason", "attempts", "sequence", "next_attempt_at"]
        fields += ["blocker", "blocker_sentence", "eligible_at"]
        export_order = fields

    def iter_queryset(self, queryset: QuerySet[CampaignContact]) -> Iterator[CampaignContact]:
        rows = queryset.select_related("contact", "hours_key", "campaign__agent", "campaign__workspace").iterator(
            chunk_size=self.PIECE
        )
        while piece := list(islice(rows, self.PIECE)):
            self.why = _why(piece)
            yield from piece

    def dehydrate_blocker(self, row: CampaignContact) -> str:
        return self.why[row.pk].code

    def dehydrate_blocker_sentence(self, row: CampaignContact) -> str:
        return self.why[row.pk].sentence

    def dehydrate_eligible_at(self, row: CampaignContact) -> str:
        until = self.why[row.pk].until
        return until.isoformat() if until else ""


def _why(people: list[CampaignContact]) -> dict[int, Reason]:
    of: dict[int, list[CampaignContact]] = defaultdict(list)
    for row in people:
        of[row.campaign_id].append(row)
    now = timezone.now()
    found: dict[int, Reason] = {}
    for rows in of.values():
        found |= blockers(rows[0].campaign, rows, now)
    return found


class CallResource(WorkspaceResource):
    """One line a call, with its clearance: the answer to "why was this person called?"."""

    campaign = fields.Field(attribute="campaign__name", column_name="campaign", readonly=True)
    number = fields.Field(attribute="number__phone_number", column_name="number", readonly=True)
    clearance = fields.Field(column_name="clearance", readonly=True)

    class Meta:
        model = Call
        fields = ["launched_at", "reference", "campaign", "direction", "phone_number", "number", "run", "attempt"]
        fields += ["cause", "due_at", "outcome", "reason", "answered_at", "ended_at", "talk_seconds", "cost", "verdict"]
        fields += ["clearance"]
        export_order = fields

    def dehydrate_clearance(self, call: Call) -> str:
        return json.dumps(call.clearance, ensure_ascii=False, sort_keys=True)
