"""What every page of one campaign shares: its status, the moves that are open to this person, and the tabs."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.returning import asked_for
from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, get_in
from campaigns import queries
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign
from campaigns.reasons import ending_in_words
from campaigns.transitions import Action, allowed
from campaigns.wording import many

PILOT_PROPOSED = 20
NEEDS_DELETE = frozenset({Action.ARCHIVE, Action.UNARCHIVE, Action.DELETE})
HERE = (Action.START, Action.PAUSE, Action.RESUME, Action.STOP, Action.CANCEL, Action.RESTART, *NEEDS_DELETE)
ICONS: Mapping[Action, str] = {
    Action.START: "player-play",
    Action.PAUSE: "player-pause",
    Action.RESUME: "player-play",
    Action.STOP: "player-stop",
    Action.CANCEL: "ban",
    Action.RESTART: "refresh",
    Action.ARCHIVE: "archive",
    Action.UNARCHIVE: "rotate",
    Action.DELETE: "trash",
}
LEADING = (Action.START, Action.RESUME, Action.PAUSE, Action.RESTART)  # the main move stands out
BESIDE = (Action.STOP,)
TABS = (
    ("overview", "Overview", "campaigns:detail"),
    ("contacts", "Contacts", "campaigns:contacts"),
    ("analytics", "Analytics", "campaigns:analytics"),
    ("report", "Report", "campaigns:report"),
    ("settings", "Settings", "campaigns:settings"),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One act as components/move.html shows it."""

    action: Action
    address: str
    confirm: str = ""
    danger: bool = False
    subject: str = "this campaign"

    @property
    def label(self) -> str:
        return self.action.label

    @property
    def icon(self) -> str:
        return ICONS[self.action]

    @property
    def title(self) -> str:
        return f"{self.label} {self.subject}?"

    @property
    def button(self) -> str:
        return f"{self.label} campaign"


def the_campaign(request: WorkspaceRequest, pk: int) -> Campaign:
    """This workspace's campaign with what its pages show, or 404."""
    found = get_in(request.workspace, Campaign.objects.select_related("agent", "schedule", "created_by"), pk=pk)
    found.workspace = request.workspace
    return found


def back(request: WorkspaceRequest, campaign: Campaign) -> HttpResponse:
    """To the page one came from (`next`), as long as it is ours; else to the campaign."""
    where = asked_for(request)
    return redirect(where) if where else redirect("campaigns:detail", campaign.pk)


def frame(request: WorkspaceRequest, campaign: Campaign, tab: str) -> dict[str, object]:
    """Context of the layout: one query for the counts, one for whether there are calls or live ones."""
    counts = queries.status_counts(campaign)
    live = queries.live_count(campaign)
    moves = open_moves(campaign, request.role, counts, live)
    return {
        "campaign": campaign,
        "counts": counts,
        "live": live,
        "tab": tab,
        "tabs": [(words, reverse(name, args=[campaign.pk]), key == tab) for key, words, name in TABS],
        "lead": [move for move in moves if move.action in LEADING],
        "beside": [move for move in moves if move.action in BESIDE],
        "moves": [move for move in moves if move.action not in LEADING + BESIDE],
        "moving": is_moving(campaign, live),
        "ending": ending_in_words(campaign.status_reason),
        "pilot_proposed": PILOT_PROPOSED,
    }


def is_moving(campaign: Campaign, live: int) -> bool:
    return campaign.state is CampaignStatus.RUNNING or bool(live)


def open_moves(
    campaign: Campaign, role: str, counts: queries.StatusCounts, live: int, *, has_calls: bool | None = None
) -> list[Move]:
    """The moves that status and role allow, each with a sentence that says what will happen.

    `has_calls` spares a query where it is known, as in a list.
    """
    if has_calls is None:
        has_calls = campaign.has_run and campaign.calls.exists()
    actions = allowed(campaign.status, archived=campaign.archived_at is not None, has_calls=has_calls)
    mine = [a for a in actions if a in HERE and may(role, Permission.DELETE if a in NEEDS_DELETE else Permission.RUN)]
    return [
        Move(
            action,
            reverse("campaigns:act", args=[campaign.pk, action.value]),
            _consequence(action, campaign, counts, live),
            danger=action in (Action.CANCEL, Action.DELETE),
        )
        for action in mine
    ]


def _consequence(action: Action, campaign: Campaign, counts: queries.StatusCounts, live: int) -> str:
    """What will happen, with figures; "" where nothing needs to be asked."""
    # A page that was opened a while ago may say less than there is by now: what is live is not counted.
    finish = " Live calls will finish, pending callbacks are cancelled." if is_moving(campaign, live) else ""
    left = many(counts.total - counts.final, "contact")
    if action is Action.START:
        return _start(campaign, counts)
    if action is Action.RESUME:
        return _resume(campaign, left)
    if action is Action.STOP:
        return f"The campaign ends as completed.{finish} {left} not final yet will be reported as not reached."
    if action is Action.CANCEL:
        return f"The campaign ends for good: no further call is ever placed.{finish} {left} will not be called again."
    if action is Action.RESTART:
        again = many(counts.total - counts.completed - counts.excluded, "contact")
        return (
            f"A new run is prepared for {again} that are not completed or excluded. Nothing is dialed until you resume."
        )
    if action is Action.DELETE:
        return f"The campaign and its list of {many(counts.total, 'contact')} are deleted. This cannot be undone."
    if action is Action.ARCHIVE:
        return "The campaign leaves the list. Its history stays, and it can be restored."
    return ""


def _resume(campaign: Campaign, left: str) -> str:
    """Whoever paused a pilot by hand hears, too, that Resume ends it."""
    pilot = campaign.run == 1 and campaign.pilot_size
    if not pilot or campaign.runs.filter(run=1, pilot_lifted_at__isnull=False).exists():
        return ""
    return f"The pilot of {many(pilot, 'call')} ends: without that limit, {left} not final yet will be called."


def _start(campaign: Campaign, counts: queries.StatusCounts) -> str:
    when = "at the start time" if campaign.trigger_mode == "scheduled" else "as soon as the call window is open"
    nobody_yet = "Whoever is added" if campaign.always_on else "The contacts of the staged file"
    people = many(counts.total, "contact") if counts.total else nobody_yet
    return f"{people} will be called {when}, up to {many(campaign.max_attempts, 'time')} each."
