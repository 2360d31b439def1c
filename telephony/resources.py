"""Caller numbers as files of the back office."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export import fields

from accounts import audit
from accounts.models import User, Workspace
from accounts.phone import NotAPhoneNumber
from accounts.phone import read as read_phone
from accounts.resources import NamedIn, Row, WorkspaceResource
from telephony import trail
from telephony.models import Carrier, Number
from telephony.numbers import set_spam_score


class NumberResource(WorkspaceResource):
    carrier = fields.Field(attribute="carrier", column_name="carrier")

    class Meta:
        model = Number
        fields = ["phone_number", "label", "carrier", "direction", "country", "spam_score"]
        export_order = fields
        import_id_fields = ["phone_number"]
        clean_model_instances = skip_unchanged = report_skipped = True

    def __init__(self, workspace: Workspace | None = None, actor: User | None = None, **options: Any) -> None:
        super().__init__(workspace, actor, **options)
        self.fields["carrier"].widget = NamedIn(Carrier, workspace)

    def before_import_row(self, row: Row, **options: Any) -> None:
        super().before_import_row(row, **options)
        try:
            phone = read_phone(str(row.get("phone_number") or ""), self.workspace.default_country)  # type: ignore[union-attr]
        except NotAPhoneNumber as problem:
            raise ValidationError({"phone_number": str(problem)}) from None
        row["phone_number"], row["country"] = phone.e164, row.get("country") or phone.country

    def write(self, instance: Number, is_create: bool) -> None:
        score = instance.spam_score
        known = Number.objects.filter(pk=instance.pk).values_list("spam_score", flat=True).first()
        instance.spam_score = known or 0
        before = trail.kept(instance)
        instance.save()
        word = "number.add" if is_create else "number.edit"
        detail = trail.changes(before, trail.kept(instance))
        audit.record(instance.workspace_id, word, instance, actor=self.actor, detail=detail)
        set_spam_score(instance, score, source="Imported", at=timezone.now(), actor=self.actor)
