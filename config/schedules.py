"""The whole clock on one page: what django-q2 runs by itself, how often, and on which cluster.

Its scheduler looks every half minute and knows no seconds: nothing here times a call. Everything here only sees to it
that work which is a row somewhere has somebody who does it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is its identity; `task` a dotted path."""

    name: str
    task: str
    minutes: int
    cluster: str


CLOCK = (
    # Every dial slot has a runner; a runner's own successor is queued by itself, so this mends what was lost.
    Entry("dialers", "campaigns.tasks.ensure_runners", minutes=1, cluster="work"),
    # A campaign that has ended has its calls checked against the rules.
    Entry("audits", "campaigns.tasks.audit_ended", minutes=5, cluster="work"),
    # Exports whose worker was killed go back to the queue; files and answers whose time is over are removed.
    Entry("exports", "analytics.tasks.tend_exports", minutes=1, cluster="work"),
    # Uploads whose worker was killed go back to the queue.
    Entry("uploads", "contacts.tasks.tend_uploads", minutes=1, cluster="work"),
    # And so do acts on many people: tags, holds, moves by hand, adding to a campaign.
    Entry("acts", "campaigns.act_tasks.tend_acts", minutes=1, cluster="work"),
    # Answers that programs and intakes got are kept for a day.
    Entry("answers", "accounts.tasks.forget_answers", minutes=10, cluster="work"),
)


def ensure(now: datetime | None = None) -> int:
    """Make the table of schedules say what CLOCK says; how many entries. Called after every migrate; idempotent.

    An entry that is there keeps the time at which it is next due.
    """
    from django_q.models import Schedule  # the ground is read before the apps are loaded

    now = now or timezone.now()
    with transaction.atomic():
        Schedule.objects.exclude(name__in=[entry.name for entry in CLOCK]).delete()
        for entry in CLOCK:
            columns = {
                "func": entry.task,
                "schedule_type": Schedule.MINUTES,
                "minutes": entry.minutes,
                "cluster": entry.cluster,
                "repeats": -1,
            }
            Schedule.objects.update_or_create(
                name=entry.name, defaults=columns, create_defaults={**columns, "next_run": now}
            )
    return len(CLOCK)
