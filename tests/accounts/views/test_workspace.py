import pytest

from accounts import tokens
from accounts.models import ApiToken, AuditEvent, Membership, User, Workspace
from accounts.roles import Role
from tests.factories import ApiTokenFactory, MembershipFactory

pytestmark = pytest.mark.django_db
SETTINGS = {
    "name": "Renamed",
    "timezone": "Europe/Berlin",
    "currency": "eur",
    "default_country": "DE",
}


def test_an_owner_changes_the_settings_and_it_is_recorded(owner, workspace):
    assert owner.post("/workspace/", SETTINGS).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.name, workspace.currency, workspace.default_country) == ("Renamed", "EUR", "DE")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("workspace.edit", owner.user)
    assert event.detail["currency"][1] == "EUR"


def test_an_owner_sets_caps_and_raises_the_balance(owner, workspace):
    given = {**SETTINGS, "balance": "100", "calls_per_day": "3", "calls_per_week": ""}
    assert owner.post("/workspace/", given).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.balance, workspace.calls_per_day, workspace.calls_per_week) == (100, 3, None)
    detail = AuditEvent.objects.get().detail
    assert (detail["balance"], detail["calls_per_day"]) == (["None", "100"], ["None", "3"])


def test_a_balance_that_was_lowered_meanwhile_is_not_set_back(owner, workspace):
    Workspace.objects.filter(pk=workspace.pk).update(balance=90)  # the page showed 100
    owner.post("/workspace/", {**SETTINGS, "balance": "100.0000", "initial-balance": "100.0000"})
    workspace.refresh_from_db()
    assert (workspace.name, workspace.balance) == ("Renamed", 90)


def test_a_cap_of_nought_is_refused(owner, workspace):
    assert owner.post("/workspace/", {**SETTINGS, "calls_per_day": "0"}).status_code == 200
    workspace.refresh_from_db()
    assert workspace.calls_per_day is None


def test_others_see_them_and_cannot_change_them(manager, workspace):
    assert "Only an owner changes these settings." in manager.get("/workspace/").content.decode()
    manager.post("/workspace/", SETTINGS)
    workspace.refresh_from_db()
    assert workspace.name == "The workspace"


def test_a_field_out_of_range_is_said_at_the_field_and_on_top(owner, workspace):
    page = owner.post("/workspace/", {**SETTINGS, "currency": "E1"}).content.decode()
    assert page.count("Give the three letters of a currency, such as EUR.") == 2
    assert "The workspace" in page


def test_a_new_members_password_is_shown_once(owner, workspace):
    page = owner.post("/workspace/members/new/", {"email": "new@example.test", "name": "", "role": "viewer"})
    person = User.objects.get(email="new@example.test")
    assert person.check_password(page.context["password"])
    assert page.context["password"] in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_a_member_that_is_there_already_is_refused_at_the_field(owner):
    page = owner.post("/workspace/members/new/", {"email": owner.user.email, "role": "viewer"}).content.decode()
    assert "is a member already. Change the role in the list." in page


def test_roles_change_and_members_go(owner, workspace):
    membership = MembershipFactory(workspace=workspace, role=Role.VIEWER)
    owner.post(f"/workspace/members/{membership.pk}/role/", {"role": "manager"})
    membership.refresh_from_db()
    assert membership.role == Role.MANAGER
    owner.post(f"/workspace/members/{membership.pk}/remove/")
    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_the_last_owner_is_told_why_not(owner):
    mine = Membership.objects.get(user=owner.user)
    page = owner.post(f"/workspace/members/{mine.pk}/remove/", follow=True).content.decode()
    assert "A workspace needs an owner. Make somebody else an owner first." in page


def test_a_tokens_text_is_shown_once_and_opens_the_workspace(owner, workspace):
    page = owner.post("/workspace/tokens/new/", {"name": "CRM", "role": "operator", "scopes": ["read"]})
    plain, token = page.context["plain"], ApiToken.objects.get()
    assert (token.digest, token.scopes, token.workspace) == (tokens.digest(plain), ["read"], workspace)
    assert plain in page.content.decode()
    assert plain not in owner.get("/workspace/tokens/").content.decode()


def test_a_revoked_token_stays_in_the_list(owner, workspace):
    token = ApiTokenFactory(workspace=workspace, name="CRM")
    page = owner.post(f"/workspace/tokens/{token.pk}/revoke/", follow=True).content.decode()
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "Revoked" in page


@pytest.mark.parametrize(
    ("address", "factory"),
    [("/workspace/members/", MembershipFactory), ("/workspace/tokens/", ApiTokenFactory)],
)
def test_a_list_asks_the_database_as_often_for_three_rows_as_for_one(owner, workspace, queries_of, address, factory):
    factory(workspace=workspace)
    one = queries_of(owner, address)
    factory.create_batch(2, workspace=workspace)
    assert queries_of(owner, address) == one
