"""Holding one person, or letting them be called again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.figures import day_and_time, in_sentence
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from contacts import people
from contacts.forms.hold import HoldForm
from contacts.models import Contact
from contacts.views.people import find, shown


@require_POST
@page(Permission.CONTACTS)
def hold(request: WorkspaceRequest, pk: int) -> HttpResponse:
    contact = find(request, pk)
    form = HoldForm(request.POST, zone=request.workspace.timezone)
    if not form.is_valid():
        messages.error(request, f"Not held. {form.sentence}")
        return shown(request, contact, form)
    asked, now = form.cleaned_data, timezone.now()
    people.hold(contact, asked["until"], asked["reason"], now=now, actor=request.user)
    until = in_sentence(day_and_time(asked["until"], now, request.workspace.timezone))
    messages.success(request, f"Nobody calls {contact.display_name} until {until}. Calls under way go on.")
    return redirect("contacts:detail", pk)


@require_POST
@page(Permission.CONTACTS)
def unhold(request: WorkspaceRequest, pk: int) -> HttpResponse:
    contact = get_in(request.workspace, Contact, pk=pk)
    people.unhold(contact, now=timezone.now(), actor=request.user)
    messages.success(request, f"{contact.display_name} may be called again.")
    return redirect("contacts:detail", pk)
