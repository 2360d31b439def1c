import pytest

from accounts import members
from accounts.models import AuditEvent, Membership
from accounts.roles import Role
from tests.factories import MembershipFactory, UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(member):
    return member(Role.OWNER)


def test_a_new_address_gets_an_account_with_a_password_that_is_told_once(workspace, boss):
    membership, password = members.add(workspace, " New@Example.test ", Role.VIEWER, name="Ada King", actor=boss)
    assert membership.user.email == "new@example.test"
    assert membership.user.get_full_name() == "Ada King"
    assert membership.user.check_password(password)


def test_somebody_with_an_account_only_joins(workspace, boss):
    person = UserFactory(email="known@example.test")
    membership, password = members.add(workspace, "known@example.test", Role.OPERATOR, actor=boss)
    assert (membership.user, membership.role, password) == (person, Role.OPERATOR, "")


def test_nobody_joins_twice(workspace, boss):
    with pytest.raises(members.Refused, match="is a member already"):
        members.add(workspace, boss.email, Role.VIEWER, actor=boss)


def test_the_last_owner_stays(workspace, boss):
    mine = Membership.objects.get(user=boss)
    with pytest.raises(members.Refused, match="needs an owner"):
        members.remove(mine, actor=boss)
    with pytest.raises(members.Refused, match="needs an owner"):
        members.change_role(mine, Role.MANAGER, actor=boss)
    mine.refresh_from_db()
    assert mine.role == Role.OWNER


def test_an_owner_of_another_workspace_does_not_count(workspace, boss):
    MembershipFactory(workspace=WorkspaceFactory(), role=Role.OWNER)
    with pytest.raises(members.Refused):
        members.remove(Membership.objects.get(user=boss), actor=boss)


def test_one_of_two_owners_may_go(workspace, boss, member):
    member(Role.OWNER)
    members.remove(Membership.objects.get(user=boss), actor=boss)
    assert workspace.memberships.count() == 1


def test_every_change_is_in_the_audit_trail(workspace, boss):
    membership, _ = members.add(workspace, "new@example.test", Role.VIEWER, actor=boss)
    members.change_role(membership, Role.MANAGER, actor=boss)
    members.remove(membership, actor=boss)
    told = list(AuditEvent.objects.order_by("id").values_list("action", "actor", "detail"))
    assert told == [
        ("member.add", boss.pk, {"email": "new@example.test", "role": "viewer"}),
        ("member.role", boss.pk, {"email": "new@example.test", "from": "viewer", "to": "manager"}),
        ("member.remove", boss.pk, {"email": "new@example.test", "role": "manager"}),
    ]
