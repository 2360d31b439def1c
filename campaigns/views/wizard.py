"""The wizard: five steps at five addresses, over one draft row. New and edit are the same steps."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import locks
from campaigns.choices import RECOMMENDED_RETRY_ON
from campaigns.forms.basics import BasicsForm
from campaigns.forms.dialer import DialerForm
from campaigns.forms.pool import PoolForm
from campaigns.forms.rows import CampaignForm
from campaigns.models import Campaign
from campaigns.views.frame import the_campaign
from campaigns.views.wizard_end import review_step, upload_step
from campaigns.wizard import kept, steps
from campaigns.wizard.place import REFUSED, Place, frame
from campaigns.wizard.steps import Step

DOUBLE_PRESS = timedelta(seconds=10)
UNREADABLE = 422
FORMS: dict[Step, type[CampaignForm]] = {steps.POOL: PoolForm, steps.DIALER: DialerForm}


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.RUN)
def new(request: WorkspaceRequest, step: str) -> HttpResponse:
    """Basics, before there is a row. Every later step lives at the row's own address."""
    if step not in steps.NAMED:
        raise Http404
    if step != steps.BASICS.name:
        return redirect("campaigns:new", steps.BASICS.name)
    return _form_step(Place(request, None, steps.BASICS))


@require_safe
@page(Permission.RUN)
def new_start(request: WorkspaceRequest) -> HttpResponse:
    return redirect("campaigns:new", steps.BASICS.name)


@require_safe
@page(Permission.RUN)
def edit_start(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Edit from the beginning, or go on where an unfinished set-up was left."""
    campaign = the_campaign(request, pk)
    step = steps.BASICS if campaign.set_up_at else steps.resume_at(campaign)
    return redirect(Place(request, campaign, step).address(step))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.RUN)
def edit(request: WorkspaceRequest, pk: int, step: str) -> HttpResponse:
    """One step of a campaign's row. A step that comes too early leads to the first one that lacks something."""
    if step not in steps.NAMED:
        raise Http404
    place = Place(request, the_campaign(request, pk), steps.NAMED[step])
    missing = steps.blocked_by(place.campaign, place.step)
    if missing is not None:
        messages.error(request, f"{missing.label}: {missing.lacks(place.campaign)}")  # type: ignore[arg-type]
        return redirect(place.address(missing))
    if place.step is steps.UPLOAD:
        return upload_step(place)
    return review_step(place) if place.step is steps.REVIEW else _form_step(place)


def _form_step(place: Place) -> HttpResponse:
    """Basics, Number Pool, Dialer Config."""
    request = place.request
    go = request.POST.get("go", "next")
    if request.method == "POST" and go == "keep":
        kept.keep(request.session, place.key, request.POST)
        return HttpResponse(status=204)
    if request.method != "POST":
        return _show(place, _opened(place))
    shut = locks.not_editable(place.campaign) if place.campaign else ""
    if shut:
        return _show(place, _form(place), status=REFUSED)
    if go == "recommended":
        data = request.POST.copy()
        data.setlist("retry_on", list(RECOMMENDED_RETRY_ON))
        return _show(place, _form(place, data).quiet())
    form = _form(place, request.POST)
    wanted = _wanted(place, go)
    if form.is_valid() and form.keep(request.user):
        kept.forget(request.session, place.key)
        return redirect(place.address(wanted, form.instance))
    if wanted.number < place.step.number:
        kept.keep(request.session, place.key, request.POST)
        return redirect(place.address(wanted))
    return _again(place, form) or _show(place, form)


def _again(place: Place, form: CampaignForm) -> HttpResponse | None:
    """A second press of Next made the same draft once more: go on with the one that is there."""
    if place.campaign is not None or form.errors.keys() != {"name"}:
        return None
    twin = Campaign.objects.filter(
        workspace=place.request.workspace, name=form.data.get("name", "").strip(), created_by=place.request.user
    )
    recent = twin.filter(set_up_at=None, archived_at=None, created_at__gte=timezone.now() - DOUBLE_PRESS).first()
    return redirect(place.address(steps.POOL, recent)) if recent else None


def _wanted(place: Place, go: str) -> Step:
    """Where the button leads: next, back, or "to:<step>", a pill that was pressed with something typed."""
    if go == "back":
        return steps.before(place.step) or place.step
    return steps.NAMED.get(go.removeprefix("to:"), steps.after(place.step))


def _form(place: Place, data: QueryDict | None = None) -> CampaignForm:
    if place.step is steps.BASICS:
        return BasicsForm(data, workspace=place.request.workspace, instance=place.campaign)
    return FORMS[place.step](data, instance=place.campaign)


def _opened(place: Place) -> CampaignForm:
    """The step as it was left: what was typed and not saved yet, else what the row holds."""
    typed = kept.kept(place.request.session, place.key)
    return _form(place) if typed is None else _form(place, typed).quiet()


def _show(place: Place, form: CampaignForm, status: int = 200) -> HttpResponse:
    context = {**frame(place), "form": form}
    if form.errors and status == 200:
        status = UNREADABLE
    return render(place.request, f"campaigns/wizard/{place.step.name}.html", context, status=status)
