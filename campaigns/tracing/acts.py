"""What people did, as a scenario's actions: to campaigns, contacts, numbers, and with suppressions and holds."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import AuditEvent
from campaigns.dialing.trace import moment
from campaigns.models import Campaign, CampaignContact, CampaignTransition, ContactMove
from campaigns.tracing.history import Given, trail
from campaigns.tracing.lines import CHUNK
from campaigns.tracing.numbers import Numbers
from contacts.models import Contact, Suppression
from telephony.models import Number, SpamScore

HANDS = ("retry", "set_pending", "set_completed", "exclude")


def of_campaign(campaign: Campaign, numbers: Numbers) -> list[Given]:
    """What was done to the campaign, to people in it, and to single numbers of its pool."""
    ref = str(campaign.pk)
    made: list[Given] = [
        {"at": moment(move.at), "campaign": ref, "action": move.action}
        for move in CampaignTransition.objects.filter(campaign=campaign).order_by("id")
    ]
    moves = ContactMove.objects.filter(campaign_contact__campaign=campaign, action__in=(*HANDS, "added"))
    fields = "at", "action", "campaign_contact", "campaign_contact__contact__phone_number"
    for at, action, row, phone in moves.order_by("id").values_list(*fields).iterator(CHUNK):
        word = "add_contacts" if action == "added" else action
        who = {"phone_number": numbers.at(row, phone, at), "contacts": []}
        made.append({"at": moment(at), "campaign": ref, "action": word, **who})
    switched = list(trail(campaign.workspace_id, "campaign", campaign.pk, ["campaign.number"]))[::-1]
    phones = {str(event.detail.get("number", "")) for event in switched}
    pool = Number.objects.filter(workspace=campaign.workspace_id, phone_number__in=phones)
    refs = dict(pool.values_list("phone_number", "pk"))
    for event in switched:
        word = "enable_number" if event.detail.get("status") == "active" else "disable_number"
        number = refs.get(str(event.detail.get("number", "")))
        made += [{"at": moment(event.at), "campaign": ref, "action": word, "number": str(number)}] if number else []
    return made


def suppressed(campaigns: Collection[Campaign], workspace: int, until: datetime, numbers: Numbers) -> list[Given]:
    """When numbers of people of these campaigns came on the suppression list, and off it again."""
    former = numbers.former()
    mine = Q(phone_number__in=_phones(campaigns)) | Q(phone_number__in=former)
    rows = Suppression.objects.filter(mine, workspace=workspace, at__lte=until)
    made = [_suppression(moment(at), "suppress", phone) for phone, at in rows.values_list("phone_number", "at")]
    removed = AuditEvent.objects.filter(workspace=workspace, action="suppression.remove")
    theirs = set(_phones(campaigns).values_list("contact__phone_number", flat=True)) if removed.exists() else set()
    for event in removed.order_by("at", "id"):
        if event.object_name in theirs or event.object_name in former:
            made.append(_suppression(str(event.detail.get("listed_at")), "suppress", event.object_name))
            made.append(_suppression(moment(event.at), "unsuppress", event.object_name))
    return made


def _suppression(at: str | None, action: str, phone: str) -> Given:
    return {"at": at, "action": action, "phone_number": phone}


def holds(campaigns: Collection[Campaign], workspace: int, numbers: Numbers) -> list[Given]:
    """Holds and their end, from the audit trail."""
    events = AuditEvent.objects.filter(
        Q(action="contact.hold") | Q(action="contact.unhold"), workspace=workspace, object_type="contact"
    )
    keys = {int(event.object_id) for event in events if event.object_id.isdigit()}
    theirs = Contact.objects.filter(pk__in=keys, campaign_contacts__campaign__in=list(campaigns))
    former = numbers.former()
    merged = [(pk, phone) for pk, phone in numbers.gone.items() if phone in former]
    phones = {str(pk): phone for pk, phone in (*merged, *theirs.values_list("pk", "phone_number"))}
    return [
        {
            "at": moment(event.at),
            "action": "hold",
            "phone_number": numbers.of_contact(int(event.object_id), phones[event.object_id], event.at),
            "until": event.detail.get("until") if event.action == "contact.hold" else None,
        }
        for event in events.order_by("at", "id")
        if event.object_id in phones
    ]


def scores(numbers: Collection[int], start: datetime) -> list[Given]:
    """Spam scores that came after the start."""
    rows = SpamScore.objects.filter(number__in=numbers, at__gt=start).order_by("at", "id")
    return [
        {"at": moment(row.at), "action": "spam_score", "number": str(row.number_id), "value": row.score} for row in rows
    ]


def _phones(campaigns: Collection[Campaign]) -> QuerySet[CampaignContact, Any]:
    return CampaignContact.objects.filter(campaign__in=list(campaigns)).values("contact__phone_number")
