"""What the forms that save into a campaign's row have in common."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.utils import ErrorDict

from accounts.models import User
from campaigns import editing
from campaigns.models import Campaign, Schedule


def offer_schedules(field: Any, campaign: Campaign) -> None:
    """The schedules of the campaign's workspace, each with its zone, and none."""
    field.queryset = Schedule.objects.filter(workspace=campaign.workspace_id)
    field.empty_label = "None: a window of its own"
    field.label_from_instance = lambda schedule: f"{schedule.name} ({schedule.timezone})"


class CampaignForm(forms.ModelForm):
    """Shows some of a campaign's fields; saves through `campaigns.editing`, which holds the locks and the trail."""

    instance: Campaign
    locked: dict[str, str]  # field → why it is shown read-only

    def lock(self, names: Iterable[str], reason: str) -> None:
        """Show these fields read-only, with the reason; whatever is sent for them is not looked at."""
        self.locked = getattr(self, "locked", {})
        for name in names if reason else ():
            self.fields[name].disabled = True
            self.locked[name] = reason

    def quiet(self) -> "CampaignForm":
        """Show what was typed without judging it."""
        self._errors = ErrorDict()
        return self

    def keep(self, actor: User) -> bool:
        """Save; False when it was refused, with the reasons on the form. Call it on a valid form."""
        try:
            self.write(actor)
        except editing.Locked as locked:
            self.add_error(None, locked.sentence)
        except ValidationError as problems:
            self._update_errors(problems)
        return self.is_valid()

    def write(self, actor: User) -> None:
        """The one call into `campaigns.editing`. Raises Locked and ValidationError."""
        self.instance = editing.change(self.instance, self.values(), self.pool(), actor=actor)

    def values(self) -> dict[str, Any]:
        names = [name for name in self._meta.fields or () if name in self.fields and not self.fields[name].disabled]
        return {name: self.cleaned_data[name] for name in names}

    def pool(self) -> list[editing.PoolEntry] | None:
        """The pool to save; None leaves it as it is."""
        return None

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        # The workspace is no field of the form, so Django leaves its unique constraint out.
        taken = Campaign.objects.filter(workspace=self.instance.workspace_id, name=self.instance.name, archived_at=None)
        if "name" in self.fields and not self.errors and taken.exclude(pk=self.instance.pk).exists():
            self.add_error("name", "Another campaign has this name. Choose a different one.")

    def _update_errors(self, errors: ValidationError) -> None:
        """A problem of a field that this form does not show is told above the form."""
        if hasattr(errors, "error_dict"):
            told: dict[str, list[ValidationError]] = {}
            for name, found in errors.error_dict.items():
                told.setdefault(name if name in self.fields else NON_FIELD_ERRORS, []).extend(found)
            errors = ValidationError(told)
        super()._update_errors(errors)  # type: ignore[misc]
