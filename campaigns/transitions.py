"""What may be done to a campaign in which status. One table feeds guards, buttons, menus, admin and API. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from campaigns.choices import ACTIVE_STATUSES, CampaignStatus, ContactStatus

_S = CampaignStatus
ANY = tuple(CampaignStatus)
NOT_LIVE = tuple(status for status in CampaignStatus if status not in ACTIVE_STATUSES)
BY_HAND_FROM = (_S.DRAFT, *ACTIVE_STATUSES)  # contacts may be moved by hand


class Action(StrEnum):
    EDIT = "edit"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    CANCEL = "cancel"
    RESTART = "restart"
    CLONE = "clone"
    SAVE_TEMPLATE = "save_template"
    EXPORT = "export"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"

    @property
    def label(self) -> str:
        return {"save_template": "Save as template", "unarchive": "Restore"}.get(self.value, self.value.capitalize())


@dataclass(frozen=True, slots=True)
class Move:
    """From which statuses, to which (empty: the status stays; two: the later one when the start time lies ahead)."""

    start: tuple[CampaignStatus, ...]
    to: tuple[CampaignStatus, ...] = ()
    done: str = ""  # how the action reads in "cannot be …"


TABLE: dict[Action, Move] = {
    Action.EDIT: Move((_S.DRAFT, _S.PAUSED), (), "edited"),
    Action.START: Move((_S.DRAFT,), (_S.RUNNING, _S.SCHEDULED), "started"),
    Action.PAUSE: Move((_S.SCHEDULED, _S.RUNNING), (_S.PAUSED,), "paused"),
    Action.RESUME: Move((_S.PAUSED,), (_S.RUNNING, _S.SCHEDULED), "resumed"),
    Action.STOP: Move((_S.RUNNING, _S.PAUSED), (_S.COMPLETED,), "stopped"),
    Action.CANCEL: Move((_S.DRAFT, *ACTIVE_STATUSES), (_S.CANCELLED,), "cancelled"),
    Action.RESTART: Move((_S.COMPLETED, _S.FAILED), (_S.PAUSED,), "restarted"),
    Action.CLONE: Move(ANY, (), "cloned"),
    Action.SAVE_TEMPLATE: Move(ANY, (), "saved as a template"),
    Action.EXPORT: Move(ANY, (), "exported"),
    Action.ARCHIVE: Move(NOT_LIVE, (), "archived"),
    Action.UNARCHIVE: Move(NOT_LIVE, (), "restored"),
    Action.DELETE: Move(NOT_LIVE, (), "deleted"),
}
BY_SYSTEM: dict[CampaignStatus, tuple[CampaignStatus, ...]] = {
    _S.SCHEDULED: (_S.RUNNING, _S.PAUSED),
    _S.RUNNING: (_S.PAUSED, _S.COMPLETED, _S.FAILED),
    _S.PAUSED: (_S.COMPLETED,),
}
_IN_ARCHIVE = (Action.UNARCHIVE, Action.CLONE, Action.SAVE_TEMPLATE, Action.EXPORT, Action.DELETE)


class HandMove(StrEnum):
    """What is done to campaign contacts by hand."""

    RETRY = "retry"
    SET_PENDING = "set_pending"
    SET_COMPLETED = "set_completed"
    EXCLUDE = "exclude"


def allowed(status: str, *, archived: bool = False, has_calls: bool = False) -> list[Action]:
    """The actions offered in this status, in the order of the table."""
    return [action for action in Action if refusal(action, status, archived=archived, has_calls=has_calls) is None]


def refusal(action: str, status: str, *, archived: bool = False, has_calls: bool = False) -> str | None:
    """Why this action is refused now, as one sentence that names the current status; None when it is allowed.

    Readiness and what only the campaign's rows know (a live call at Restart) are asked elsewhere.
    """
    move, now = TABLE[Action(action)], CampaignStatus(status)
    word = now.label.lower()
    if archived and action not in _IN_ARCHIVE:
        return f"This campaign is archived ({word}): restore it first."
    if action == Action.UNARCHIVE and not archived:
        return f"This {word} campaign is not archived."
    if now not in move.start:
        return f"{_article(word)} {word} campaign cannot be {move.done}; only {_listed(move.start)} ones can."
    if action == Action.DELETE and has_calls:
        return f"This {word} campaign has calls, so it is kept: archive it instead."
    return None


def target(action: str, *, ahead: bool = False) -> CampaignStatus | None:
    """The status that an action leads to; `ahead`: its start time lies ahead. None: the status stays."""
    to = TABLE[Action(action)].to
    return to[-1] if ahead and to else (to[0] if to else None)


def by_system(status: str, to: str) -> bool:
    """Whether the system itself may make this move."""
    return CampaignStatus(to) in BY_SYSTEM.get(CampaignStatus(status), ())


def hand_refusal(move: str, campaign_status: str, contact_status: str, *, suppressed: bool = False) -> str | None:
    """Why a contact may not be moved by hand now, as one sentence; None when it may."""
    if campaign_status not in BY_HAND_FROM:
        return f"The campaign is {CampaignStatus(campaign_status).label.lower()}: its contacts stay as they are."
    if contact_status == ContactStatus.DIALING:
        return "This person is being dialed right now."
    if suppressed and move in (HandMove.RETRY, HandMove.SET_PENDING):
        return "This person is on the suppression list."
    return None


def _listed(statuses: Iterable[CampaignStatus]) -> str:
    words = [status.label.lower() for status in statuses]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _article(word: str) -> str:
    return "An" if word[0] in "aeiou" else "A"
