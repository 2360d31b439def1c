"""Merging two contacts of a workspace into one, with all their campaigns know of them, in one transaction."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from campaigns import audience
from campaigns.audience.merging import join
from campaigns.choices import ContactStatus
from campaigns.models import Call, Campaign, CampaignContact, IntakeDelivery, PutAside
from contacts import merging, suppression
from contacts.merging import NotMerged
from contacts.models import Contact

SAME = "These are one contact already."
GONE = "One of these contacts is not there any more."
BUSY = "{} is being called now. Wait until the call has ended."


def merge(kept: Contact, gone: Contact, *, now: datetime, actor: User | None = None, actor_name: str = "") -> Contact:
    """Merge `gone` into `kept` (of the same workspace): `gone` is deleted, `kept` has the history of both. Commits.

    Raises NotMerged while either is being called: nobody ever has two live calls because of it.
    """
    if kept.pk == gone.pk:
        raise NotMerged(SAME)
    concerned = CampaignContact.objects.filter(contact__in=[kept.pk, gone.pk])
    campaigns = Campaign.objects.filter(pk__in=concerned.values("campaign")).order_by("pk")
    with transaction.atomic():
        list(campaigns.select_for_update(no_key=True))  # before any person, as whoever adds people holds them
        both = _locked(kept, gone)
        kept, gone = both[kept.pk], both[gone.pk]
        list(campaigns.select_for_update(no_key=True))  # on whose lists they have come meanwhile
        rows = list(concerned.select_related("detail").order_by("pk").select_for_update(of=("self",)))
        _refuse_live(kept, gone, rows)
        merging.take_over(kept, gone, now)
        brought = join(kept.pk, gone.pk, rows, now)
        PutAside.objects.filter(contact=gone).update(contact=kept)
        IntakeDelivery.objects.filter(contact=gone).update(contact=kept)
        audience.keep_up([kept], now)
        if suppression.listed(kept.workspace_id, [kept.phone_number]):
            audience.exclude_suppressed(kept.workspace_id, [kept.phone_number], now)
        _told(kept, gone, brought, actor, actor_name, now)
        gone.delete()
    return kept


def _locked(kept: Contact, gone: Contact) -> dict[int, Contact]:
    wanted = Contact.objects.filter(pk__in=[kept.pk, gone.pk], workspace=kept.workspace_id).order_by("pk")
    both = {contact.pk: contact for contact in wanted.select_for_update(of=("self",), no_key=True)}
    if len(both) < 2:
        raise NotMerged(GONE)
    return both


def _refuse_live(kept: Contact, gone: Contact, rows: list[CampaignContact]) -> None:
    live = Call.objects.filter(ended_at__isnull=True, workspace=kept.workspace_id)
    for one in (kept, gone):
        dialing = any(row.contact_id == one.pk and row.status == ContactStatus.DIALING for row in rows)
        if dialing or live.filter(Q(contact=one) | Q(phone_number=one.phone_number)).exists():
            raise NotMerged(BUSY.format(one.display_name))


def _told(kept: Contact, gone: Contact, brought: list[int], actor: User | None, actor_name: str, now: datetime) -> None:
    """With what the audit needs to know whose each call was (`tracing.numbers`)."""
    detail: dict[str, object] = {"merged": gone.display_name, "phone_number": gone.phone_number, "contact": gone.pk}
    detail["brought"] = brought
    audit.record(kept.workspace_id, "contact.merge", kept, actor=actor, actor_name=actor_name, detail=detail, at=now)
