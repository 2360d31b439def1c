"""Acts on many people of a campaign's list: at once where they are few, else by a job that outlives its page.

The jobs are `contacts.bulk` ones with a `CampaignAction` beside them; one at a time works on a list. Nobody is moved
twice by one of them, whatever is killed: a person's move commits with the job's place in the list. Who has changed and
no longer matches is left alone, and so is who came to the list after the act was asked for.

retry, set_pending, set_completed, exclude   moves of campaign contacts by hand
tag, untag, hold, unhold                     acts on the people behind them, with params as `contacts.acts.checked` gave
enrol                                        known people of the workspace get on the list
copy                                         the people of another campaign get on the list, with its variables
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.collisions import again
from accounts.jobs import JobStatus
from accounts.models import User
from campaigns import audience, copying, locks, replacing
from campaigns.models import Campaign, CampaignAction, CampaignContact
from campaigns.queries.acts import COPY
from campaigns.queries.newcomers import NewcomerFilter, newcomers
from campaigns.queries.people import matching, matching_count
from campaigns.queries.people_filter import PeopleFilter
from campaigns.transitions import HandMove, hand_refusal
from contacts import acts, bulk
from contacts.bulk import AT_ONCE, Closed, Step
from contacts.models import BulkAction, Contact

TASKS = "campaigns.bulk_tasks"
ENROL = "enrol"
ON_PEOPLE = tuple(acts.PIECES)
COPIED_AT_ONCE = 500  # people copied while a page waits
WORDS = {
    HandMove.RETRY: "Calling again",
    HandMove.SET_PENDING: "Setting to pending",
    HandMove.SET_COMPLETED: "Setting to completed",
    HandMove.EXCLUDE: "Excluding",
    ENROL: "Adding contacts",
    COPY: "Copying contacts",
    "tag": "Adding tags",
    "untag": "Removing tags",
    "hold": "Holding",
    "unhold": "Lifting holds",
}
SUPPRESSED = "This person is on the suppression list."
STICKY = "This person was excluded, and exclusion is sticky in this campaign."
THERE = "This person is on the list already."
DELETED = "The campaign has been deleted."
LEFT = "They had left the other campaign's list before they were copied."
SOURCE_GONE = "The campaign whose contacts were being copied has been deleted. Who is copied stays."
UNDER_WAY = "Another act on this list is under way. Wait until it is done, or cancel it."


class Refused(ValueError):
    """The act is not possible now; `sentence` says why, `code` in one word."""

    def __init__(self, sentence: str, code: str = "not_allowed_now") -> None:
        super().__init__(sentence)
        self.sentence, self.code = sentence, code


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants what."""

    action: str
    user: User | None = None
    actor_name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


def at_once(campaign: Campaign, asked: Asked, ids: Sequence[int], now: datetime) -> Step:
    """Act on these campaign contacts, or enrol these contacts; at most `AT_ONCE` of them. Commits. Raises Refused where
    nobody may be enrolled."""

    def act() -> Step:
        step = _act(campaign.pk, asked, sorted(set(ids))[:AT_ONCE], now)
        if asked.action in ON_PEOPLE:
            _tell(campaign, asked, step.done, {})
        return step

    return again(act)


def enrol_at_once(campaign: Campaign, ids: Sequence[int], now: datetime) -> Step:
    """Put these contacts on the list. Joins the caller's transaction. Raises Refused."""
    return _enrol(campaign.pk, ids, now)


