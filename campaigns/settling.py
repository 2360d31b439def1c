"""What becomes of a file's people in campaigns: they get on its list, and who is in another one is counted."""

from collections.abc import Sequence
from datetime import datetime

from accounts.statements import among, select
from campaigns import audience
from campaigns.choices import ACTIVE_STATUSES, ENDED_STATUSES, OPEN_STATUSES
from campaigns.models import CampaignUpload
from contacts.importing.load import Closed, Loaded, Settled
from contacts.models import Upload


def settle(upload: Upload, loaded: Sequence[Loaded], now: datetime) -> Settled:
    """Enrol a piece's people in the campaign of the file, within the piece's transaction.

    Raises Closed when the campaign is over or gone.
    """
    link = CampaignUpload.objects.select_related("campaign").filter(upload=upload).first()
    if link is None:
        raise Closed("The campaign of this file was deleted.")
    campaign = link.campaign
    if campaign.archived_at or campaign.state in ENDED_STATUSES:
        raise Closed(f"The campaign ended before the whole file was loaded: it is {campaign.state.label.lower()}.")
    words = audience.put(campaign, loaded, now, link)
    found = {one.contact_id: word for one in loaded if (word := _word(words[one.contact_id], one.word)) != one.word}
    return Settled(found, elsewhere(loaded, campaign.pk))


def look_elsewhere(upload: Upload, loaded: Sequence[Loaded], now: datetime) -> Settled:
    """For files of no campaign: nobody is enrolled."""
    return Settled(elsewhere=elsewhere(loaded))


def elsewhere(loaded: Sequence[Loaded], campaign_id: int = 0) -> int:
    """How many of these people may still be called by a live campaign other than this one."""
    known = [one.contact_id for one in loaded if not one.is_new]
    if not known:
        return 0
    statement = f"""SELECT COUNT(DISTINCT cc.contact_id) FROM campaigns_campaigncontact cc
        JOIN campaigns_campaign c ON c.id = cc.campaign_id
        WHERE {among("cc.contact_id", "known")} AND cc.campaign_id <> %(campaign)s
        AND {among("c.status", "live")} AND {among("cc.status", "waiting")}"""  # noqa: S608 - no value is pasted in
    states = {"live": [*map(str, ACTIVE_STATUSES)], "waiting": [*map(str, OPEN_STATUSES)]}
    return int(select(statement, {"known": known, "campaign": campaign_id, **states})[0][0])


def _word(here: str, everywhere: str) -> str:
    """A person known to this list, whose name or number's place the file changed, is updated; one that stays
    excluded is unchanged."""
    known = here in ("unchanged", "excluded")
    return ("updated" if everywhere == "updated" else "unchanged") if known else here
