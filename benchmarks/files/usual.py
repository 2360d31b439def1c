"""The usual ways to get a file into a table: django-import-export as it comes, and bulk_create."""

import csv
import time
from itertools import islice
from pathlib import Path

import tablib
from django.db.models import QuerySet
from import_export import fields, resources, widgets

from accounts.models import Workspace
from contacts.hours import hours_key
from contacts.models import Contact
from contacts.person import packed, read_person

BATCH = 1_000


class NumberWidget(widgets.CharWidget):
    def clean(self, value: str, row: object = None, **options: object) -> str:
        return read_person({"phone_number": value}, "US").phone_number


class UsualResource(resources.ModelResource):
    """What a project writes first: one column a field, the number checked, the rest by default."""

    phone_number = fields.Field(attribute="phone_number", column_name="phone_number", widget=NumberWidget())
    workspace_id: int
    key_id: int

    class Meta:
        model = Contact
        import_id_fields = ["phone_number"]
        fields = ["phone_number", "first_name", "last_name", "company", "email", "country", "tags", "external_id"]

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.filter(workspace=self.workspace_id)

    def before_save_instance(self, instance: Contact, row: object, **options: object) -> None:
        instance.workspace_id, instance.hours_key_id = self.workspace_id, self.key_id


def import_export(workspace: Workspace, path: Path, rows: int) -> float:
    """Seconds for so many rows of the file by django-import-export's defaults."""
    with path.open() as file:
        data = tablib.Dataset().load("".join(islice(file, rows + 1)), format="csv")
    resource = UsualResource()
    resource.workspace_id, resource.key_id = workspace.pk, hours_key("US", "", []).pk
    begun = time.perf_counter()
    result = resource.import_data(data, raise_errors=True)
    assert result.totals["new"] == rows, dict(result.totals)
    return time.perf_counter() - begun


def bulk_create(workspace: Workspace, path: Path, rows: int) -> float:
    """Seconds for so many rows by csv.DictReader and bulk_create, every row read by the same rules as ours."""
    begun = time.perf_counter()
    with path.open() as file:
        reader = islice(csv.DictReader(file), rows)
        while batch := [_contact(workspace, row) for row in islice(reader, BATCH)]:
            Contact.objects.bulk_create(batch, ignore_conflicts=True)
    return time.perf_counter() - begun


def _contact(workspace: Workspace, row: dict[str, str]) -> Contact:
    variables = {name: row[name] for name in ("due_amount", "plan", "note")}
    person = read_person(row, "US", dict(variables))
    given = dict(person.given)
    tags = given.pop("tags", [])
    given.pop("country", None)
    assert isinstance(tags, list)
    return Contact(
        workspace=workspace,
        phone_number=person.phone_number,
        name=f"{row['first_name']} {row['last_name']}",
        country=person.place.country,
        zone_source=person.zone_source,
        hours_key=hours_key(*person.place),
        tags=packed(tags),
        variables=variables,
        **given,
    )
