"""Secondary contacts: whoever of a family is next is due, the others wait, and who is not needed any more is excluded.

A family is a primary contact with those whose `primary` it is, all in one campaign. The rule is `dialing.family.turn`;
here it is asked whenever somebody of a family has changed, in the same transaction, with the campaign locked. Campaigns
that do not call secondaries after their primary pay nothing for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campaigns.audience.moves import finish, replace_verdicts, tell, write
from campaigns.choices import CampaignStatus, ContactStatus, SecondaryContacts
from campaigns.dialing.family import Member, Turn, turn
from campaigns.models import Campaign, CampaignContact, CampaignRun, CampaignTransition
from contacts.models import Contact

AFTER_PRIMARY = "after_primary"  # the reason of those who wait, and of those whose turn has come
NOT_NEEDED = "not_needed"
BY_HAND = "by_hand"
PIECE = 500  # families


def campaigns(rows: "QuerySet[Campaign]") -> dict[int, Campaign]:
    """Those of these campaigns that call secondaries after their primary, locked: do so before any of their contacts is
    locked."""
    found = rows.filter(secondary_contacts=SecondaryContacts.AFTER_PRIMARY)
    return {campaign.pk: campaign for campaign in found.order_by("id").select_for_update(no_key=True)}


def follow(campaign: Campaign, contacts: Iterable[int], now: datetime) -> None:
    """These contacts of the campaign have changed: their families take the turn that follows."""
    changed = set(contacts)
    _turns(campaign, _heads(campaign, changed), now, changed)


def line_up(campaign: Campaign, now: datetime) -> None:
    """Every family of the campaign takes its place: at Start, Resume and Restart."""
    release(campaign, now)
    if campaign.secondary_contacts != SecondaryContacts.AFTER_PRIMARY:
        return
    people = CampaignContact.objects.filter(campaign=campaign, contact__primary__isnull=False)
    heads = sorted({head for head in people.order_by().values_list("contact__primary", flat=True) if head})
    for start in range(0, len(heads), PIECE):
        _turns(campaign, set(heads[start : start + PIECE]), now, set())


def regroup(contacts: Sequence[int], now: datetime) -> None:
    """Whose secondaries these contacts are may have changed: in each campaign their families take their turn."""
    concerned = CampaignContact.objects.filter(contact__in=contacts).values("campaign")
    for campaign in campaigns(Campaign.objects.filter(pk__in=concerned)).values():
        _turns(campaign, _heads(campaign, contacts), now, set())


def release(campaign: Campaign, now: datetime) -> int:
    """Who waits for a primary that is not in the campaign any more, or for whom the setting was switched off, becomes
    an ordinary contact; how many."""
    rows = CampaignContact.objects.filter(
        campaign=campaign, status=ContactStatus.PENDING, reason=AFTER_PRIMARY, next_attempt_at=None, look_at=None
    )
    if campaign.secondary_contacts == SecondaryContacts.AFTER_PRIMARY:
        primary = CampaignContact.objects.filter(campaign=campaign, contact=OuterRef("contact__primary"))
        rows = rows.filter(~Exists(primary))
    people = list(rows.order_by("id").select_for_update(of=("self",)))
    if people:
        run = CampaignRun.objects.filter(campaign=campaign, run=campaign.run).first()
        for row in people:
            row.reason = ""
            row.next_attempt_at = max(row.added_at, run.started_at) if run and run.run > 1 else row.added_at
        write(people)
        tell(people, AFTER_PRIMARY, now)
    return len(people)


def _heads(campaign: Campaign, contacts: Iterable[int]) -> set[int]:
    """The primaries of these contacts' families; nobody where the campaign does not call secondaries after them."""
    if campaign.secondary_contacts != SecondaryContacts.AFTER_PRIMARY:
        return set()
    people = Contact.objects.filter(pk__in=list(contacts))
    return set(people.annotate(head=Coalesce("primary_id", "id")).values_list("head", flat=True))


