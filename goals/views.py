"""A campaign's goals on its Analytics tab: add, edit, archive, restore."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns.views.frame import frame, the_campaign
from goals import goals
from goals.forms import GoalForm
from goals.models import Goal, GoalKind
from goals.queries import primary_of


@require_http_methods(["GET", "POST"])
@page(Permission.RUN)
def add(request: WorkspaceRequest, pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    first = primary_of(campaign) is None
    form = GoalForm(request.POST or None, initial={"kind": GoalKind.PRIMARY if first else GoalKind.SECONDARY})
    if form.is_valid():
        goal = goals.add(campaign, **form.values, actor=request.user, now=timezone.now())
        messages.success(request, f"“{goal.name}” is a {goal.get_kind_display().lower()} goal of this campaign.")
        return redirect("campaigns:analytics", campaign.pk)
    return _form(request, campaign, form, None)


@require_http_methods(["GET", "POST"])
@page(Permission.RUN)
def edit(request: WorkspaceRequest, pk: int, goal_pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    goal = get_object_or_404(Goal, campaign=campaign, pk=goal_pk, archived_at__isnull=True)
    form = GoalForm(request.POST or None, instance=goal)
    if form.is_valid():
        try:
            kept = Goal.objects.get(pk=goal.pk)  # the form has filled `goal`; goals.change compares with the row
            goals.change(kept, **form.values, actor=request.user, now=timezone.now())
        except goals.Refused as refused:
            form.add_error("kind", refused.sentence)
        else:
            messages.success(request, "Saved.")
            return redirect("campaigns:analytics", campaign.pk)
    return _form(request, campaign, form, goal)


def _form(request: WorkspaceRequest, campaign: "object", form: GoalForm, goal: Goal | None) -> HttpResponse:
    context = frame(request, campaign, "analytics") | {"form": form, "goal": goal}  # type: ignore[arg-type]
    return render(request, "goals/form.html", context, status=422 if form.errors else 200)


@require_POST
@page(Permission.RUN)
def act(request: WorkspaceRequest, pk: int, goal_pk: int, action: str) -> HttpResponse:
    """Archive or restore a goal."""
    campaign = the_campaign(request, pk)
    goal = get_object_or_404(Goal, campaign=campaign, pk=goal_pk)
    try:
        if action == "archive":
            goals.archive(goal, actor=request.user, now=timezone.now())
            messages.success(request, f"“{goal.name}” is archived. Its results stay; it can be restored.")
        elif action == "restore":
            restored = goals.restore(goal, actor=request.user, now=timezone.now())
            messages.success(request, f"“{goal.name}” is a {restored.get_kind_display().lower()} goal again.")
        else:
            raise Http404
    except goals.Refused as refused:
        messages.error(request, refused.sentence)
    return redirect("campaigns:analytics", campaign.pk)
