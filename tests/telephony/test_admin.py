"""Carriers and numbers in the back office; what a carrier is reached with is never shown."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from telephony.models import Carrier, Number, SpamScore
from tests.factories import CarrierFactory, NumberFactory, WorkspaceFactory
from tests.forms import fields


def save(client, address, **changed):
    return client.post(address, fields(client.get(address), **changed), follow=True)


def test_no_page_of_a_carrier_shows_its_credentials(superuser):
    carrier = CarrierFactory()
    for address in ("", f"{carrier.pk}/change/", f"{carrier.pk}/history/"):
        text = superuser.get(f"/admin/telephony/carrier/{address}").content.decode()
        assert carrier.credentials not in text
        assert "carrier-token" not in text


def test_saving_a_carrier_keeps_its_credentials(superuser):
    carrier = CarrierFactory()
    save(superuser, f"/admin/telephony/carrier/{carrier.pk}/change/", max_channels=7)
    assert (Carrier.objects.get().max_channels, Carrier.objects.get().credentials) == (7, carrier.credentials)


def test_a_rate_that_a_carrier_cannot_have_is_refused(superuser):
    carrier = CarrierFactory()
    answer = save(superuser, f"/admin/telephony/carrier/{carrier.pk}/change/", max_cps="1.5")
    assert "whole number" in answer.content.decode()


def test_switching_a_carrier_on_again_clears_its_trouble(superuser):
    carrier = CarrierFactory(enabled=False, disabled_reason="Wrong token", rest_seconds=300)
    save(superuser, f"/admin/telephony/carrier/{carrier.pk}/change/", enabled="on")
    carrier.refresh_from_db()
    assert (carrier.enabled, carrier.disabled_reason, carrier.rest_seconds) == (True, "", 0)


def test_a_spam_score_leaves_its_history(superuser):
    number = NumberFactory()
    save(superuser, f"/admin/telephony/number/{number.pk}/change/", spam_score=6)
    assert Number.objects.get().spam_score == 6
    assert SpamScore.objects.get().score == 6


def test_a_carrier_of_another_workspace_is_refused(superuser):
    number = NumberFactory()
    foreign = CarrierFactory(workspace=WorkspaceFactory())
    answer = save(superuser, f"/admin/telephony/number/{number.pk}/change/", carrier=foreign.pk)
    assert "This belongs to another workspace" in answer.content.decode()


def test_an_operator_reads_and_changes_nothing(staff, workspace):
    carrier = CarrierFactory(workspace=workspace)
    operator = staff(Role.OPERATOR)
    assert operator.get(f"/admin/telephony/carrier/{carrier.pk}/change/").status_code == 200
    assert operator.post(f"/admin/telephony/carrier/{carrier.pk}/change/", {"name": "x"}).status_code == 403


def test_numbers_are_imported_with_their_carrier(superuser, workspace):
    carrier = CarrierFactory(workspace=workspace, name="Main")
    CarrierFactory(workspace=WorkspaceFactory(), name="Foreign")

    def upload(text):
        file = SimpleUploadedFile("numbers.csv", text.encode())
        sent = {"import_file": file, "format": "0", "resource": "0", "workspace": workspace.pk}
        preview = superuser.post(reverse("admin:telephony_number_import"), sent)
        if "confirm_form" in preview.context:
            confirmed = preview.context["confirm_form"].initial | {"workspace": workspace.pk}
            superuser.post(reverse("admin:telephony_number_process_import"), confirmed)
        return preview.content.decode()

    assert "There is no carrier" in upload("phone_number,carrier\n+12125550001,Foreign\n")
    assert not Number.objects.exists()
    upload("phone_number,carrier,spam_score\n(212) 555-0001,Main,4\n")
    number = Number.objects.get()
    assert (number.phone_number, number.carrier, number.spam_score, number.country) == (
        "+12125550001",
        carrier,
        4,
        "US",
    )


def test_the_trail_keeps_the_former_and_the_new_limit_and_no_secret(superuser):
    carrier = CarrierFactory(max_channels=5)
    save(superuser, f"/admin/telephony/carrier/{carrier.pk}/change/", max_channels=7, name="Renamed")

    event = AuditEvent.objects.get(action="carrier.edit", object_id=str(carrier.pk))
    assert event.detail == {"max_channels": [5, 7]}
