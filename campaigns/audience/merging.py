"""Two contacts become one: their places in campaigns do, too, and nobody is called a second time because of it."""

from collections.abc import Sequence
from datetime import datetime

from campaigns import tallies
from campaigns.audience.moves import cancel_callbacks, finish, replace_verdicts, tell
from campaigns.choices import WAITING_STATUSES, ContactStatus, Rank
from campaigns.models import Call, Callback, Campaign, CampaignContact, ContactMove, ListChange

MERGED = "merged"
_SETTLED = (ContactStatus.COMPLETED, ContactStatus.EXCLUDED)


def join(kept_id: int, gone_id: int, rows: Sequence[CampaignContact], now: datetime) -> list[int]:
    """These are all campaign contacts of both people, locked, none being dialed. Afterwards all are of the first.

    On a list that both are on, the one with more calls stays and takes over the other's calls, goal results and
    callbacks. Comes back with those that only the second had. Joins the transaction.
    """
    by_campaign: dict[int, list[CampaignContact]] = {}
    for row in rows:
        by_campaign.setdefault(row.campaign_id, []).append(row)
    told, brought = [], []
    for campaign_id, places in sorted(by_campaign.items()):
        # More calls first; then who was reached or excluded; then the person who stays.
        places.sort(key=lambda row: (-row.sequence, row.status not in _SETTLED, row.contact_id != kept_id))
        stays, *goes = places
        if goes:
            _absorb(Campaign.objects.get(pk=campaign_id), stays, goes[0], now)
        if goes or stays.contact_id != kept_id:
            stays.contact_id = kept_id
            stays.save()
            told.append(stays)
            brought += [] if goes else [stays.pk]
    tell(told, MERGED, now)
    Call.objects.filter(contact=gone_id).update(contact=kept_id)
    return brought


def _absorb(campaign: Campaign, stays: CampaignContact, goes: CampaignContact, now: datetime) -> None:
    if goes.status == ContactStatus.CALLED and stays.status not in (*WAITING_STATUSES, ContactStatus.CALLED):
        replace_verdicts([goes.pk], now)  # nothing hangs on it any more
    _meet_in_one_run(stays, goes)
    _take_calls(campaign, stays, goes)
    goes.goal_results.update(campaign_contact=stays)
    pending = Callback.objects.filter(campaign_contact=goes, done_at__isnull=True)
    if stays.status in (*_SETTLED, ContactStatus.CALLED) or stays.asked_callbacks.filter(done_at=None).exists():
        pending.update(status="cancelled", done_at=now)
    elif stays.status in WAITING_STATUSES and goes.rank == Rank.CALLBACK:
        stays.status, stays.reason, stays.rank = goes.status, goes.reason, goes.rank
        stays.next_attempt_at, stays.due_at, stays.look_at = goes.next_attempt_at, goes.due_at, goes.look_at
    else:
        pending.update(status="cancelled", done_at=now)
    Callback.objects.filter(campaign_contact=goes).update(campaign_contact=stays)
    ContactMove.objects.filter(campaign_contact=goes).update(campaign_contact=stays)
    known = ListChange.objects.filter(campaign_contact=stays).values("link")
    ListChange.objects.filter(campaign_contact=goes).exclude(link__in=known).update(campaign_contact=stays)
    _take_standing(campaign, stays, goes)
    if stays.status not in WAITING_STATUSES:
        cancel_callbacks([stays.pk], now)
    _take_variables(stays, goes)
    goes.delete()


def _meet_in_one_run(stays: CampaignContact, goes: CampaignContact) -> None:
    """Both as of the later of their runs: what an earlier one counted counts no more. Those of the draft are of the
    first."""
    latest = max(stays.run, goes.run, 1)
    for row in (stays, goes):
        if max(row.run, 1) < latest:
            row.attempts = row.attempt_number = row.voicemails = row.callbacks = 0
        row.run = latest


def _take_calls(campaign: Campaign, stays: CampaignContact, goes: CampaignContact) -> None:
    """The calls of both are one row of attempts, renumbered in the tallies, too. Those taken over come last, but for
    those of somebody whose verdict is awaited: it is given for the last call."""
    awaited = stays.status == ContactStatus.CALLED and goes.status != ContactStatus.CALLED
    before, after = (goes, stays) if awaited else (stays, goes)
    calls = Call.objects.filter(campaign_contact__in=[stays.pk, goes.pk]).order_by("id")
    ids = list(calls.select_for_update(of=("self",)).values_list("pk", flat=True))
    # The highest number first: none is ever given twice.
    later = list(Call.objects.filter(pk__in=ids, campaign_contact=after).order_by("-sequence", "-id"))
    ended = [call for call in later if call.ended_at is not None]
    tallies.take_back(ended)
    last: dict[int, int] = {}
    numbered = Call.objects.filter(pk__in=ids, campaign_contact=before, attempt__isnull=False)
    for run, attempt in numbered.values_list("run", "attempt"):
        last[run] = max(last.get(run, 0), attempt or 0)
    for call in later:
        call.campaign_contact = stays
        if call.sequence is not None:
            call.sequence += before.sequence
        if call.attempt is not None:
            call.attempt += last.get(call.run, 0)
        call.save(update_fields=["campaign_contact", "sequence", "attempt"])
    Call.objects.filter(pk__in=ids, campaign_contact=goes).update(campaign_contact=stays)
    tallies.move(ended)
    stays.attempt_number += goes.attempt_number
    stays.sequence += goes.sequence


def _take_standing(campaign: Campaign, stays: CampaignContact, goes: CampaignContact) -> None:
    """Attempts count together. Who was reached or excluded at one number is not called at the other."""
    stays.attempts += goes.attempts
    stays.voicemails += goes.voicemails
    stays.callbacks += goes.callbacks
    if stays.status not in WAITING_STATUSES:
        return
    if goes.status in (*_SETTLED, ContactStatus.CALLED):
        finish(stays, goes.status, goes.reason)  # of a call whose verdict is awaited, that verdict decides
    elif stays.attempts >= campaign.max_attempts and stays.rank != Rank.CALLBACK:
        finish(stays, ContactStatus.FAILED, "max_attempts")


def _take_variables(stays: CampaignContact, goes: CampaignContact) -> None:
    if hasattr(stays, "detail") and hasattr(goes, "detail"):
        stays.detail.variables = {**goes.detail.variables, **stays.detail.variables}
        stays.detail.save(update_fields=["variables"])
