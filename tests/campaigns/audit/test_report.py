"""The audit on the report page and in the API."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from accounts.figures import thousands
from campaigns import tasks
from campaigns.models import Audit
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(workspace):
    return CampaignFactory(workspace=workspace, status="completed", status_at=timezone.now(), run=1)


def kept(campaign, violations=0, sentences=()):
    return Audit.objects.create(
        campaign=campaign, at=timezone.now(), launches=41322, violations=violations, sentences=list(sentences)
    )


def text_of(operator, campaign) -> str:
    return operator.get(reverse("campaigns:report", args=[campaign.pk])).content.decode()


def test_the_report_prints_the_result_and_its_sentences(operator, ended):
    assert "Not checked yet" in text_of(operator, ended)

    kept(ended)
    assert f"0 violations in {thousands(41322)} launches" in text_of(operator, ended)

    Audit.objects.filter(campaign=ended).update(violations=1, sentences=["+1415 is called outside its window"])
    told = text_of(operator, ended)
    assert f"1 violation in {thousands(41322)} launches" in told and "+1415 is called outside its window" in told


def test_check_again_has_it_done_in_the_background(operator, ended):

    answer = operator.post(reverse("campaigns:check_again", args=[ended.pk]))

    assert answer.url == reverse("campaigns:report", args=[ended.pk])
    (task,) = OrmQ.objects.all()
    assert task.func() == "campaigns.tasks.audit_campaign" and tuple(task.args()) == (ended.pk,)
    tasks.audit_campaign(ended.pk)
    assert Audit.objects.get(campaign=ended).launches == 0
