"""People as programs give them: one in a request, or up to a thousand. The rules are those of `contacts.person`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework import serializers

from accounts import audit
from accounts.models import User, Workspace
from accounts.rest.errors import Conflict
from accounts.rest.fields import PRIORITY, InWorkspace, JsonObject, Tags, Word
from contacts import families, people, suppression
from contacts.importing.mapping import PRIMARY, named
from contacts.importing.writing import Written, write
from contacts.models import Contact
from contacts.person import Person, Unreadable, read_person

BULK = 1_000
SAME_NUMBER = "The same number as that of the person at {index}, who counts."
TRIES = 3
NO_ID = "This is an id: a whole number."
ID = serializers.IntegerField(
    allow_null=True,
    min_value=1,
    max_value=2**63 - 1,  # what databases hold
    error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length"), NO_ID),
)
Cells = dict[str, str]


class Variables(JsonObject):
    """A person's variables, whose names are those of a file's columns."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            return named(super().to_internal_value(data))
        except ValueError as problem:
            raise serializers.ValidationError(str(problem)) from None


class PersonSerializer(serializers.ModelSerializer[Contact]):
    """A contact. Numbers are read as people write them and kept as E.164; a place that is not given comes from them."""

    phone_number = serializers.CharField(max_length=40)
    country = serializers.CharField(max_length=60, required=False, allow_blank=True)
    timezone = serializers.CharField(max_length=64, required=False, allow_blank=True)
    email = serializers.CharField(max_length=254, required=False, allow_blank=True)
    tags = Tags(required=False)
    priority = Word(PRIORITY, required=False)
    variables = Variables(required=False)
    primary = InWorkspace(queryset=Contact.objects.all(), required=False, allow_null=True)
    primary_phone_number = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="As in files: instead of primary.",
    )

    class Meta:
        model = Contact
        fields = [
            "id",
            "phone_number",
            "name",
            "first_name",
            "last_name",
            "company",
            "email",
            "country",
            "timezone",
            "zone_source",
            "priority",
            "tags",
            "external_id",
            "variables",
            "primary",
            PRIMARY,
            "held_until",
            "held_reason",
            "consent_note",
            "consent_source",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["zone_source", "held_until", "held_reason", "created_at", "updated_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        number = attrs.pop(PRIMARY, "")
        if number:
            try:
                attrs["primary"] = families.find(self.context["workspace"], number)
            except (families.NoPrimary, Unreadable) as refusal:
                raise serializers.ValidationError({PRIMARY: [str(refusal)]}) from None
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Contact:
        variables = validated_data.pop("variables", {})
        primary = validated_data.pop("primary", None)

        def write(**by: Any) -> Contact:
            made = people.add(self.context["workspace"], cells(validated_data), variables=variables, **by)
            return families.tie(made, primary, **by) if primary else made

        return self._write(write)

    def update(self, instance: Contact, validated_data: dict[str, Any]) -> Contact:
        variables = validated_data.pop("variables", None)
        tied, primary = "primary" in validated_data, validated_data.pop("primary", None)

        def write(**by: Any) -> Contact:
            kept = people.edit(instance, cells(validated_data), variables=variables, **by)
            return (
                families.tie(kept, primary, **by) if tied and kept.primary_id != getattr(primary, "pk", None) else kept
            )

        return self._write(write)

    def _write(self, write: Any) -> Contact:
        try:
            with transaction.atomic():
                return write(now=self.context["now"], **self.context["by"])
        except families.NoPrimary as refusal:
            raise serializers.ValidationError({"primary": [str(refusal)]}) from None
        except Unreadable as problem:
            raise serializers.ValidationError({name: [told] for name, told in problem.errors.items()}) from None
        except people.AlreadyThere as there:
            raise Conflict(there.sentence, "already_there") from None
        except people.Barred as barred:
            raise Conflict(barred.sentence, "suppressed") from None


class BulkSerializer(serializers.Serializer[Any]):
    """Each person is read by itself, so that one who cannot be read stops nobody else."""

    contacts = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=BULK)


def cells(given: Mapping[str, Any]) -> Cells:
    """Validated fields as the texts that `contacts.person` reads."""
    texts = {name: str(value) for name, value in given.items() if name not in ("tags", "priority")}
    if "tags" in given:
        texts["tags"] = given["tags"].strip("|")
    if "priority" in given:
        texts["priority"] = PRIORITY[given["priority"]]
    return texts


@dataclass(slots=True)
class Taken:
    """What came of one person of a request: added, updated or unchanged with the id and the variables that were read,
    or duplicate, suppressed or invalid with the reasons."""

    index: int
    status: str
    contact: int | None = None
    errors: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, object] = field(default_factory=dict)


