"""The back office of goals. They are made and changed on their campaign's page; archived and restored here."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action

from accounts.admin.scoped import ReadOnlyAdmin, by
from accounts.roles import Permission
from goals import goals
from goals.models import Goal, GoalResult


@admin.register(Goal)
class GoalAdmin(ReadOnlyAdmin):
    workspace_path = "campaign__workspace"
    list_display = ["name", "campaign", "kind", "target", "archived_at", "created_at"]
    list_filter = ["kind", ("archived_at", admin.EmptyFieldListFilter), *by("campaign")]
    list_select_related = ["campaign"]
    search_fields = ["name", "campaign__name"]
    actions = ["archive", "restore"]

    @action(description="Archive")
    def archive(self, request: HttpRequest, rows: QuerySet[Goal]) -> None:
        for goal in self.changeable(request, rows):
            try:
                goals.archive(goal, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
                messages.success(request, f"{goal}: archived.")
            except goals.Refused as refused:
                messages.error(request, f"{goal}: {refused.sentence}")

    @action(description="Restore")
    def restore(self, request: HttpRequest, rows: QuerySet[Goal]) -> None:
        for goal in self.changeable(request, rows):
            goals.restore(goal, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
            messages.success(request, f"{goal}: restored.")

    def changeable(self, request: HttpRequest, rows: QuerySet[Goal]) -> list[Goal]:
        return [goal for goal in rows if self.allows(request, Permission.RUN, goal)]


@admin.register(GoalResult)
class GoalResultAdmin(ReadOnlyAdmin):
    workspace_path = "goal__campaign__workspace"
    list_display = ["at", "goal", "campaign_contact", "result", "score", "source"]
    list_filter = ["result", "source", "at"]
    list_select_related = ["goal", "campaign_contact__contact", "campaign_contact__campaign"]
    search_fields = ["goal__name", "^campaign_contact__contact__phone_number"]
