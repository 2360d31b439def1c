"""Step 2: the numbers, and how they take turns."""

from typing import Any

from django import forms
from django.db.models import Case, IntegerField, Value, When

from accounts import ids
from campaigns import editing
from campaigns.choices import PoolStatus
from campaigns.forms.inputs import RepairedField
from campaigns.forms.rows import CampaignForm
from campaigns.models import Campaign
from telephony.models import Number, NumberDirection

WEIGHT_FIELD = "weight_{}"


class PoolForm(CampaignForm):
    """Ticked numbers in the order of ticking (`order`, kept by the browser), without a script in that of the list.

    Inbound-only numbers are never offered. In an empty pool the agent's default number is ticked and stands first.
    """

    numbers = forms.ModelMultipleChoiceField(
        queryset=Number.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Outbound numbers",
        error_messages={"required": "Tick at least one number."},
    )
    order = forms.CharField(required=False, widget=forms.HiddenInput)
    spam_threshold = forms.IntegerField(
        min_value=1, max_value=9, help_text="A number whose spam score reaches this is not dialed from."
    )
    max_calls_per_number_per_day = forms.IntegerField(
        min_value=1, max_value=1000, label="Calls per number and day", help_text="Its calls in all campaigns count."
    )

    class Meta:
        model = Campaign
        fields = ["rotation_strategy", "prefer_country_match", "spam_threshold", "max_calls_per_number_per_day"]
        labels = {"rotation_strategy": "Rotation", "prefer_country_match": "Prefer numbers of the contact's country"}

    def __init__(self, data: Any = None, *, instance: Campaign, **options: Any):
        self.entries = {entry.number_id: entry for entry in instance.pool.select_related("number")}
        options["initial"] = {"numbers": self._ticked(instance), **(options.get("initial") or {})}
        options["initial"]["order"] = ",".join(map(str, options["initial"]["numbers"]))
        super().__init__(data, instance=instance, **options)
        self.fields["numbers"].queryset = self._offered(instance)  # type: ignore[attr-defined]
        for number in self.fields["numbers"].queryset:  # type: ignore[attr-defined]
            weight = self.entries[number.pk].weight if number.pk in self.entries else 1
            field = RepairedField(blank=1, max_value=100, initial=weight, label=f"Weight of {number.phone_number}")
            field.widget.attrs["class"] = "form-control"
            self.fields[WEIGHT_FIELD.format(number.pk)] = field

    def _ticked(self, campaign: Campaign) -> list[int]:
        if self.entries or campaign.has_run:
            return list(self.entries)
        default = campaign.agent.default_number
        return [default.pk] if default and default.direction != NumberDirection.INBOUND else []

    def _offered(self, campaign: Campaign) -> Any:
        """The pool in its order, then the agent's default, then the others."""
        first = list(self.entries) or self._ticked(campaign)
        rows = Number.objects.filter(workspace=campaign.workspace_id).exclude(direction=NumberDirection.INBOUND)
        rows = rows.select_related("carrier").order_by("phone_number")
        if not first:
            return rows
        places = [When(pk=pk, then=Value(position)) for position, pk in enumerate(first)]
        return rows.order_by(Case(*places, default=Value(len(first)), output_field=IntegerField()), "phone_number")

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows: each number with its tick, weight field and the score that would exclude it."""
        ticked = {str(value) for value in self["numbers"].value() or ()}
        threshold = self.instance.spam_threshold
        return [
            {
                "number": number,
                "ticked": str(number.pk) in ticked,
                "weight": self[WEIGHT_FIELD.format(number.pk)],
                "excluded": number.spam_score >= threshold,
                "disabled": number.pk in self.entries and self.entries[number.pk].status == PoolStatus.DISABLED,
            }
            for number in self.fields["numbers"].queryset  # type: ignore[attr-defined]
        ]

    def pool(self) -> list[editing.PoolEntry]:
        chosen = {number.pk: number for number in self.cleaned_data["numbers"]}
        ticked = ids.several(word.strip() for word in self.cleaned_data["order"].split(","))
        listed = [number.pk for number in self.fields["numbers"].queryset]  # type: ignore[attr-defined]
        return [
            editing.PoolEntry(
                chosen[pk],
                self.cleaned_data[WEIGHT_FIELD.format(pk)],
                self.entries[pk].status if pk in self.entries else PoolStatus.ACTIVE.value,
            )
            for pk in dict.fromkeys([*ticked, *listed])
            if pk in chosen
        ]
