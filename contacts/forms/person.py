"""One person, by hand. The rules are those of `contacts.person`; the form only says where a sentence belongs."""

from datetime import datetime
from zoneinfo import available_timezones

from django import forms
from django.db import transaction

from accounts.models import User, Workspace
from contacts import families, people
from contacts.models import Contact, ZoneSource
from contacts.people import AlreadyThere, Barred
from contacts.person import LENGTHS, Unreadable, countries

PRIORITIES = [("high", "High"), ("normal", "Normal"), ("low", "Low")]


class PersonForm(forms.Form):
    phone_number = forms.CharField(
        max_length=40, label="Phone number", help_text="With country code, or as it is dialed in the country below."
    )
    first_name = forms.CharField(max_length=LENGTHS["first_name"], required=False)
    last_name = forms.CharField(max_length=LENGTHS["last_name"], required=False)
    company = forms.CharField(max_length=LENGTHS["company"], required=False)
    email = forms.CharField(max_length=LENGTHS["email"], required=False, label="E-mail")
    country = forms.ChoiceField(required=False, help_text="Left open, it follows from the number.")
    timezone = forms.CharField(
        max_length=64,
        required=False,
        label="Time zone",
        help_text="Such as Europe/Berlin. Left open, it follows from the number.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    tags = forms.CharField(max_length=1_000, required=False, help_text="Separated by commas.")
    priority = forms.ChoiceField(choices=PRIORITIES, initial="normal", help_text="Who is called first.")
    external_id = forms.CharField(
        max_length=LENGTHS["external_id"], required=False, label="External id", help_text="What your CRM calls them."
    )
    primary = forms.CharField(
        max_length=40,
        required=False,
        help_text="The phone number of the contact whose secondary this one is, such as another number of a household.",
    )
    consent_source = forms.CharField(
        max_length=LENGTHS["consent_source"], required=False, help_text="Where the person agreed to be called."
    )
    consent_note = forms.CharField(
        max_length=LENGTHS["consent_note"], required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: object, workspace: Workspace, contact: Contact | None = None, **options: object) -> None:
        if contact is not None:
            options["initial"] = _as_texts(contact)
        super().__init__(*args, **options)  # type: ignore[arg-type]
        names = sorted(countries().items(), key=lambda pair: pair[1])
        self.fields["country"].choices = [("", "From the number"), *names]  # type: ignore[attr-defined]
        self.contact, self.workspace = contact, workspace
        self.taken: Contact | None = None  # whose number it is, when it is somebody else's

    @property
    def zones(self) -> list[str]:
        return sorted(available_timezones())

    def clean_primary(self) -> Contact | None:
        text = self.cleaned_data["primary"]
        if not text:
            return None
        try:
            found = families.find(self.workspace, text)
            families.check(self.contact, found)
        except families.NoPrimary as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return found

    def keep(self, workspace: Workspace, user: User, now: datetime) -> Contact | None:
        """Write the person; None when something does not fit, with the sentence at its field."""
        primary = self.cleaned_data["primary"]
        cells = {name: str(value) for name, value in self.cleaned_data.items() if name != "primary"}
        try:
            with transaction.atomic():  # without the primary that was asked for nobody is written
                if self.contact is None:
                    made = people.add(workspace, cells, now=now, actor=user)
                    return families.tie(made, primary, now=now, actor=user) if primary else made
                changed = {name: text for name, text in cells.items() if name in self.changed_data}
                kept = people.edit(self.contact, changed, now=now, actor=user)
                return families.tie(kept, primary, now=now, actor=user) if "primary" in self.changed_data else kept
        except families.NoPrimary as refusal:
            self.add_error("primary", str(refusal))
        except Unreadable as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
        except AlreadyThere as refusal:
            self.taken = refusal.contact
            self.add_error("phone_number", refusal.sentence)
        except Barred as refusal:
            self.add_error("phone_number", refusal.sentence)
        return None


def _as_texts(contact: Contact) -> dict[str, str]:
    return {
        "phone_number": contact.phone_number,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company": contact.company,
        "email": contact.email,
        "country": contact.country,
        "timezone": contact.timezone if contact.zone_source == ZoneSource.GIVEN else "",
        "tags": ", ".join(contact.tag_list),
        "priority": ("high", "normal", "low")[contact.priority],
        "external_id": contact.external_id,
        "primary": contact.primary.phone_number if contact.primary else "",
        "consent_source": contact.consent_source,
        "consent_note": contact.consent_note,
    }
