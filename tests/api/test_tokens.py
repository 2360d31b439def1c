from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiToken, AuditEvent
from accounts.roles import Permission, Role
from accounts.tokens import LAST_USED_STEP, issue, revoke
from config import api_urls
from tests.factories import CampaignFactory, WorkspaceFactory

CAMPAIGNS = "/api/v1/campaigns/"


def test_the_plain_token_is_nowhere_kept(workspace):
    token, plain = issue(workspace, "CRM", Role.OPERATOR, [], None)
    assert plain.startswith(token.prefix)
    assert plain not in str(ApiToken.objects.filter(pk=token.pk).values())


def test_issuing_and_revoking_are_in_the_audit_trail(workspace):
    token, _ = issue(workspace, "CRM", Role.OPERATOR, [Permission.READ], None)
    revoke(token, actor=None)
    revoke(token, actor=None)
    assert sorted(AuditEvent.objects.values_list("action", flat=True)) == ["token.issue", "token.revoke"]


def test_a_word_that_is_no_scope_is_refused(workspace):
    with pytest.raises(ValueError, match="everything"):
        issue(workspace, "CRM", Role.OPERATOR, ["everything"], None)


def test_without_a_token_the_answer_says_how_to_send_one(client, db):
    answer = client.get(CAMPAIGNS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("header", ["Bearer od_unknown", "Bearer", "Bearer two words", "Bearer ünknown"])
def test_an_unknown_token_is_refused(header, db):
    assert APIClient().get(CAMPAIGNS, HTTP_AUTHORIZATION=header).status_code == 401


def test_a_revoked_token_opens_nothing(api):
    assert api.get(CAMPAIGNS).status_code == 200
    revoke(api.token, actor=None)
    assert api.get(CAMPAIGNS).status_code == 401


def test_last_use_is_kept_to_the_minute(api, django_assert_num_queries):
    api.get(CAMPAIGNS)
    first = ApiToken.objects.get(pk=api.token.pk).last_used_at
    api.get(CAMPAIGNS)
    assert ApiToken.objects.get(pk=api.token.pk).last_used_at == first
    ApiToken.objects.filter(pk=api.token.pk).update(last_used_at=timezone.now() - LAST_USED_STEP - timedelta(seconds=1))
    api.get(CAMPAIGNS)
    assert ApiToken.objects.get(pk=api.token.pk).last_used_at > first


def test_a_viewer_reads_and_changes_nothing(program, workspace):
    viewer, campaign = program(Role.VIEWER), CampaignFactory(workspace=workspace)
    assert viewer.get(f"{CAMPAIGNS}{campaign.pk}/").status_code == 200
    answer = viewer.patch(f"{CAMPAIGNS}{campaign.pk}/", {"notes": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")


def test_scopes_narrow_what_the_role_may(program, workspace):
    campaign = CampaignFactory(workspace=workspace)
    reader = program(Role.OWNER, scopes=(Permission.READ,))
    assert reader.get(CAMPAIGNS).status_code == 200
    assert reader.post(f"{CAMPAIGNS}{campaign.pk}/cancel/").status_code == 403
    runner = program(Role.OWNER, scopes=(Permission.RUN,))
    assert runner.get(CAMPAIGNS).status_code == 403
    assert runner.post(f"{CAMPAIGNS}{campaign.pk}/cancel/").status_code == 200


def test_scopes_never_widen_the_role(program, workspace):
    viewer = program(Role.VIEWER, scopes=(Permission.READ, Permission.RUN))
    assert viewer.post(f"{CAMPAIGNS}{CampaignFactory(workspace=workspace).pk}/cancel/").status_code == 403


def test_archiving_is_for_managers(program, workspace):
    campaign = CampaignFactory(workspace=workspace)
    assert program(Role.OPERATOR).post(f"{CAMPAIGNS}{campaign.pk}/archive/").status_code == 403
    assert program(Role.MANAGER).post(f"{CAMPAIGNS}{campaign.pk}/archive/").status_code == 200


def test_every_view_that_changes_something_says_who_may():
    undeclared = []
    for _, view, _ in api_urls.router.registry:
        changing = {"create", "update", "partial_update", "destroy"} & set(dir(view))
        changing |= {a.mapping["post"] for a in view.get_extra_actions() if "post" in a.mapping}
        changing -= {"update"}
        undeclared += [f"{view.__name__}.{name}" for name in changing if name not in view.scopes]
    assert undeclared == []


def test_a_token_sees_nothing_of_another_workspace(program, ready):
    stranger = program(at=WorkspaceFactory())
    assert stranger.get(CAMPAIGNS).json()["results"] == []
    for method, path in [
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "start/"),
        ("post", "clone/"),
        ("get", "readiness/"),
        ("get", "dispatch/"),
        ("get", "stats/"),
        ("get", "contacts/"),
        ("post", "contacts/"),
        ("post", "contacts/bulk/"),
        ("get", f"contacts/{ready.audience.get().pk}/"),
        ("post", f"contacts/{ready.audience.get().pk}/exclude/"),
        ("get", "goals/"),
        ("post", "goals/"),
    ]:
        answer = getattr(stranger, method)(f"{CAMPAIGNS}{ready.pk}/{path}", {})
        assert (path, answer.status_code, answer.json()["error"]["code"]) == (path, 404, "not_found")
