"""The suppression list: look, add numbers, take numbers off with a reason."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.listing import listing
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from contacts import queries, suppression
from contacts.forms.suppression import SuppressForm, UnsuppressForm
from contacts.models import SuppressionReason
from contacts.views.people import tabs

SORTS = {"number": ("phone_number",), "reason": ("reason", "-at"), "at": ("at",)}


@page(Permission.READ)
def suppressed(request: WorkspaceRequest) -> HttpResponse:
    return _list(request, UnsuppressForm())


def _list(request: WorkspaceRequest, removal: UnsuppressForm, status: int = 200) -> HttpResponse:
    search, reason = request.GET.get("q", "").strip(), request.GET.get("reason", "")
    rows = queries.entries(request.workspace, search, reason)
    options = SuppressionReason.choices
    context = {
        "listing": listing(request, rows, SORTS, "-at"),
        "search": search,
        "selects": [{"name": "reason", "label": "Reason", "value": reason, "options": options}],
        "filtered": bool(search or reason),
        "removal": removal,
        "tabs": tabs("contacts:suppression"),
    }
    return render(request, "contacts/suppression.html", context, status=status)


@page(Permission.SUPPRESS)
def suppress(request: WorkspaceRequest) -> HttpResponse:
    posted = (request.POST,) if request.method == "POST" else ()
    form = SuppressForm(*posted, workspace=request.workspace)
    if not posted or not form.is_valid():
        return render(request, "contacts/suppress.html", {"form": form}, status=422 if posted else 200)
    given = form.cleaned_data
    count = suppression.add(
        request.workspace.pk, given["numbers"], given["reason"], str(request.user), timezone.now(), given["note"]
    )
    known = len(set(given["numbers"])) - count
    already = f" {known} {'was' if known == 1 else 'were'} on it already." if known else ""
    messages.success(request, f"{count} {'number' if count == 1 else 'numbers'} added to the list.{already}")
    return redirect("contacts:suppression")


@require_POST
@page(Permission.UNSUPPRESS)
def unsuppress(request: WorkspaceRequest) -> HttpResponse:
    ids = [pk for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
    entries = queries.entries(request.workspace, "", "").filter(pk__in=ids)
    removal = UnsuppressForm(request.POST)
    if not removal.is_valid():
        return _list(request, removal, status=422)
    count = suppression.remove(entries, reason=removal.cleaned_data["reason"], actor=request.user)
    messages.success(request, f"{count} {'number' if count == 1 else 'numbers'} may be called again.")
    return redirect("contacts:suppression")
