"""A campaign's intake: people who come in by a form or another system, one request at a time, and are on the list at
once.

Whoever knows the address may add people and nothing else. A delivery that comes twice is answered as the first time and
changes nothing (`intake_repeats`). Deliveries of one campaign come one after another: each holds the campaign's row.
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.serializers import ValidationError

from accounts import audit
from accounts.models import User, Workspace
from accounts.rest.idempotency import REUSED
from campaigns import audience, intake_mapping, intake_repeats
from campaigns.locks import list_locked
from campaigns.models import Campaign, Intake, IntakeDelivery
from campaigns.wording import many
from contacts import families, suppression
from contacts import intake as people
from contacts.person import Person, Unreadable

SECRET_BYTES = 32
KEPT_DELIVERIES = 100
TRIES = 3  # of a delivery that met another writer of the same person
OK, CREATED, READ_ONLY, CONFLICT, UNREADABLE = 200, 201, 202, 409, 422
SUPPRESSED = "This person is on the suppression list and was not added."
EXCLUDED = "This person is excluded from the campaign, and stays so."
WORDS = {
    "added": "Added to the list.",
    "updated": "Was on the list; something about them has changed.",
    "unchanged": "Was on the list already.",
    "excluded": EXCLUDED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is told: an HTTP status with its body; and what people are told of it."""

    status: int
    body: dict[str, Any]
    said: str
    contact_id: int | None = None


@dataclass(slots=True)
class Reading:
    """One person of a delivery: what is given of them, or the sentences that say why they cannot be read."""

    given: dict[str, Any] = field(default_factory=dict)
    person: Person | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)
    status: str = "invalid"
    contact_id: int | None = None

    @property
    def sentence(self) -> str:
        return " ".join(sentence for told in self.errors.values() for sentence in told)


def look_up(secret: str) -> Intake | None:
    """The open intake with this secret."""
    found = Intake.objects.select_related("campaign__workspace").filter(secret=secret, enabled=True).first()
    return found if found is not None and hmac.compare_digest(found.secret, secret) else None


def deliver(intake: Intake, payload: Any, *, key: str, now: datetime) -> Answer:
    """Take in what came, and keep it with the answer. Commits."""
    for _ in range(TRIES - 1):
        try:
            return _delivered(intake, payload, key, now)
        except IntegrityError:
            continue  # somebody else added this person at this moment: now they are there to be read
    return _delivered(intake, payload, key, now)


def _delivered(intake: Intake, payload: Any, key: str, now: datetime) -> Answer:
    with transaction.atomic():
        rows = Campaign.objects.select_related("workspace").select_for_update(of=("self",), no_key=True)
        campaign = rows.get(pk=intake.campaign_id)
        delivery = intake_repeats.delivery(intake, payload, key, campaign.workspace_id)
        kept = delivery.before(now)
        if kept is not None and kept.fingerprint != delivery.body:
            answer = _refusal(CONFLICT, "idempotency_key_reused", REUSED)
        elif kept is not None:
            answer = Answer(kept.status, kept.body or {}, "The same delivery again: answered as before.")
        elif locked := list_locked(campaign):
            answer = _refusal(CONFLICT, "contacts_locked", locked)
        else:
            answer = _taken(intake, campaign, payload, now)
            if answer.status < CONFLICT:
                delivery.remember(answer.status, answer.body, now)
        keep(intake, payload, answer, now)
    return answer


def keep(intake: Intake, payload: Any, answer: Answer, now: datetime) -> IntakeDelivery:
    """The delivery with what was answered; of the oldest ones only the last hundred stay."""
    made = IntakeDelivery.objects.create(
        intake=intake,
        at=now,
        payload=payload,
        status=answer.status,
        said=answer.said[:300],
        contact_id=answer.contact_id,
    )
    mine = IntakeDelivery.objects.filter(intake=intake).order_by("-id")
    last = list(mine.values_list("pk", flat=True)[KEPT_DELIVERIES : KEPT_DELIVERIES + 1])
    if last:
        mine.filter(pk__lte=last[0]).delete()
    return made


def unreadable(intake: Intake, sentence: str, body: bytes, now: datetime) -> Answer:
    """A request that holds no person at all is kept, too: by its first letters."""
    answer = _refusal(UNREADABLE, "invalid", sentence)
    text = body[:2_000].decode("utf-8", "replace").replace("\x00", "")
    keep(intake, {IntakeDelivery.LETTERS: text}, answer, now)
    return answer


def read(intake: Intake, payload: Any, workspace: Workspace) -> list[Reading]:
    """The people of a delivery, each by itself, in order. Changes nothing."""
    form = people.PersonSerializer()
    several = payload if isinstance(payload, list) else [payload]
    return [_read(form, one, intake.mapping, workspace) for one in several]


def _read(form: people.PersonSerializer, payload: Any, mapping: Mapping[str, str], workspace: Workspace) -> Reading:
    reading = Reading()
    try:
        reading.given = intake_mapping.read(payload, mapping)
        primary = reading.given.pop(intake_mapping.PRIMARY, "")
        if primary:
            reading.given["primary"] = families.find(workspace, primary).pk
        reading.person = people.read_given(form, reading.given, workspace.default_country)
    except families.NoPrimary as refusal:
        reading.errors = {intake_mapping.PRIMARY: [str(refusal)]}
    except (ValidationError, Unreadable) as problem:
        reading.errors = people.problems(problem)
    return reading


