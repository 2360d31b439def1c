"""The form of a goal."""

from typing import Any

from django import forms

from goals.models import Goal, GoalKind


class GoalForm(forms.ModelForm):
    """Name, description, primary or secondary, and an optional target."""

    class Meta:
        model = Goal
        fields = ["name", "description", "kind", "target"]
        labels = {"kind": "Type"}
        widgets = {"description": forms.Textarea(attrs={"rows": 3}), "target": forms.NumberInput(attrs={"min": 1})}
        help_texts = {
            "description": "What counts as achieved, in the words you would use to a colleague.",
            "kind": "A campaign has one primary goal. Naming another one makes the present one secondary.",
            "target": "How many contacts should achieve it. Blank: no target.",
        }

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_target(self) -> int | None:
        target = self.cleaned_data["target"]
        if target is not None and target < 1:
            raise forms.ValidationError("A target is a whole number of contacts, at least 1. Leave it blank for none.")
        return target

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def validate_constraints(self) -> None:
        """One primary goal is kept by goals.goals, which demotes the present one."""


GoalForm.base_fields["kind"].choices = GoalKind.choices  # type: ignore[attr-defined]
