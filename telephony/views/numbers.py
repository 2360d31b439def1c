"""Numbers: list with filters, create, a page to edit one and set its spam score, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.listing import listing
from accounts.roles import Permission
from accounts.tenancy import get_in, page
from telephony import queries
from telephony.forms.base import StillUsed, remove
from telephony.forms.numbers import NumberForm, SpamScoreForm
from telephony.models import Number, NumberDirection

SORTS = {
    "number": ("phone_number",),
    "label": ("label", "phone_number"),
    "carrier": ("carrier__name", "phone_number"),
    "spam": ("spam_score", "phone_number"),
    "today": ("calls_today", "phone_number"),
    "campaigns": ("pool_count", "phone_number"),
}
SPAM_OPTIONS = [("green", "0–4"), ("yellow", "5–6"), ("red", "7 and up")]


@page(Permission.READ)
def number_list(request: Any) -> HttpResponse:
    asked = {name: request.GET.get(name, "").replace("\0", "").strip() for name in ("carrier", "direction", "spam")}
    search = request.GET.get("q", "").replace("\0", "").strip()
    rows = queries.numbers(request.workspace, timezone.now(), search=search, **asked)
    carriers = request.workspace.carriers.values_list("pk", "name")
    context = {
        "listing": listing(request, rows, SORTS, "number"),
        "search": search,
        "filters": [
            {"name": "carrier", "label": "Carrier", "value": asked["carrier"], "options": carriers},
            {
                "name": "direction",
                "label": "Direction",
                "value": asked["direction"],
                "options": NumberDirection.choices,
            },
            {"name": "spam", "label": "Spam score", "value": asked["spam"], "options": SPAM_OPTIONS},
        ],
        "filtered": bool(search or any(asked.values())),
    }
    return render(request, "telephony/numbers.html", context)


@page(Permission.READ)
def number(request: Any, pk: int) -> HttpResponse:
    rows = Number.objects.select_related("carrier", "workspace")
    return _page(request, get_in(request.workspace, rows, pk=pk))


def _page(request: Any, number: Number, form: SpamScoreForm | None = None, status: int = 200) -> HttpResponse:
    days = queries.days_of(number, timezone.now())
    pools = number.pools.filter(campaign__archived_at=None).select_related("campaign").order_by("campaign__name")
    context = {
        "number": number,
        "form": form or SpamScoreForm(initial={"score": number.spam_score}),
        "history": number.spam_history.all()[: queries.HISTORY],
        "days": days,
        "most": max(calls for _, calls in days),
        "pools": pools[:10],
    }
    return render(request, "telephony/number.html", context, status=status)


@page(Permission.SETUP)
def number_add(request: Any) -> HttpResponse:
    return _edit(request, Number(workspace=request.workspace))


@page(Permission.SETUP)
def number_edit(request: Any, pk: int) -> HttpResponse:
    return _edit(request, get_in(request.workspace, Number, pk=pk))


def _edit(request: Any, number: Number) -> HttpResponse:
    form = NumberForm(request.POST or None, instance=number, workspace=request.workspace)
    if request.method == "POST" and form.is_valid() and form.keep(request.user):
        messages.success(request, f"{number.phone_number} saved.")
        return redirect("telephony:number", number.pk)
    context = {"form": form, "number": number, "has_carriers": request.workspace.carriers.exists()}
    return render(request, "telephony/number_form.html", context)


@require_POST
@page(Permission.SETUP)
def number_spam(request: Any, pk: int) -> HttpResponse:
    number = get_in(request.workspace, Number.objects.select_related("carrier", "workspace"), pk=pk)
    form = SpamScoreForm(request.POST)
    if not form.is_valid():
        return _page(request, number, form, status=422)
    if form.keep(number, request.user):
        messages.success(request, f"{number.phone_number} has a spam score of {number.spam_score} now.")
    return redirect("telephony:number", pk)


@require_POST
@page(Permission.DELETE)
def number_delete(request: Any, pk: int) -> HttpResponse:
    number = get_in(request.workspace, Number, pk=pk)
    try:
        remove(number, request.user)
    except StillUsed as refusal:
        messages.error(request, f"{refusal} Make it inbound only, or disable it in its campaigns.")
        return redirect("telephony:number", pk)
    messages.success(request, f"{number.phone_number} deleted.")
    return redirect("telephony:numbers")
