"""Agents: list, page with test call, create, edit, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.listing import listing
from accounts.live import live_context, live_part
from accounts.roles import Permission
from accounts.tenancy import get_in, page
from campaigns import testcall
from campaigns.choices import Outcome
from campaigns.queries import setup
from telephony import providers, queries
from telephony.forms.agents import AgentForm, TestCallForm
from telephony.forms.base import StillUsed, remove
from telephony.models import Agent

SORTS = {
    "name": ("name",),
    "provider": ("provider", "name"),
    "campaigns": ("campaign_count", "name"),
    "tested": ("tested_at",),
}


@page(Permission.READ)
def agent_list(request: Any) -> HttpResponse:
    search, provider = request.GET.get("q", "").strip(), request.GET.get("provider", "")
    rows = queries.agents(request.workspace, search=search, provider=provider)
    context = {
        "listing": listing(request, rows, SORTS, "name"),
        "providers": dict(providers.choices()),
        "search": search,
        "filters": [{"name": "provider", "label": "Provider", "value": provider, "options": providers.choices()}],
        "filtered": bool(search or provider),
    }
    return render(request, "telephony/agents.html", context)


@page(Permission.READ)
def agent(request: Any, pk: int) -> HttpResponse:
    return render(request, "telephony/agent.html", _page(get_in(request.workspace, Agent, pk=pk)))


def _page(agent: Agent, form: TestCallForm | None = None) -> dict[str, Any]:
    return {
        "agent": agent,
        "provider": dict(providers.choices()).get(agent.provider, agent.provider),
        "campaigns": agent.campaigns.filter(archived_at=None)[:10],
        "form": form or TestCallForm(),
        **_calls(agent),
    }


def _calls(agent: Agent) -> dict[str, Any]:
    calls = setup.test_calls(agent)
    live = any(call.ended_at is None for call in calls)
    address = reverse("telephony:agent_calls", args=[agent.pk])
    coloured = [(call, Outcome(call.outcome).colour if call.outcome else "teal") for call in calls]
    return {"agent": agent, "calls": coloured, **live_context(address, every=1 if live else 10)}


@page(Permission.READ)
def agent_calls(request: Any, pk: int) -> HttpResponse:
    """The part of the page that follows test calls."""
    context = _calls(get_in(request.workspace, Agent, pk=pk))
    return live_part(request, "telephony/_test_calls.html", context, every=context["live_every"])


@require_POST
@page(Permission.RUN)
def agent_test(request: Any, pk: int) -> HttpResponse:
    agent = get_in(request.workspace, Agent, pk=pk)
    form = TestCallForm(request.POST)
    if form.is_valid():
        try:
            call = testcall.place(agent, form.cleaned_data["phone_number"], request.user, timezone.now())
        except testcall.CannotTest as problem:
            form.add_error("phone_number", problem.sentence)
        else:
            messages.success(request, f"Calling {call.phone_number} now.")
            return redirect("telephony:agent", pk)
    return render(request, "telephony/agent.html", _page(agent, form), status=422)


@page(Permission.SETUP)
def agent_add(request: Any) -> HttpResponse:
    return _edit(request, Agent(workspace=request.workspace, timezone=request.workspace.timezone))


@page(Permission.SETUP)
def agent_edit(request: Any, pk: int) -> HttpResponse:
    return _edit(request, get_in(request.workspace, Agent, pk=pk))


def _edit(request: Any, agent: Agent) -> HttpResponse:
    form = AgentForm(request.POST or None, instance=agent, workspace=request.workspace)
    if request.method == "POST" and form.is_valid() and form.keep(request.user):
        messages.success(request, f"“{agent.name}” saved.")
        return redirect("telephony:agent", agent.pk)
    name = Agent.objects.values_list("name", flat=True).get(pk=agent.pk) if agent.pk else ""
    return render(request, "telephony/agent_form.html", {"form": form, "agent": agent, "name": name})


@require_POST
@page(Permission.DELETE)
def agent_delete(request: Any, pk: int) -> HttpResponse:
    agent = get_in(request.workspace, Agent, pk=pk)
    try:
        remove(agent, request.user)
    except StillUsed as refusal:
        messages.error(request, str(refusal))
        return redirect("telephony:agent", pk)
    messages.success(request, f"“{agent.name}” deleted.")
    return redirect("telephony:agents")