def move_all(campaign: Campaign, asked: Asked, wanted: PeopleFilter, now: datetime) -> Step | CampaignAction:
    """As `move`, but at once where they are few."""
    few = list(matching(campaign, wanted).order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    return at_once(campaign, asked, few, now) if len(few) <= AT_ONCE else move(campaign, asked, wanted, now)


def move(campaign: Campaign, asked: Asked, wanted: PeopleFilter, now: datetime) -> CampaignAction:
    """Act on everybody in the list who matches, by a job. Commits. Raises Refused."""
    if asked.action not in ON_PEOPLE and (refused := hand_refusal(asked.action, campaign.status, "pending")):
        raise Refused(refused)
    total = matching_count(campaign, wanted)
    last = CampaignContact.objects.filter(campaign=campaign).order_by("-pk").values_list("pk", flat=True).first()
    return _begin(campaign, asked, total, last or 0, wanted.as_kept(), now)


def enrol_all(campaign: Campaign, asked: Asked, wanted: NewcomerFilter, now: datetime) -> Step | CampaignAction:
    """As `enrol`, but at once where they are few."""
    few = list(newcomers(campaign, wanted).order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    return at_once(campaign, asked, few, now) if len(few) <= AT_ONCE else enrol(campaign, asked, wanted, now)


def enrol(campaign: Campaign, asked: Asked, wanted: NewcomerFilter, now: datetime) -> CampaignAction:
    """Add everybody of the workspace who matches and is not on the list, by a job. Commits. Raises Refused."""
    if reason := locks.list_locked(campaign):
        raise Refused(reason, "contacts_locked")
    total = newcomers(campaign, wanted).count()
    last = Contact.objects.filter(workspace=campaign.workspace_id).order_by("-pk").values_list("pk", flat=True).first()
    return _begin(campaign, asked, total, last or 0, wanted.as_kept(), now)


def copy_all(source: Campaign, draft: Campaign, asked: Asked, now: datetime) -> CampaignAction | None:
    """The source's people get on the draft's list: at once where they are few, else by a job, which comes back.

    Joins the caller's transaction, which holds the source's row: hence fewer at once than elsewhere.
    """
    everybody = copying.people(source).order_by("pk").values_list("pk", flat=True)
    few = list(everybody[: COPIED_AT_ONCE + 1])
    asked = replace(asked, action=COPY, params={"from": source.pk})
    if len(few) <= COPIED_AT_ONCE:
        _act(draft.pk, asked, few, now)
        return None
    return _begin(draft, asked, everybody.count(), everybody.last() or 0, {}, now)


def _begin(
    campaign: Campaign, asked: Asked, total: int, last: int, filters: Mapping[str, Any], now: datetime
) -> CampaignAction:
    with transaction.atomic():
        claim(campaign, adds=asked.action in (ENROL, COPY))
        begun = bulk.begin(
            campaign.workspace,
            asked.action,
            f"{WORDS[asked.action]}: {campaign.name}",
            total=total,
            tasks=TASKS,
            now=now,
            user=asked.user,
            filters=filters,
            params={**asked.params, "upto": last, "actor_name": asked.actor_name},
        )
        _tell(campaign, asked, total, filters)
        return CampaignAction.objects.create(campaign=campaign, bulk=begun)


def claim(campaign: Campaign, *, adds: bool) -> None:
    """Hold the campaign for a job that is about to begin on its list. Joins the transaction. Raises Refused: one at a
    time, and none that adds people while the list makes room for a file."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if CampaignAction.objects.filter(campaign=campaign, bulk__status=JobStatus.RUNNING).exists():
        raise Refused(UNDER_WAY, "bulk_under_way")
    if adds and (moving := replacing.list_in_motion(campaign)):
        raise Refused(moving, "contacts_moving")


def _tell(campaign: Campaign, asked: Asked, people: int, filters: Mapping[str, Any]) -> None:
    """One line in the audit trail, however many people it is about; each move of a person has its own row anyway."""
    detail: dict[str, object] = {"people": people, "filters": dict(filters), **asked.params}
    by: dict[str, Any] = {"actor": asked.user, "actor_name": asked.actor_name}
    audit.record(campaign.workspace_id, f"campaign.bulk_{asked.action}", campaign, detail=detail, **by)


def run(bulk_id: int, turn: int) -> int:
    """A slice of one such job; how many people."""
    return bulk.run(bulk_id, turn, _find, _piece, lock=hold)


def hold(job: BulkAction) -> Campaign:
    """The campaign whose list the job works on, locked: before the job's own row, as whoever ends a job from a campaign
    does. Raises Closed where it was deleted."""
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(bulk_actions__bulk=job).first()
    if found is None:
        raise Closed(DELETED)
    return found


def _find(job: BulkAction, after: int, size: int) -> Sequence[int]:
    campaign = Campaign.objects.filter(bulk_actions__bulk=job).first()
    if campaign is None:
        raise Closed(DELETED)
    rows: Any
    if job.action == ENROL:
        rows = newcomers(campaign, NewcomerFilter(**job.filters), walk=True)
    elif job.action == COPY:
        rows = copying.people(_source(job.params))
    else:
        rows = matching(campaign, PeopleFilter.kept(job.filters))
    found = rows.filter(pk__gt=after, pk__lte=job.params["upto"]).order_by("pk")
    ids = list(found.values_list("pk", flat=True)[:size])
    if job.action == COPY and not ids:
        _tell_left(job)
    return ids


def _tell_left(job: BulkAction) -> None:
    """Merged people, say: nobody is missing without a word."""
    left = job.total - job.seen
    if left > 0:
        job.skipped = {**job.skipped, LEFT: left}
        BulkAction.objects.filter(pk=job.pk).update(skipped=job.skipped)


def _piece(job: BulkAction, ids: Sequence[int], now: datetime) -> Step:
    campaign = hold(job)
    asked = Asked(job.action, job.created_by, job.params["actor_name"], job.params)
    if job.action in set(HandMove) and (refused := hand_refusal(job.action, campaign.status, "pending")):
        raise Closed(refused)
    try:
        return _act(campaign.pk, asked, ids, now)
    except Refused as refusal:
        raise Closed(refusal.sentence) from None


def _source(params: Mapping[str, Any]) -> Campaign:
    """The campaign that is copied. Raises Closed where it has been deleted meanwhile."""
    found = Campaign.objects.filter(pk=params["from"]).first()
    if found is None:
        raise Closed(SOURCE_GONE)
    return found


def _act(campaign_id: int, asked: Asked, ids: Sequence[int], now: datetime) -> Step:
    if asked.action == ENROL:
        return _enrol(campaign_id, ids, now)
    if asked.action == COPY:
        return _put(_open(campaign_id), copying.enrolments(_source(asked.params), ids), now)
    if asked.action in ON_PEOPLE:
        return _on_people(campaign_id, asked, ids, now)
    moved = audience.move_piece(campaign_id, ids, asked.action, now=now, actor_name=asked.actor_name)
    return Step(moved.done, moved.skipped)


def _enrol(campaign_id: int, ids: Sequence[int], now: datetime) -> Step:
    held = _open(campaign_id)
    ours = set(Contact.objects.filter(workspace=held.workspace_id, pk__in=ids).values_list("pk", flat=True))
    return _put(held, [audience.Enrolment(pk) for pk in ids if pk in ours], now)


def _open(campaign_id: int) -> Campaign:
    """The campaign, locked. The list's lock is asked under the campaign's row: Start may have won. Raises Refused."""
    held = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
    if reason := locks.list_locked(held):
        raise Refused(reason, "contacts_locked")
    return held


def _put(held: Campaign, people: Sequence[audience.Enrolment], now: datetime) -> Step:
    made = audience.enrol(held, people, now)
    skipped = Counter({SUPPRESSED: made.suppressed, STICKY: made.excluded, THERE: made.unchanged})
    return Step(made.added + made.updated, +skipped)


def _on_people(campaign_id: int, asked: Asked, ids: Sequence[int], now: datetime) -> Step:
    members = CampaignContact.objects.filter(campaign=campaign_id, pk__in=ids)
    return acts.PIECES[asked.action](sorted(members.values_list("contact", flat=True)), asked.params, now)
