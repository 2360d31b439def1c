"""The latest audit of a campaign: its real run, read from rows, against the rules. The only writer of `Audit`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django_q.tasks import async_task

from accounts import statements
from campaigns import tracing
from campaigns.audit import OMISSION, VIOLATION, Finding
from campaigns.audit.judge import Judge
from campaigns.choices import ENDED_STATUSES
from campaigns.models import Audit, Call, Campaign

SLACK = timedelta(minutes=6)  # carriers rest up to five minutes after a refusal, which no row keeps
SENTENCES = 100


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found; omissions are told, and are no violations."""

    launches: int
    findings: list[Finding]
    unjudged: list[str] = field(default_factory=list)  # what no row keeps, as phrases

    @property
    def violations(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind == VIOLATION]

    @property
    def omissions(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind == OMISSION]

    @property
    def sentence(self) -> str:
        """0 violations in 41,322 launches"""
        count = len(self.violations)
        return f"{count:,} violation{'' if count == 1 else 's'} in {self.launches:,} launches"


def check(campaign: Campaign, now: datetime, achieved: tracing.Achieved, slack: timedelta = SLACK) -> Audited:
    """Audit a campaign's calls until now. Reads only."""
    with statements.one_moment():
        campaign.refresh_from_db(fields=["status", "status_at"])
        traced = tracing.trace(campaign, now, achieved)
        judge = Judge(traced.scenario, real=True, slack=slack)
        findings = judge.run(traced.lines)
    return Audited(judge.launches, findings, traced.unjudged)


def keep(campaign: Campaign, audited: Audited, now: datetime) -> Audit:
    """Write down the latest audit of a campaign. Commits."""
    sentences = [finding.sentence for finding in audited.violations[:SENTENCES]]
    row, _ = Audit.objects.update_or_create(
        campaign=campaign,
        defaults={
            "at": now,
            "launches": audited.launches,
            "violations": len(audited.violations),
            "sentences": sentences,
            "unjudged": audited.unjudged,
        },
    )
    return row


def ask(campaign: Campaign) -> None:
    """Have a campaign audited in the background."""
    async_task("campaigns.tasks.audit_campaign", campaign.pk, cluster="work", task_name=f"audit {campaign.pk}")


def due(now: datetime, limit: int = 20) -> list[Campaign]:
    """Campaigns that have ended, with calls and every verdict, since they were audited last."""
    ended = Campaign.objects.filter(status__in=ENDED_STATUSES, status_at__gte=now - timedelta(days=2))
    found = []
    for campaign in ended.select_related("agent", "workspace", "audit").order_by("status_at"):
        kept = getattr(campaign, "audit", None)
        if kept is not None and campaign.status_at is not None and kept.at >= campaign.status_at:
            continue
        calls = Call.objects.filter(campaign=campaign)
        if calls.exists() and not calls.filter(concluded_at__isnull=True).exists():
            found.append(campaign)
        if len(found) == limit:
            break
    return found


def audit(campaign: Campaign, now: datetime, achieved: Callable[[Campaign], Iterable[int]]) -> Audit:
    """Check a campaign and keep what was found."""
    return keep(campaign, check(campaign, now, achieved), now)