def take(
    workspace: Workspace, given: Sequence[Mapping[str, Any]], *, actor: User | None, actor_name: str, now: datetime
) -> list[Taken]:
    """Add the people who are new and update those who are known; one that cannot be read stops nobody else. Of a
    number that is given more than once the first counts, and who is on the suppression list is left as they are, as in
    files.

    What is not given stays, tags are added, variables are replaced by name; `primary` (the id) or
    `primary_phone_number` names a contact that was there before. Joins the caller's transaction.
    """
    readable: dict[int, Person] = {}
    taken: dict[int, Taken] = {}
    form = PersonSerializer()
    for index, person in enumerate(given):
        try:
            readable[index] = read_given(form, person, workspace.default_country)
        except (serializers.ValidationError, Unreadable) as problem:
            taken[index] = Taken(index, "invalid", errors=problems(problem))
    ties = _ties(workspace, given, readable, taken)
    taken |= _barred(workspace.pk, readable) | _duplicates(readable)
    for index in taken:
        readable.pop(index, None)
        ties.pop(index, None)
    written = zip(readable, _write(workspace, list(readable.values()), now), strict=True)
    for index, made in written:
        taken[index] = Taken(index, made.word, made.contact_id, variables=readable[index].variables)
    _tie(taken, ties, now)
    if readable:
        words: dict[str, object] = dict(Counter(row.status for row in taken.values()))
        audit.record(workspace, "contact.bulk", workspace, actor=actor, actor_name=actor_name, detail=words, at=now)
    return [taken[index] for index in sorted(taken)]


def read_given(form: PersonSerializer, given: Mapping[str, Any], country: str) -> Person:
    """Raises serializers.ValidationError or Unreadable."""
    ties = ("primary", PRIMARY)
    fields = dict(form.run_validation({name: value for name, value in given.items() if name not in ties}))
    variables = fields.pop("variables", {})
    return read_person(cells(fields), country, variables)


def _duplicates(readable: Mapping[int, Person]) -> dict[int, Taken]:
    first: dict[str, int] = {}
    found = {index: first.setdefault(person.phone_number, index) for index, person in readable.items()}
    return {
        index: Taken(index, "duplicate", errors={"phone_number": [SAME_NUMBER.format(index=earlier)]})
        for index, earlier in found.items()
        if earlier != index
    }


def _barred(workspace_id: int, readable: Mapping[int, Person]) -> dict[int, Taken]:
    listed = suppression.listed(workspace_id, [person.phone_number for person in readable.values()])
    told = {"phone_number": [people.Barred.sentence]}
    barred = [index for index, person in readable.items() if person.phone_number in listed]
    return {index: Taken(index, "suppressed", errors=told) for index in barred}


def _ties(
    workspace: Workspace, given: Sequence[Mapping[str, Any]], readable: dict[int, Person], taken: dict[int, Taken]
) -> dict[int, int | None]:
    """The primaries that are asked for, by place in the request. Who cannot have theirs is invalid and not written."""
    asked: dict[int, int | None] = {}
    refused: dict[int, str] = {}
    find = cache(partial(families.find, workspace))
    for index in readable:
        try:
            if given[index].get(PRIMARY):
                asked[index] = find(str(given[index][PRIMARY])).pk
            elif "primary" in given[index]:
                asked[index] = ID.run_validation(given[index]["primary"])
        except serializers.ValidationError as problem:
            refused[index] = str(problem.detail[0])  # type: ignore[index]
        except (families.NoPrimary, Unreadable) as refusal:
            refused[index] = str(refusal)
    if asked:
        numbers = [(readable[index].phone_number, primary) for index, primary in asked.items()]
        said = zip(asked, families.refusals(workspace.pk, numbers), strict=True)
        refused |= {index: sentence for index, sentence in said if sentence}
    for index, sentence in refused.items():
        taken[index] = Taken(index, "invalid", errors={"primary": [sentence]})
        readable.pop(index)
        asked.pop(index, None)
    return asked


def _tie(taken: dict[int, Taken], ties: dict[int, int | None], now: datetime) -> None:
    wanted = {taken[index].contact: primary for index, primary in ties.items()}
    changed = families.tie_all({pk: primary for pk, primary in wanted.items() if pk is not None}, now)
    for index in ties:
        if taken[index].contact in changed and taken[index].status == "unchanged":
            taken[index].status = "updated"


def problems(problem: "serializers.ValidationError | Unreadable") -> dict[str, Any]:
    if isinstance(problem, Unreadable):
        return {name: [sentence] for name, sentence in problem.errors.items()}
    assert isinstance(problem.detail, dict)
    return problem.detail


def _write(workspace: Workspace, persons: list[Person], now: datetime) -> list[Written]:
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return write(workspace.pk, persons, None, now)
        except IntegrityError:
            continue  # somebody else added one of these numbers at this moment: now it is there to be read
    return write(workspace.pk, persons, None, now)
