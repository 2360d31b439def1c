"""The wizard's steps as named objects: which there are, what each needs, how far a campaign has come."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import Campaign
from campaigns.queries.acts import adding
from contacts.models import UploadStatus

ON_ITS_WAY = Q(upload__status__in=[UploadStatus.STAGING, UploadStatus.LOADING])
USABLE = Q(upload__status=UploadStatus.STAGED, upload__valid_rows__gt=0)


@dataclass(frozen=True, slots=True)
class Step:
    """`lacks` says what is missing before the next step may be opened; "" when nothing is."""

    name: str
    label: str
    lacks: Callable[[Campaign], str]

    @property
    def number(self) -> int:
        return STEPS.index(self) + 1


@dataclass(frozen=True, slots=True)
class Pill:
    step: Step
    state: str  # current, finished, open, blocked
    lacks: str = ""  # why it is blocked


def _nothing(campaign: Campaign) -> str:
    return ""


def _pool(campaign: Campaign) -> str:
    return "" if campaign.pool.exists() else "Tick at least one number."


def _list(campaign: Campaign) -> str:
    if (
        campaign.always_on
        or campaign.has_run
        or campaign.audience.exists()
        or campaign.uploads.filter(ON_ITS_WAY | USABLE).exists()
        or adding(campaign) is not None
    ):
        return ""
    if campaign.uploads.filter(upload__status=UploadStatus.UNMAPPED).exists():
        return "Choose the columns of the file, or upload another one."
    return "Upload a contact file, or make the campaign always-on."


BASICS = Step("basics", "Basics", _nothing)
POOL = Step("pool", "Number Pool", _pool)
DIALER = Step("dialer", "Dialer Config", _nothing)
UPLOAD = Step("upload", "Upload CSV", _list)
REVIEW = Step("review", "Review", _nothing)
STEPS = (BASICS, POOL, DIALER, UPLOAD, REVIEW)
NAMED = {step.name: step for step in STEPS}


def after(step: Step) -> Step:
    """The next one; the last is its own next."""
    return STEPS[min(step.number, len(STEPS) - 1)]


def before(step: Step) -> Step | None:
    return STEPS[step.number - 2] if step.number > 1 else None


def blocked_by(campaign: Campaign | None, step: Step) -> Step | None:
    """The first earlier step that still lacks something; None when `step` may be opened. Without a row: Basics."""
    if campaign is None:
        return None if step is BASICS else BASICS
    return next((earlier for earlier in STEPS[: step.number - 1] if earlier.lacks(campaign)), None)


def resume_at(campaign: Campaign) -> Step:
    """Where an unfinished set-up goes on: the first step that lacks something, but not past unseen dialer settings."""
    if POOL.lacks(campaign):
        return POOL
    return DIALER if UPLOAD.lacks(campaign) else REVIEW


def pills(campaign: Campaign | None, current: Step) -> list[Pill]:
    """One pill a step. Finished: it lacks nothing and lies before the furthest step that was reached."""
    if campaign is None:
        return [Pill(s, "current" if s is current else "blocked", "Save the basics first.") for s in STEPS]
    reached = len(STEPS) + 1 if campaign.set_up_at else max(current.number, resume_at(campaign).number)
    return [_pill(campaign, step, current, reached) for step in STEPS]


def _pill(campaign: Campaign, step: Step, current: Step, reached: int) -> Pill:
    if step is current:
        return Pill(step, "current")
    missing = blocked_by(campaign, step)
    if missing is not None:
        return Pill(step, "blocked", f"{missing.label}: {missing.lacks(campaign)}")
    return Pill(step, "finished" if step.number < reached and not step.lacks(campaign) else "open")
