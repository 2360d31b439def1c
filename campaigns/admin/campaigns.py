"""Campaigns in the back office: settings under the locks, pool and goals, and the actions of the table."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import action, display

from accounts.admin.exchange import Exchanged
from accounts.admin.scoped import ReadOnlyInline, Scoped, ScopedAdmin, by
from accounts.roles import Permission
from campaigns import cloning, editing, lifecycle, locks, queries, transitions
from campaigns.admin.forms import FIELDS, SECTIONS, CampaignForm, GoalForm, PoolForm, PoolFormSet
from campaigns.models import Campaign, CampaignRun, CampaignTransition, PoolNumber
from campaigns.resources import CampaignResource
from campaigns.transitions import Action
from goals import goals
from goals.models import Goal
from telephony.models import Number, NumberDirection

OFFERED = [Action.START, Action.PAUSE, Action.RESUME, Action.STOP, Action.CANCEL, Action.RESTART, Action.CLONE]
OFFERED += [Action.ARCHIVE, Action.UNARCHIVE, Action.DELETE]
NEEDS = {Action.ARCHIVE: Permission.DELETE, Action.UNARCHIVE: Permission.DELETE, Action.DELETE: Permission.DELETE}
STATUS_COLOURS = {"scheduled": "info", "running": "success", "paused": "warning", "failed": "danger"}
KNOWN = ["status", "status_at", "status_reason", "run", "archived_at", "created_by", "created_at", "editing_now"]


class PoolInline(Scoped, TabularInline):
    """While the campaign is locked, numbers can still be switched on and off."""

    model = PoolNumber
    form, formset = PoolForm, PoolFormSet
    fields = ["number", "position", "weight", "status"]
    workspace_path = "campaign__workspace"
    changes = Permission.RUN
    extra = 0
    tab = True
    verbose_name_plural = "number pool"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PoolNumber]:
        return super().get_queryset(request).select_related("number")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["number", "position", "weight"] if obj and locks.not_editable(obj) else []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request) and not (obj and locks.not_editable(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request)

    def offered(self, related: type[models.Model], request: HttpRequest) -> QuerySet[Any]:
        return super().offered(related, request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "number":
            mine = Number.objects.all() if request.user.is_superuser else self.offered(Number, request)
            options["queryset"] = mine.exclude(direction=NumberDirection.INBOUND)
        return super().formfield_for_foreignkey(db_field, request, **options)


class GoalInline(Scoped, TabularInline):
    """Goals may change in any status; they are archived, not deleted."""

    model = Goal
    form = GoalForm
    workspace_path = "campaign__workspace"
    changes = adds = Permission.RUN
    extra = 0
    can_delete = False
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request)


class TransitionInline(ReadOnlyInline):
    model = CampaignTransition
    workspace_path = "campaign__workspace"
    fields = ["at", "actor_name", "action", "from_status", "to_status", "reason"]
    verbose_name_plural = "history"


class RunInline(ReadOnlyInline):
    model = CampaignRun
    workspace_path = "campaign__workspace"
    fields = ["run", "started_at", "resumed_at", "first_launch_at", "day", "ended_at", "reason"]
    verbose_name_plural = "runs"


def acting(name: Action) -> Any:
    """A bulk action that asks `campaigns.lifecycle` for every campaign by itself."""

    @action(description=f"{name.label} the selected campaigns")
    def act(page: "CampaignAdmin", request: HttpRequest, rows: QuerySet[Campaign]) -> None:
        for campaign in rows:
            page.move(request, campaign, name)

    act.__name__ = name.value
    return act


@admin.register(Campaign)
class CampaignAdmin(Exchanged, ScopedAdmin):
    resource_classes = [CampaignResource]
    form = CampaignForm
    changes = adds = Permission.RUN
    list_display = ["name", "status_badge", "agent", "workspace", "priority", "contacts", "progress", "starts_at"]
    list_display += ["created_at"]
    list_filter = ["status", "priority", "mode", ("archived_at", admin.EmptyFieldListFilter), *by("agent", "workspace")]
    list_select_related = ["agent", "workspace"]
    search_fields = ["name", "notes", "tags"]
    date_hierarchy = "created_at"
    inlines = [PoolInline, GoalInline, TransitionInline, RunInline]
    actions = [acting(name) for name in OFFERED]

    # ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Contacts and progress of the page's campaigns come in one query."""
        page = super().get_changelist_instance(request)
        counts = queries.status_counts_of([campaign.pk for campaign in page.result_list])
        for campaign in page.result_list:
            campaign.counts = counts.get(campaign.pk, queries.StatusCounts())
        return page

    @display(description="status", ordering="status", label=STATUS_COLOURS)
    def status_badge(self, campaign: Campaign) -> tuple[str, str]:
        return campaign.status, campaign.state.label

    @display(description="contacts")
    def contacts(self, campaign: Any) -> int:
        return campaign.counts.total

    @display(description="progress")
    def progress(self, campaign: Any) -> str:
        share = campaign.counts.progress.fraction
        return "–" if share is None else f"{int(share * 100)} %"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return {
            name: entry
            for name, entry in found.items()
            if self.allows(request, NEEDS.get(Action(name), Permission.RUN), None)
        }

    def move(self, request: HttpRequest, campaign: Campaign, name: Action) -> None:
        """Do it, or say why not; never both."""
        if not self.allows(request, NEEDS.get(name, Permission.RUN), campaign):
            messages.error(request, f"{campaign}: your role in its workspace does not allow this.")
            return
        try:
            if name is Action.CLONE:
                draft = cloning.clone(campaign, actor=request.user, with_contacts=False)  # type: ignore[arg-type]
                messages.success(request, f"{campaign}: cloned as “{draft}”.")
            else:
                lifecycle.act(campaign, name, actor=request.user)  # type: ignore[arg-type]
                messages.success(request, f"{campaign}: {transitions.TABLE[name].done}.")
        except lifecycle.Refused as refused:
            for sentence in refused.blockers or [refused.sentence]:
                messages.error(request, f"{campaign}: {sentence}")

    # ── one campaign ─────────────────────────────────────────────────────────────────────────────────────────────────

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        sections = [(title, {"fields": names}) for title, names in SECTIONS]
        return [("Now", {"fields": KNOWN}), *sections] if obj else sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return [
            *KNOWN,
            "workspace",
            *(name for name in FIELDS if name != "workspace" and locks.field_locked(obj, name)),
        ]

    @display(description="editing")
    def editing_now(self, campaign: Campaign) -> str:
        return locks.not_editable(campaign) or locks.identity_locked(campaign) or "Everything may be changed."

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Deleting is an action of the list, under the rules of the table."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """What came between the look and the save (a Start, another primary goal) is said, and nothing is saved."""
        try:
            return super().changeform_view(request, *args, **options)
        except (editing.Locked, goals.Refused) as problem:
            messages.error(request, problem.sentence)
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
        return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        if change:
            editing.change(obj, form.values(), actor=request.user)  # type: ignore[arg-type]
        else:
            made = editing.create(obj.workspace, form.values(), actor=request.user)  # type: ignore[arg-type]
            obj.pk, obj._state.adding = made.pk, False
        obj.refresh_from_db()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if isinstance(formset, PoolFormSet):
            editing.change(form.instance, {}, formset.entries(), actor=request.user)  # type: ignore[arg-type]
        elif formset.model is Goal:
            self.save_goals(request, form.instance, formset)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    def save_goals(self, request: HttpRequest, campaign: Campaign, formset: Any) -> None:
        options: dict[str, Any] = {"actor": request.user, "now": timezone.now()}
        for form in formset.forms:
            if form.has_changed():
                values = {name: getattr(form.instance, name) for name in ("name", "description", "kind", "target")}
                if form.instance.pk:
                    goals.change(form.instance, **values, **options)
                else:
                    goals.add(campaign, **values, **options)
