"""The suppression list: look, add numbers, take numbers off with a reason."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import ids
from accounts.live import live_context, live_part
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from contacts import bulk, entries, suppression, unsuppressing
from contacts.entries import Filters
from contacts.forms.suppression import SuppressForm, UnsuppressForm
from contacts.models import BulkAction, Suppression, SuppressionReason
from contacts.views.tabs import tabs

UNREADABLE = 422


@page(Permission.READ)
def suppressed(request: WorkspaceRequest) -> HttpResponse:
    filters = Filters.of(request.GET)
    shown, total, sort = entries.listed(
        request.workspace, filters, request.GET.get("sort", ""), request.GET.get("at", "")
    )
    context = {
        "page": shown,
        "total": total,
        "listing": _Sorted(sort),
        "filters": filters,
        "selects": _selects(filters),
        "keep": [("sort", sort)] if sort != entries.NEWEST else [],
        "query": urlencode(filters.chosen()),
        "removal": UnsuppressForm(),
        "tabs": tabs("contacts:suppression"),
        **_removal(request),
    }
    return render(request, "contacts/suppression.html", context)


class _Sorted:
    """What sort headers ask for."""

    def __init__(self, sort: str) -> None:
        self.sort = sort


def _selects(filters: Filters) -> list[dict[str, Any]]:
    return [
        {"name": "reason", "label": "Reason", "value": filters.reason, "options": SuppressionReason.choices},
        {"name": "source", "label": "Source", "value": filters.source, "text": True},
        {"name": "since", "label": "Listed since", "value": filters.since, "date": True},
        {"name": "until", "label": "Listed until", "value": filters.until, "date": True},
    ]


@page(Permission.SUPPRESS)
def suppress(request: WorkspaceRequest) -> HttpResponse:
    """Those that can be read are listed at once; the others stay in the form, with what is wrong with them."""
    posted = (request.POST,) if request.method == "POST" else ()
    form = SuppressForm(*posted, workspace=request.workspace)
    if not posted or not form.is_valid():
        return render(request, "contacts/suppress.html", {"form": form}, status=UNREADABLE if posted else 200)
    given = form.cleaned_data
    count = suppression.add(
        request.workspace.pk, given["numbers"], given["reason"], str(request.user), timezone.now(), given["note"]
    )
    messages.success(request, _added(count, len(set(given["numbers"])) - count))
    if form.unread:
        left = {"form": form.left(), "left": len(form.unread)}
        return render(request, "contacts/suppress.html", left, status=UNREADABLE)
    return redirect("contacts:suppression")


def _added(count: int, known: int) -> str:
    already = f" {known} {'was' if known == 1 else 'were'} on it already." if known else ""
    return f"{_numbers(count)} added to the list.{already}"


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count:,} numbers".replace(",", "\u202f")


@require_POST
@page(Permission.UNSUPPRESS)
def unsuppress(request: WorkspaceRequest) -> HttpResponse:
    """Those ticked, or all that match the filters of the list. This address has no page: a refusal is said on the
    list, which is as it was."""
    form, query = UnsuppressForm(request.POST), request.POST.get("query", "")
    if form.is_valid():
        _take_off(request, form.cleaned_data["reason"], query)
    else:
        messages.error(request, " ".join(map(str, form.errors["reason"])))
    return redirect(f"{reverse('contacts:suppression')}{f'?{query}' if query else ''}")


def _take_off(request: WorkspaceRequest, reason: str, query: str) -> None:
    if request.POST.get("all") == "1":
        job = unsuppressing.remove_matching(
            request.workspace, Filters.of(QueryDict(query)), reason, actor=request.user, now=timezone.now()
        )
        done = None if job.is_moving else job.done
    else:
        ticked = ids.several(request.POST.getlist("ids"))
        chosen = Suppression.objects.filter(workspace=request.workspace, pk__in=ticked)
        done = suppression.remove(chosen, reason=reason, actor=request.user)
    if done is not None:
        messages.success(request, f"{_numbers(done)} may be called again. Campaigns do not call them by themselves.")


def _removal(request: WorkspaceRequest) -> dict[str, object]:
    """The removal of many numbers that is under way, for `contacts/_removal.html`."""
    job = unsuppressing.under_way(request.workspace)
    if job is None:
        return {"removing": None}
    return {"removing": job, **live_context(reverse("contacts:removal", args=[job.pk]), every=1)}


@page(Permission.READ)
def removal(request: WorkspaceRequest, pk: int) -> HttpResponse:
    job = get_in(request.workspace, BulkAction.objects.filter(action=unsuppressing.ACTION), pk=pk)
    return live_part(request, "contacts/_removal.html", {"removing": job}, every=1, over=not job.is_moving)


@require_POST
@page(Permission.UNSUPPRESS)
def cancel_removal(request: WorkspaceRequest, pk: int) -> HttpResponse:
    job = get_in(request.workspace, BulkAction.objects.filter(action=unsuppressing.ACTION), pk=pk)
    if bulk.cancel(job, timezone.now()):
        messages.info(request, f"Stopped. {_numbers(job.done)} had been taken off the list.")
    return redirect("contacts:suppression")