def _turns(campaign: Campaign, heads: set[int], now: datetime, moved: set[int]) -> None:
    """The turns of the families of these primary contacts; `moved`: the contacts who have just changed."""
    if not heads:
        return
    members = Contact.objects.filter(Q(pk__in=heads) | Q(primary__in=heads)).values_list("pk", flat=True)
    found = CampaignContact.objects.filter(campaign=campaign, contact__in=list(members)).annotate(
        of=F("contact__primary")
    )
    families: dict[int, list[CampaignContact]] = defaultdict(list)
    for row in found.order_by("id").select_for_update(of=("self",)):
        families[row.contact_id if row.contact_id in heads else row.of].append(row)
    dials = _dials(campaign)
    several = [rows for rows in families.values() if len(rows) > 1]
    achieved = _achieved([row.pk for rows in several for row in rows])
    changed: dict[str, list[CampaignContact]] = {AFTER_PRIMARY: [], NOT_NEEDED: [], "": []}
    for head, rows in families.items():
        primary = next((row for row in rows if row.contact_id == head), None)
        if primary is not None and len(rows) > 1:
            ordered = [primary, *(row for row in rows if row is not primary)]
            just = {row.pk for row in ordered if row.contact_id in moved}
            given = turn([_member(row, campaign.run, achieved) for row in ordered], just)
            _take(ordered, given, now if dials else None, changed)
    write([row for rows in changed.values() for row in rows])
    replace_verdicts([row.pk for row in changed[NOT_NEEDED]], now)
    for action in (NOT_NEEDED, AFTER_PRIMARY):
        tell(changed[action], action, now)


def _member(row: CampaignContact, run: int, achieved: set[int]) -> Member:
    """What an earlier run brought ends nothing in this one: the restart revived the others of the family."""
    by_hand = row.status == ContactStatus.RETRY and row.reason == BY_HAND
    if max(row.run, 1) == max(run, 1):
        return Member(row.pk, row.status, row.pk in achieved, by_hand)
    status = ContactStatus.FAILED if row.status == ContactStatus.COMPLETED else row.status
    return Member(row.pk, status, by_hand=by_hand)


def _dials(campaign: Campaign) -> bool:
    """Whether the present run of the campaign dials, or has: before, nobody's turn has come."""
    if campaign.status != CampaignStatus.PAUSED:
        return campaign.status == CampaignStatus.RUNNING
    began = CampaignRun.objects.filter(campaign=campaign, run=campaign.run).values("started_at")
    ran = CampaignTransition.objects.filter(campaign=campaign, to_status=CampaignStatus.RUNNING)
    return ran.filter(at__gte=Subquery(began)).exists()


def _take(
    rows: Sequence[CampaignContact], given: Turn, now: datetime | None, changed: dict[str, list[CampaignContact]]
) -> None:
    """One family's turn, into its rows; those that changed go to `changed` by what is told of them. Nobody becomes due
    without `now`."""
    for row in rows:
        placed = row.next_attempt_at is not None or row.look_at is not None
        if row.pk in given.not_needed:
            finish(row, ContactStatus.EXCLUDED, NOT_NEEDED)
            changed[NOT_NEEDED].append(row)
        elif row.pk == given.next and not placed and now is not None:
            row.next_attempt_at, row.reason = now, AFTER_PRIMARY
            changed[AFTER_PRIMARY].append(row)
        elif row.pk in given.later and (placed or row.reason != AFTER_PRIMARY):
            row.next_attempt_at = row.due_at = row.look_at = None
            row.reason = AFTER_PRIMARY
            changed[""].append(row)


def _achieved(ids: Sequence[int]) -> set[int]:
    """Those who achieved the primary goal in any conversation."""
    if not ids:
        return set()
    rows = CampaignContact.objects.filter(
        pk__in=ids,
        goal_results__result=0,
        goal_results__goal__kind="primary",
        goal_results__goal__archived_at__isnull=True,
    )
    return set(rows.values_list("pk", flat=True))
