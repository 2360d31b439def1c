"""What the forms of agents, carriers and numbers share: names unique in a workspace, saving with an audit line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from accounts import audit
from accounts.models import User, Workspace
from telephony import trail


class InWorkspaceForm(forms.ModelForm):
    """A form for one row of `workspace`. `own` is the field that no other row of the workspace may repeat."""

    own = "name"

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any):
        self.workspace = workspace
        super().__init__(*args, **kwargs)
        if self.instance.workspace_id is None:
            self.instance.workspace = workspace

    @property
    def noun(self) -> str:
        return self._meta.model._meta.verbose_name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        value = cleaned.get(self.own)
        rows = self._meta.model._default_manager.filter(workspace=self.workspace).exclude(pk=self.instance.pk)
        if value and rows.filter(**{self.own: value}).exists():
            self.add_error(self.own, self.taken())
        return cleaned

    def taken(self) -> str:
        return f"Another {self.noun} has this {self[self.own].label.lower()}. Choose a different one."

    def keep(self, actor: User) -> Any:
        """The saved row, with a line in the audit trail; None, and an error, when another one was quicker."""
        word = "add" if self.instance._state.adding else "edit"
        detail: dict[str, object] = {"fields": self.changed_data}
        try:
            with transaction.atomic():
                before = trail.kept(self.instance)
                row = self.save()
                self.after(actor)
                detail |= trail.changes(before, trail.kept(row))
                audit.record(self.workspace, f"{row._meta.model_name}.{word}", row, actor=actor, detail=detail)
        except IntegrityError:
            self.add_error(self.own, ValidationError(self.taken()))
            return None
        return row

    def after(self, actor: User) -> None:
        """What else belongs into the same transaction."""


class StillUsed(Exception):
    """The message is one sentence for people."""


def remove(row: Any, actor: User) -> None:
    """Deletes an agent, carrier or number that nothing refers to. Raises StillUsed."""
    noun = row._meta.verbose_name
    try:
        with transaction.atomic():
            audit.record(row.workspace_id, f"{row._meta.model_name}.delete", row, actor=actor)
            row.delete()
    except (ProtectedError, RestrictedError) as error:
        blocking = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        users = sorted({str(one._meta.verbose_name_plural) for one in blocking})
        raise StillUsed(f"This {noun} has {' and '.join(users)} and stays with their history.") from error
