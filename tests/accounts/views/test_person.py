import pytest
from django.test import override_settings

from accounts.models import User
from accounts.roles import Role
from tests.factories import PASSWORD, MembershipFactory, UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": email, "password": password, **more})


def test_one_signs_in_with_the_address_in_any_spelling(nobody, workspace):
    person = MembershipFactory(workspace=workspace, user__email="ada@example.test").user
    assert sign_in(nobody, "Ada@Example.TEST").status_code == 302
    assert nobody.get("/profile/").context["user"] == person


def test_a_wrong_password_says_what_to_do_and_not_which_half_was_wrong(nobody):
    UserFactory(email="ada@example.test")
    page = sign_in(nobody, "ada@example.test", "wrong").content.decode()
    assert "This e-mail address and password do not fit. Check both and try again." in page
    assert sign_in(nobody, "unknown@example.test", "wrong").status_code == 200


def test_after_signing_in_one_is_where_one_wanted_to_go_but_never_elsewhere(nobody, workspace):
    MembershipFactory(workspace=workspace, user__email="ada@example.test")
    assert sign_in(nobody, "ada@example.test", next="/numbers/")["Location"] == "/numbers/"
    nobody.logout()
    assert sign_in(nobody, "ada@example.test", next="https://evil.example/")["Location"] == "/"


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=3)
def test_guessing_is_stopped_for_a_while(nobody):
    UserFactory(email="ada@example.test")
    for email in ("ada@example.test", "Ada@example.test", "ADA@example.test"):
        answer = sign_in(nobody, email, "wrong")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert sign_in(nobody, "ada@example.test").status_code == 429


def test_signing_out_needs_a_form(operator):
    assert operator.get("/sign-out/").status_code == 405
    assert operator.post("/sign-out/")["Location"] == "/sign-in/"
    assert operator.get("/profile/")["Location"] == "/sign-in/?next=/profile/"


def test_somebody_of_two_workspaces_is_asked_which_one(nobody, workspace):
    person = MembershipFactory(workspace=workspace).user
    other = MembershipFactory(user=person, workspace=WorkspaceFactory(name="The other")).workspace
    nobody.force_login(person)
    assert nobody.get("/numbers/")["Location"] == "/workspaces/"
    assert "The other" in nobody.get("/workspaces/").content.decode()
    nobody.post(f"/workspaces/{other.pk}/switch/", {"next": "/numbers/"})
    assert nobody.get("/numbers/").context["workspace"] == other


def test_somebody_without_a_workspace_is_told_whom_to_ask(nobody):
    nobody.force_login(UserFactory())
    assert "Ask an owner" in nobody.get("/workspaces/").content.decode()


def test_a_workspace_one_does_not_belong_to_is_not_there(operator):
    assert operator.post(f"/workspaces/{WorkspaceFactory().pk}/switch/").status_code == 404


def test_the_profile_keeps_name_and_zone(operator):
    answer = operator.post("/profile/", {"first_name": "Ada", "last_name": "King", "timezone": "Kolkata (IST)"})
    assert answer.status_code == 302
    person = User.objects.get(pk=operator.user.pk)
    assert (str(person), person.timezone) == ("Ada King", "Asia/Kolkata")


def test_a_wrong_zone_keeps_what_was_typed(operator):
    page = operator.post("/profile/", {"first_name": "Ada", "timezone": "Mars"}).content.decode()
    assert 'value="Ada"' in page
    assert "“Mars” is not a known time zone." in page


def test_changing_the_password(operator):
    new = "another long password"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert operator.post("/profile/password/", data)["Location"] == "/profile/"
    assert User.objects.get(pk=operator.user.pk).check_password(new)


def test_a_role_that_may_not_is_told_so(viewer):
    answer = viewer.get("/numbers/new/")
    assert answer.status_code == 403
    assert "Your role in this workspace does not allow this. Ask an owner or manager." in answer.content.decode()


def test_the_only_workspace_is_taken_without_asking(signed_in):
    assert signed_in(Role.VIEWER).get("/numbers/").status_code == 200


def test_a_page_that_is_not_there_says_so_in_plain_words(operator):
    answer = operator.get("/numbers/999/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
