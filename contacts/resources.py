"""Contacts and suppressions as files of the back office. Large contact files go through `contacts.importing`."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export import fields

from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from accounts.resources import PriorityWord, Row, Tags, WorkspaceResource
from contacts import people, suppression
from contacts.models import Contact, Suppression
from contacts.person import Unreadable

TEXTS = ["phone_number", "name", "first_name", "last_name", "company", "email", "country", "timezone", "priority"]
TEXTS += ["tags", "external_id", "consent_note", "consent_source"]


class ByNumber(WorkspaceResource):
    """Rows are known by their phone number, read as people write it."""

    def before_import_row(self, row: Row, **options: Any) -> None:
        super().before_import_row(row, **options)
        assert self.workspace is not None
        try:
            row["phone_number"] = read_phone(str(row.get("phone_number") or ""), self.workspace.default_country).e164
        except NotAPhoneNumber as problem:
            raise ValidationError({"phone_number": str(problem)}) from None


class ContactResource(ByNumber):
    priority = fields.Field(attribute="priority", column_name="priority", widget=PriorityWord())
    tags = fields.Field(attribute="tags", column_name="tags", widget=Tags())

    class Meta:
        model = Contact
        fields = [*TEXTS, "variables"]
        export_order = fields
        import_id_fields = ["phone_number"]
        skip_unchanged = report_skipped = True

    def write(self, instance: Contact, is_create: bool) -> None:
        cells = {name: str(self.row[name]) for name in TEXTS if self.row.get(name) not in ("", None)}
        options: dict[str, Any] = {"now": timezone.now(), "actor": self.actor, "variables": self.variables()}
        assert self.workspace is not None
        try:
            if is_create:
                instance.pk = people.add(self.workspace, cells, **options).pk
            else:
                people.edit(Contact.objects.get(pk=instance.pk), cells, **options)
        except Unreadable as problem:
            raise ValidationError(problem.errors) from None

    def variables(self) -> dict[str, Any]:
        told = self.row.get("variables") or "{}"
        value = json.loads(told) if isinstance(told, str) else told
        if not isinstance(value, dict):
            raise ValidationError({"variables": 'Variables are a JSON object, such as {"plan": "gold"}.'})
        return value


class SuppressionResource(ByNumber):
    class Meta:
        model = Suppression
        fields = ["phone_number", "reason", "source", "note", "at"]
        export_order = fields
        import_id_fields = ["phone_number"]
        clean_model_instances = report_skipped = True

    def import_instance(self, instance: Suppression, row: Row, **options: Any) -> None:
        super().import_instance(instance, row, **options)
        instance.at = instance.at or timezone.now()
        instance.source = instance.source or "Imported in the back office"

    def skip_row(self, instance: Any, original: Any, row: Row, import_validation_errors: Any = None) -> bool:
        """A listed number keeps its first entry."""
        return original.pk is not None

    def write(self, instance: Suppression, is_create: bool) -> None:
        numbers = [instance.phone_number]
        suppression.add(instance.workspace_id, numbers, instance.reason, instance.source, instance.at, instance.note)
