"""The back office's door, people and tokens."""

from django.test import Client

from accounts.models import ApiToken, Membership, User
from accounts.roles import Role
from accounts.tokens import issue
from tests.factories import PASSWORD, UserFactory, WorkspaceFactory
from tests.forms import fields


def test_staff_sign_in_with_their_address_in_any_case(workspace):
    person = UserFactory(is_staff=True, is_superuser=True)
    page = Client().get("/admin/login/?next=/admin/")
    assert "E-mail address" in page.content.decode()
    answer = Client().post("/admin/login/?next=/admin/", {"username": person.email.upper(), "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_people_who_are_not_on_staff_do_not_get_in(owner):
    assert owner.get("/admin/").status_code == 302


def test_staff_without_a_workspace_see_no_rows(client, workspace):
    client.force_login(UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/campaigns/campaign/").status_code == 403


def test_a_superuser_makes_a_person(superuser):
    sent = {"email": "new@example.test", "timezone": "UTC", "usable_password": "true"}
    sent |= {"password1": "long enough for me", "password2": "long enough for me"}
    answer = superuser.post("/admin/accounts/user/add/", sent)
    assert answer.status_code == 302, answer.content.decode()
    assert User.objects.get(email="new@example.test").check_password("long enough for me")


def test_only_superusers_change_people(staff):
    owner = staff(Role.OWNER)
    address = f"/admin/accounts/user/{owner.user.pk}/change/"
    assert owner.get(address).status_code == 200
    assert owner.post(address, {"is_superuser": "on"}).status_code == 403
    assert staff(Role.MANAGER).get("/admin/accounts/user/").status_code == 403


def test_an_owner_on_staff_sees_the_people_of_their_workspaces(staff):
    foreign = staff(Role.OWNER, WorkspaceFactory()).user
    text = staff(Role.OWNER).get("/admin/accounts/user/").content.decode()
    assert foreign.email not in text


def test_an_owner_gives_roles_in_their_own_workspace_only(staff, workspace, member):
    owner, person = staff(Role.OWNER), member(Role.VIEWER)
    membership = Membership.objects.get(user=person)
    address = f"/admin/accounts/membership/{membership.pk}/change/"
    owner.post(address, fields(owner.get(address), role="manager"))
    assert Membership.objects.get(pk=membership.pk).role == "manager"
    foreign = member(Role.VIEWER, WorkspaceFactory())
    assert owner.get(f"/admin/accounts/membership/{foreign.memberships.get().pk}/change/").status_code == 404


def test_tokens_are_revoked_and_their_hash_is_not_shown(superuser, workspace):
    token, _ = issue(workspace, "CRM", Role.OPERATOR, [], None)
    for address in ("", f"{token.pk}/change/"):
        assert token.digest not in superuser.get(f"/admin/accounts/apitoken/{address}").content.decode()
    superuser.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})
    assert ApiToken.objects.get().revoked_at
