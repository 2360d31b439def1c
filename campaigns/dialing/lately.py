"""Whether calls are made just now, in all of the installation: big work gives way to them (accounts.pace)."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from campaigns.choices import CampaignStatus
from campaigns.lease import clock
from campaigns.models import Call, CampaignRun
from telephony.models import Carrier

LATELY = timedelta(seconds=5)


def calls_are_made() -> bool:
    """Whether any carrier had a call within the last seconds, or a campaign was started or resumed: its first calls
    are about to leave. A campaign whose people may not be called at this hour makes none. A few short queries."""
    since = clock() - LATELY
    calls = Call.objects.filter(carrier=OuterRef("pk"), launched_at__gt=since)  # reader of call_by_carrier
    if Carrier.objects.filter(Exists(calls)).exists():
        return True
    running = CampaignRun.objects.filter(campaign__status=CampaignStatus.RUNNING, campaign__run=F("run"))
    return running.filter(Q(started_at__gt=since) | Q(resumed_at__gt=since)).exists()
