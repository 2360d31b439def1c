import pytest

from accounts.first_run import EMAIL, ensure_owner
from accounts.models import Membership, User, Workspace
from accounts.roles import Role

pytestmark = pytest.mark.django_db


def test_an_empty_installation_gets_one_owner_of_one_workspace_who_can_sign_in():
    email, password = ensure_owner()
    owner = User.objects.get()
    assert (email, owner.email, owner.is_staff, owner.check_password(password)) == (EMAIL, EMAIL, True, True)
    assert [(m.user, m.role) for m in Workspace.objects.get().memberships.all()] == [(owner, Role.OWNER)]


def test_the_password_is_long_and_another_one_in_every_installation():
    passwords = []
    for _ in range(2):
        User.objects.all().delete()
        passwords.append(ensure_owner()[1])
    assert passwords[0] != passwords[1]
    assert {len(password) for password in passwords} == {16}


def test_a_second_start_names_the_owner_and_changes_nothing():
    ensure_owner()
    before = User.objects.get().password
    assert ensure_owner() == (EMAIL, None)
    assert (User.objects.get().password, Workspace.objects.count()) == (before, 1)


def test_an_installation_with_people_of_its_own_names_its_oldest_active_owner():
    workspace = Workspace.objects.create(name="Harbour Clinic")
    for email, role, active in [
        ("viewer@harbour.example", Role.VIEWER, True),
        ("gone@harbour.example", Role.OWNER, False),
        ("ana@harbour.example", Role.OWNER, True),
        ("ben@harbour.example", Role.OWNER, True),
    ]:
        user = User.objects.create_user(email, "a long enough one", is_active=active)
        Membership.objects.create(workspace=workspace, user=user, role=role)
    assert ensure_owner() == ("ana@harbour.example", None)


def test_people_without_any_owner_are_left_alone():
    User.objects.create_user("ana@harbour.example", "a long enough one")
    assert ensure_owner() == ("", None)
