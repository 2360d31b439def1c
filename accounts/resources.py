"""What every import and export of the back office stands on: one workspace, harmless cells, our own writers."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget, Widget

from accounts.models import User, Workspace
from contacts.importing.guard import guarded, unguarded

Row = dict[str, Any]


class WorkspaceResource(ModelResource):
    """Rows of one workspace. A subclass's `write` saves through the module that owns the rows.

    A trial run does the same within a transaction that is rolled back, so that its preview is the truth.
    """

    keeps_blank: ClassVar[frozenset[str]] = frozenset()  # columns whose blank cell empties the field
    row: Row

    def __init__(self, workspace: Workspace | None = None, actor: User | None = None, **_: Any) -> None:
        super().__init__()
        self.workspace, self.actor = workspace, actor

    def write(self, instance: Any, is_create: bool) -> None:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows.filter(workspace=self.workspace) if self.workspace else rows.none()

    def init_instance(self, row: Row | None = None) -> Model:
        return self._meta.model(workspace=self.workspace)

    def before_import_row(self, row: Row, **options: Any) -> None:
        for name, cell in row.items():
            if isinstance(cell, str):
                row[name] = unguarded(cell.strip())
        self.row = row

    def import_field(self, field: Any, instance: Model, row: Row, is_m2m: bool = False, **options: Any) -> None:
        """A blank cell says nothing."""
        if row.get(field.column_name) in ("", None) and field.attribute not in self.keeps_blank:
            return
        super().import_field(field, instance, row, is_m2m, **options)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        self.write(instance, is_create)

    def export_field(self, field: Any, instance: Any, **options: Any) -> Any:
        cell = super().export_field(field, instance, **options)
        return guarded(cell) if isinstance(cell, str) else cell


class NamedIn(ForeignKeyWidget):
    """A row of the same workspace, by its name."""

    def __init__(self, model: type[Model], workspace: Workspace | None, field: str = "name") -> None:
        super().__init__(model, field)
        self.workspace = workspace

    def get_queryset(self, value: Any, row: Row, *args: Any, **options: Any) -> QuerySet[Any]:
        return self.model._default_manager.filter(workspace=self.workspace)

    def clean(self, value: Any, row: Row | None = None, **options: Any) -> Any:
        try:
            return super().clean(value, row, **options)
        except self.model.DoesNotExist:
            raise ValidationError(f"There is no {self.model._meta.verbose_name} “{value}” in this workspace.") from None


class Words(Widget):
    """A list in one cell, separated by commas."""

    def clean(self, value: Any, row: Row | None = None, **options: Any) -> list[str]:
        return [word.strip() for word in str(value or "").split(",") if word.strip()]

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return ", ".join(value or [])


class Tags(Words):
    """The same for a column that keeps “|vip|b2b|”."""

    def clean(self, value: Any, row: Row | None = None, **options: Any) -> Any:
        tags = super().clean(value, row, **options)
        return f"|{'|'.join(dict.fromkeys(tags))}|" if tags else ""

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return ", ".join(tag for tag in (value or "").split("|") if tag)


class PriorityWord(Widget):
    WORDS = ("high", "normal", "low")

    def clean(self, value: Any, row: Row | None = None, **options: Any) -> int:
        try:
            return self.WORDS.index(str(value).strip().lower())
        except ValueError:
            raise ValidationError(f"“{value}” is not a priority. Use high, normal or low.") from None

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return self.WORDS[value] if value is not None else ""