def _taken(intake: Intake, campaign: Campaign, payload: Any, now: datetime) -> Answer:
    readings = read(intake, payload, campaign.workspace)
    numbers = [one.person.phone_number if one.person else "" for one in readings]
    barred = suppression.listed(campaign.workspace_id, [number for number in numbers if number])
    wanted = []
    for index, (one, number) in enumerate(zip(readings, numbers, strict=True)):
        first = numbers.index(number)
        if number and first != index:  # the earlier one counts, as in files
            one.status = "duplicate"
            one.errors = {intake_mapping.PHONE: [people.SAME_NUMBER.format(index=first)]}
        elif number in barred:
            one.status, one.errors = "suppressed", {intake_mapping.PHONE: [SUPPRESSED]}
        elif number:
            wanted.append(one)
    _enrol(campaign, wanted, now)
    return _of_several(readings) if isinstance(payload, list) else _of_one(readings[0])


def _enrol(campaign: Campaign, readings: Sequence[Reading], now: datetime) -> None:
    """Into the contacts, and from there on the list."""
    name = f"Intake of {campaign.name}"
    taken = people.take(campaign.workspace, [one.given for one in readings], actor=None, actor_name=name, now=now)
    enrolments = []
    for one, made in zip(readings, taken, strict=True):
        one.status, one.contact_id, one.errors = made.status, made.contact, made.errors
        if made.contact is not None:
            enrolments.append(audience.Enrolment(made.contact, made.variables))
    words = audience.enrol(campaign, enrolments, now).by_contact
    for one in readings:
        if one.contact_id is not None:
            here = words[one.contact_id]
            one.status = "updated" if here == "unchanged" and one.status == "updated" else here


def _of_one(reading: Reading) -> Answer:
    if reading.status == "invalid":
        return _refusal(UNREADABLE, "invalid", reading.sentence, reading.errors)
    if reading.status == "suppressed":
        return _refusal(CONFLICT, "suppressed", SUPPRESSED)
    body = {"status": reading.status, "contact": reading.contact_id}
    status = CREATED if reading.status == "added" else OK
    return Answer(status, body, WORDS[reading.status], reading.contact_id)


def _of_several(readings: Sequence[Reading]) -> Answer:
    rows = [
        {"index": index, "status": one.status, "contact": one.contact_id, "errors": one.errors}
        for index, one in enumerate(readings)
    ]
    taken = [one for one in readings if one.contact_id is not None]
    said = f"{many(len(taken), 'person', 'people')} of {len(readings)} taken."
    if not taken:
        said = f"Nobody was taken. {readings[0].sentence}"
    status = UNREADABLE if not taken else CREATED if any(one.status == "added" for one in taken) else OK
    return Answer(status, {"people": rows}, said, taken[0].contact_id if len(taken) == 1 else None)


def _refusal(status: int, code: str, sentence: str, fields: Mapping[str, Any] | None = None) -> Answer:
    error = {"code": code, "message": sentence} | ({"fields": dict(fields)} if fields else {})
    return Answer(status, {"error": error}, sentence)


# ── what people set up ───────────────────────────────────────────────────────────────────────────────────────────────


def make(campaign: Campaign, *, actor: User | None, actor_name: str = "") -> Intake:
    """The campaign's intake, open; the one that is there where it has one. Commits."""
    with transaction.atomic():
        found, made = Intake.objects.get_or_create(
            campaign=campaign, defaults={"secret": secrets.token_urlsafe(SECRET_BYTES)}
        )
        if made:
            _told(found, "create", actor, actor_name)
    return found


def change(
    intake: Intake,
    *,
    actor: User | None,
    actor_name: str = "",
    enabled: bool | None = None,
    mapping: Mapping[str, Any] | None = None,
    new_secret: bool = False,
) -> Intake:
    """Open or close it, map its fields, give it another address: the old one is dead at once. Commits.

    Raises intake_mapping.BadMapping.
    """
    kept = intake_mapping.check(mapping) if mapping is not None else None
    with transaction.atomic():
        held = Intake.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=intake.pk)
        if enabled is not None and enabled != held.enabled:
            held.enabled = enabled
            _told(held, "enable" if enabled else "disable", actor, actor_name)
        if kept is not None and kept != held.mapping:
            held.mapping = kept
            _told(held, "map", actor, actor_name)
        if new_secret:
            held.secret = secrets.token_urlsafe(SECRET_BYTES)
            _told(held, "new_secret", actor, actor_name)
        held.save()
    return held


def remove(intake: Intake, *, actor: User | None, actor_name: str = "") -> None:
    """Address, mapping and deliveries go; the people who came stay. Commits."""
    with transaction.atomic():
        _told(intake, "delete", actor, actor_name)
        Intake.objects.filter(pk=intake.pk).delete()


def _told(intake: Intake, word: str, actor: User | None, actor_name: str) -> None:
    """Never with the secret."""
    workspace = intake.campaign.workspace_id
    audit.record(workspace, f"intake.{word}", intake.campaign, actor=actor, actor_name=actor_name)
