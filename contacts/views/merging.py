"""Two contacts who are one person: what would become of each field, and the merge itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns.merging import merge as merge_contacts
from contacts import families
from contacts.merging import NotMerged, preview
from contacts.models import Contact


@page(Permission.CONTACTS)
def merge(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """?with= names the other: by id, or by phone number as people write it. POST merges them into this one."""
    contact = get_in(request.workspace, Contact, pk=pk)
    named = (request.POST.get("with") or request.GET.get("with") or "").strip()
    other, problem = _named(request, contact, named)
    if request.method == "POST" and other is not None:
        try:
            kept = merge_contacts(contact, other, now=timezone.now(), actor=request.user)
        except NotMerged as refusal:
            problem = refusal.sentence
        else:
            messages.success(request, f"{other.phone_number} is merged into {kept.display_name}.")
            return redirect("contacts:detail", kept.pk)
    context = {
        "contact": contact,
        "other": other,
        "asked": named,
        "problem": problem,
        "lines": preview(contact, other, request.workspace.timezone) if other else [],
    }
    return render(request, "contacts/merge.html", context, status=422 if request.method == "POST" else 200)


def _named(request: WorkspaceRequest, contact: Contact, named: str) -> tuple[Contact | None, str]:
    """The other contact, or why there is none."""
    if not named:
        return None, "Name the other contact." if request.method == "POST" else ""
    found = None
    if named.isascii() and named.isdigit() and len(named) < 19:
        found = Contact.objects.filter(workspace=request.workspace, pk=named).first()
    if found is None:
        try:
            found = families.find(request.workspace, named)
        except families.NoPrimary as problem:
            return None, str(problem).replace(" Add the primary first.", "")
    if found.pk == contact.pk:
        return None, "This is the same contact. Name the other one."
    return found, ""
