"""What the lists of /contacts/ and /suppressions/ are filtered by: what their pages are, by the same code."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters import rest_framework as filters

from accounts import moments
from accounts.rest.filters import IdFilter, MomentFilter, PageFilters
from campaigns.choices import ContactStatus
from contacts import entries, queries
from contacts.models import Contact, Suppression, SuppressionReason

WORDS = {True: "yes", False: "no"}


class ContactFilter(PageFilters):
    """Those of the page under their names, and the ways to find one person."""

    q = filters.CharFilter(method="unasked", help_text="Any part of name, number, company, e-mail, id or tag.")
    tag = filters.CharFilter(method="unasked")
    company = filters.CharFilter(method="unasked", help_text="How its name begins.")
    country = filters.CharFilter(method="unasked", help_text="Two letters.")
    campaign = IdFilter(method="unasked", help_text="Who is on its list.")
    status = filters.ChoiceFilter(
        choices=ContactStatus.choices, method="unasked", help_text="In the campaign; without one in any."
    )
    suppressed = filters.BooleanFilter(method="unasked")
    held = filters.BooleanFilter(method="unasked")
    phone_number = filters.CharFilter()
    name = filters.CharFilter(lookup_expr="icontains")
    updated_after = MomentFilter(field_name="updated_at", lookup_expr="gt")

    class Meta:
        model = Contact
        fields = ["external_id"]

    def asked_for(self, asked: dict[str, Any], rows: QuerySet[Contact]) -> QuerySet[Contact]:
        words = {name: WORDS[value] if isinstance(value, bool) else value for name, value in asked.items()}
        return queries.people(self.request.auth.workspace, queries.Filters.of(words))


class Day(forms.DateField):
    """A day of the workspace that lists are asked for: any other one would not narrow them."""

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and day.year not in moments.YEARS:
            raise forms.ValidationError(f"Choose a day from {moments.YEARS.start} to {moments.YEARS.stop - 1}.")
        return day


class DayFilter(filters.DateFilter):
    field_class = Day


class SuppressionFilter(PageFilters):
    """Those of the page under their names, and the number as it is."""

    q = filters.CharFilter(method="unasked", help_text="Any part of the number, the source or the note.")
    reason = filters.ChoiceFilter(choices=SuppressionReason.choices, method="unasked")
    source = filters.CharFilter(method="unasked", help_text="Any part of it.")
    since = DayFilter(method="unasked", help_text="Listed on this day of the workspace, or later.")
    until = DayFilter(method="unasked", help_text="Listed on this day of the workspace, or before.")

    class Meta:
        model = Suppression
        fields = ["phone_number"]

    def asked_for(self, asked: dict[str, Any], rows: QuerySet[Suppression]) -> QuerySet[Suppression]:
        return entries.entries(self.request.auth.workspace, entries.Filters.of(asked))
