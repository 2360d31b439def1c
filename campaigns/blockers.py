"""Why was this person not called? One blocker a person, with the moment at which they will be eligible next."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from campaigns import dispatch, policies
from campaigns.choices import CampaignStatus, ContactStatus, Rank
from campaigns.dialing import bars, caps, pacing, window
from campaigns.dialing.values import Caps, Hours
from campaigns.dispatch import Reason
from campaigns.models import Call, Campaign, CampaignContact, CampaignRun
from campaigns.reasons import reason_in_words
from contacts import suppression

WAITING = (ContactStatus.PENDING, ContactStatus.RETRY)


def blockers(
    campaign: Campaign, people: Sequence[CampaignContact], now: datetime, suppressed: Collection[str] | None = None
) -> dict[int, Reason]:
    """Why each of these people of one campaign is not being called at `now`, by the id of the campaign contact.

    `contact` and `hours_key` must be loaded. The number of queries does not depend on how many people there are.
    `suppressed`: those of their numbers that are on the suppression list, where the caller has asked already.
    """
    judge = _Judge(campaign, people, now, suppressed)
    return {row.pk: judge.reason(row) for row in people}


class _Judge:
    def __init__(
        self,
        campaign: Campaign,
        people: Sequence[CampaignContact],
        now: datetime,
        suppressed: Collection[str] | None,
    ) -> None:
        self.campaign, self.now = campaign, now
        self.running = campaign.status == CampaignStatus.RUNNING
        waiting = [row for row in people if row.status in WAITING]
        phones = [row.contact.phone_number for row in waiting]
        self.barred = suppression.listed(campaign.workspace_id, phones) if suppressed is None else suppressed
        if waiting and self.running:  # else nothing of this is told
            self._look(waiting, phones)

    def _look(self, waiting: Sequence[CampaignContact], phones: Sequence[str]) -> None:
        self.bad_window: Reason | None = None
        try:
            self.policy = policies.policy(self.campaign)
        except window.InvalidWindow as problem:
            self.bad_window = dispatch.bad_window(problem)
        self.day = self._day()
        self.in_call = self._in_call(waiting)
        self.caps = policies.caps(self.campaign.workspace)
        self.launched = self._launched(phones)
        self._held: list[Reason | None] = []

    def reason(self, row: CampaignContact) -> Reason:
        if row.status == ContactStatus.DIALING:
            return Reason("dialing", "Is being called right now.")
        if row.status == ContactStatus.CALLED:
            return Reason("awaiting_verdict", "Was reached; the verdict is awaited.")
        if row.status not in WAITING:
            return Reason(
                row.status, f"{row.get_status_display()}: {reason_in_words(row.reason) or 'no reason given'}."
            )
        if row.contact.phone_number in self.barred:
            return Reason("suppressed", "Is on the suppression list: nobody calls this number.")
        if not self.running:
            return dispatch.not_running(self.campaign)
        if self.bad_window is not None:
            return self.bad_window
        return self._barred(row) or self._not_due(row) or self._at_this_hour(row) or self._in_turn(row)

    def _barred(self, row: CampaignContact) -> Reason | None:
        """What keeps this person from being called in any campaign."""
        held = row.contact.held_until
        if held is not None and held > self.now:
            why = f": {row.contact.held_reason}" if row.contact.held_reason else ""
            return Reason("held", f"This person is held{why}.", {}, self._opening(row, held))
        free = caps.free_at(self.caps, self.launched[row.contact.phone_number], self.now)
        if free > self.now:
            never = free > self.now + caps.WEEK  # a cap of 0
            return Reason("capped", self._cap_in_words(row), {}, None if never else self._opening(row, free))
        return None

    def _not_due(self, row: CampaignContact) -> Reason | None:
        due = row.next_attempt_at or (row.due_at if row.look_at else None)
        if due is None:
            if row.reason == "after_primary":
                return Reason("after_primary", "Is called after the primary contact, if nobody is reached there.")
            return Reason("not_due", "Has no due time: this run calls this person no more.")
        if due <= self.now:
            return None
        opens = self._opening(row, due)
        if row.rank == Rank.CALLBACK:
            return Reason("callback_later", "Asked to be called back later.", {"due": due.isoformat()}, opens)
        return Reason("retry_later", "The next attempt is not due yet.", {"due": due.isoformat()}, opens)

    def _at_this_hour(self, row: CampaignContact) -> Reason | None:
        hours = policies.hours(row.hours_key)
        if self._place_unknown(hours):
            return Reason("zone_unknown", "Country and time zone are not known: set them at the contact.")
        if window.is_open(self.policy, hours, self.now, self.day):
            return None
        opens = self._opening(row, self.now)
        if opens is None and self.day is not None:
            return Reason("window_closed", "The window of this single day is over.")
        if opens is None:
            return Reason("never_open", "There is no allowed moment for this person in the next 14 days.")
        if window.is_open(replace(self.policy, safe=None), hours, self.now, self.day):
            return Reason("safe_hours", "It is outside the safe hours where this person lives.", {}, opens)
        return Reason("window_closed", "The call window is closed.", {}, opens)

    def _in_turn(self, row: CampaignContact) -> Reason:
        if row.contact_id in self.in_call:
            return Reason("in_call", "Is in another call right now.")
        held = self._campaign_held()
        if held is not None:
            return replace(held, until=self._opening(row, held.until)) if held.until else held
        return Reason("in_turn", "Is due; those before in the list go first.", {}, self.now + timedelta(seconds=1))

    # ── what is asked once for all ──

    def _day(self) -> date | None:
        runs = CampaignRun.objects.filter(campaign=self.campaign, run=self.campaign.run).select_related("campaign")
        run = runs.first()
        return run.only_day if run else None

    def _in_call(self, people: Sequence[CampaignContact]) -> set[int | None]:
        live = Call.objects.filter(contact__in=[row.contact_id for row in people], ended_at__isnull=True)
        return set(live.order_by().values_list("contact", flat=True))

    def _launched(self, phones: Sequence[str]) -> Mapping[str, Sequence[datetime]]:
        """The launches of the last seven days that count towards the caps, oldest first."""
        if self.caps == Caps():
            return defaultdict(list)
        return bars.launched(self.campaign.workspace_id, phones, self.now)

    def _campaign_held(self) -> Reason | None:
        """What keeps the campaign from calling anybody of those who are due."""
        if not self._held:
            wait = dispatch.held_by(self.campaign, self.now)
            binds = wait is not None and wait.reason not in (pacing.NO_DUE_CONTACT, pacing.MORE)
            self._held.append(dispatch.sentence(self.campaign, wait, self.now) if wait and binds else None)
        return self._held[0]

    def _opening(self, row: CampaignContact, after: datetime) -> datetime | None:
        at = max(after, self.now)
        return window.next_opening(self.policy, policies.hours(row.hours_key), at, day=self.day)

    def _place_unknown(self, hours: Hours) -> bool:
        if self.policy.contact_local and not hours.zones and not hours.country:
            return True
        return self.policy.safe is not None and not hours.country

    def _cap_in_words(self, row: CampaignContact) -> str:
        launched = self.launched[row.contact.phone_number]
        today = sum(1 for at in launched if at > self.now - caps.DAY)
        limits = [f"{today} of {self.caps.day} in 24 hours"] if self.caps.day is not None else []
        limits += [f"{len(launched)} of {self.caps.week} in 7 days"] if self.caps.week is not None else []
        return f"Was called as often as the workspace allows: {', '.join(limits)}."
