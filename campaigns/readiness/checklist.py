"""The five rows that are always there."""

from collections.abc import Iterator

from accounts.figures import thousands
from campaigns.models import Campaign
from campaigns.readiness.facts import Facts, unusable
from campaigns.readiness.row import BLOCKED, PASSED, WARNING, Row
from campaigns.wording import listed, many, minutes, weekdays
from contacts.models import UploadStatus


def rows(facts: Facts) -> Iterator[Row]:
    yield Row("agent", "Agent", PASSED, f"{facts.campaign.agent.name} holds the conversations.", "basics")
    yield _numbers(facts)
    yield _contacts(facts)
    yield _window(facts)
    yield _retries(facts)


def _numbers(facts: Facts) -> Row:
    def row(state: str, sentence: str) -> Row:
        return Row("numbers", "Numbers", state, sentence, "pool")

    if not facts.pool:
        return row(BLOCKED, "No number to call from is chosen. Choose at least one.")
    if facts.usable:
        return row(PASSED, f"{thousands(len(facts.usable))} of {many(len(facts.pool), 'number')} can be called from.")
    reasons: dict[str, int] = {}
    for entry in facts.pool:
        reason = unusable(entry, facts.campaign)
        reasons[reason] = reasons.get(reason, 0) + 1
    why = listed([f"{thousands(count)} {reason}" for reason, count in reasons.items()])
    return row(BLOCKED, f"None of the chosen numbers can be called from: {why}. Choose or enable another.")


def _contacts(facts: Facts) -> Row:
    def row(state: str, sentence: str) -> Row:
        return Row("contacts", "Contacts", state, sentence, "upload")

    if facts.in_motion:
        return row(BLOCKED, facts.in_motion)
    running, cut_short = facts.additions.running, facts.additions.cut_short
    if running and not facts.campaign.always_on:
        done = f"{thousands(running.seen)} of {thousands(running.total)}"
        return row(BLOCKED, f"People are still being added: {done}. Wait until all are there, or cancel it.")
    if cut_short and facts.contacts and not facts.uploads:
        done = f"{thousands(cut_short.seen)} of {thousands(cut_short.total)}"
        return row(WARNING, f"Only {done} people were copied. {cut_short.problem or 'The copy was cancelled.'}")
    so_far = f"{many(facts.contacts, 'campaign contact')} so far"
    latest = facts.uploads[0] if facts.uploads else None
    if facts.staged:
        return row(PASSED, f"{so_far}, {thousands(facts.staged)} staged.")
    if any(upload.status == UploadStatus.LOADING for upload in facts.uploads):
        return row(PASSED, f"{so_far}; the file is still being loaded.")
    if facts.contacts:
        return row(PASSED, f"{many(facts.contacts, 'campaign contact')}.")
    if facts.campaign.always_on:
        return row(PASSED, "None yet. The campaign is always-on: contacts may follow.")
    if latest and latest.status == UploadStatus.STAGING:
        return row(BLOCKED, f"{latest.file_name} is still being read. Wait a moment.")
    if latest and latest.status == UploadStatus.FAILED:
        return row(BLOCKED, f"{latest.file_name} could not be used: {latest.problem or 'it holds no usable row.'}")
    return row(BLOCKED, "The list is empty. Upload a contact file.")


def _window(facts: Facts) -> Row:
    if facts.window_problem:
        return Row("window", "Call window", BLOCKED, facts.window_problem, "dialer")
    campaign = facts.campaign
    zone = "each contact's own time" if campaign.contact_local_time else campaign.zone
    if campaign.schedule is not None:
        return Row("window", "Call window", PASSED, f"The schedule “{campaign.schedule.name}”, {zone}.", "dialer")
    span = f"{campaign.window_start}–{campaign.window_end}"
    return Row("window", "Call window", PASSED, f"{weekdays(campaign.window_days)}, {span}, {zone}.", "dialer")


def _retries(facts: Facts) -> Row:
    def row(state: str, sentence: str) -> Row:
        return Row("retries", "Retry policy", state, sentence, "dialer")

    campaign = facts.campaign
    if not 1 <= campaign.max_attempts <= 11 or not 1 <= campaign.retry_delay_minutes <= 43_200:
        return row(BLOCKED, "Attempts are 1 to 11, the delay between them 1 minute to 30 days. Correct the retries.")
    if campaign.max_attempts == 1:
        return row(PASSED, "One attempt, no retries.")
    attempts = f"Up to {campaign.max_attempts} attempts"
    reasons = _retried_on(campaign)
    if not reasons:
        return row(WARNING, f"{attempts} are allowed, but nothing is ticked to be retried: nobody is called twice.")
    return row(PASSED, f"{attempts}, {minutes(campaign.retry_delay_minutes)} apart, on {listed(reasons)}.")


def _retried_on(campaign: Campaign) -> list[str]:
    return [
        *(["RNR" if word == "rnr" else word.replace("_", " ") for word in campaign.retry_on]),
        *(["short connects"] if campaign.redial_short_connect else []),
        *(["a missed goal"] if campaign.goal_based_retry else []),
        *([many(len(campaign.retry_dispositions), "disposition")] if campaign.retry_dispositions else []),
    ]
