"""Compliance: safe hours by country and state, and whether the workspace keeps to them."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import audit, spans
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from contacts import safe_hours
from contacts.forms.safe_hours import SafeHoursForm
from contacts.legal_hours import Row, default_table
from contacts.models import Suppression
from contacts.person import countries

ELSEWHERE = "00"  # in addresses: the row of every country without one, whose code is empty
EVERYWHERE = "Every other country"


@page(Permission.READ)
def compliance(request: WorkspaceRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()[:100]
    table = safe_hours.table(request.workspace)
    rows = [_told(row) for row in table.values()]
    rows.sort(key=lambda row: (row["row"].country != "", row["name"], row["row"].region))
    context = {
        "rows": [row for row in rows if search.lower() in row["search"]],
        "own": sum(1 for row in table.values() if row.own),
        "search": search,
        "suppressed": Suppression.objects.filter(workspace=request.workspace).count(),
    }
    return render(request, "contacts/compliance.html", context)


def _told(row: Row) -> dict[str, Any]:
    name = countries().get(row.country, row.country) if row.country else EVERYWHERE
    shipped = (row.country, row.region) in default_table()
    return {
        "row": row,
        "name": name,
        "hours": spans.in_words(row.days),
        "code": row.country or ELSEWHERE,
        "shipped": shipped,
        "search": f"{name} {row.country} {row.region}".lower(),
    }


def _row(request: WorkspaceRequest, country: str, region: str) -> Row:
    place = ("" if country == ELSEWHERE else country, region)
    row = safe_hours.table(request.workspace).get(place)
    if row is None:
        raise Http404
    return row


@page(Permission.COMPLIANCE)
def add(request: WorkspaceRequest) -> HttpResponse:
    return _edit(request, None)


@page(Permission.COMPLIANCE)
def edit(request: WorkspaceRequest, country: str, region: str = "") -> HttpResponse:
    return _edit(request, _row(request, country, region))


def _edit(request: WorkspaceRequest, row: Row | None) -> HttpResponse:
    form = SafeHoursForm(request.POST if request.method == "POST" else None, workspace=request.workspace, row=row)
    if form.is_bound and form.is_valid():
        form.keep(request.user)
        messages.success(request, "Safe hours saved. Campaigns keep to them from the next call on.")
        return redirect("contacts:compliance")
    context = {"form": form, "told": _told(row) if row else None}
    return render(request, "contacts/safe_hours_form.html", context, status=422 if form.is_bound else 200)


@require_POST
@page(Permission.COMPLIANCE)
def reset(request: WorkspaceRequest, country: str, region: str = "") -> HttpResponse:
    """The shipped row holds again; a row that was added goes."""
    row = _row(request, country, region)
    told = _told(row)
    safe_hours.reset_row(request.workspace, row.country, row.region, actor=request.user)
    ending = "The shipped row holds again." if told["shipped"] else "The row is gone."
    messages.success(request, f"{told['name']}{' ' + row.region if row.region else ''}: {ending}")
    return redirect("contacts:compliance")


@require_POST
@page(Permission.ADMINISTER)
def switch(request: WorkspaceRequest, word: str) -> HttpResponse:
    """`word` is "on" or "off"."""
    if word not in ("on", "off"):
        raise Http404
    workspace = request.workspace
    with transaction.atomic():
        workspace.safe_hours = word == "on"
        workspace.save(update_fields=["safe_hours"])
        audit.record(workspace, f"safe_hours.{word}", workspace, actor=request.user)
    told = "Campaigns keep to safe hours." if word == "on" else "Safe hours are off: only call windows hold now."
    messages.success(request, told)
    return redirect("contacts:compliance")
