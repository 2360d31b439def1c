import pytest

from accounts.models import AuditEvent
from telephony.numbers import set_spam_score
from tests.factories import NOON, NumberFactory

pytestmark = pytest.mark.django_db


def test_a_score_is_kept_with_its_history_and_in_the_audit_trail():
    number = NumberFactory(spam_score=2)
    assert set_spam_score(number, 7, source="Monthly check", at=NOON, actor_name="Import")
    number.refresh_from_db()
    assert (number.spam_score, number.spam_colour) == (7, "red")
    assert list(number.spam_history.values_list("score", "source", "at")) == [(7, "Monthly check", NOON)]
    assert AuditEvent.objects.get().detail == {"from": 2, "to": 7, "source": "Monthly check"}


def test_the_same_score_again_writes_nothing():
    number = NumberFactory(spam_score=2)
    assert not set_spam_score(number, 2, source="Monthly check", at=NOON)
    assert (number.spam_history.count(), AuditEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize("score", [-1, 11])
def test_a_score_that_does_not_exist_is_refused(score):
    with pytest.raises(ValueError, match="between 0 and 10"):
        set_spam_score(NumberFactory(), score, source="", at=NOON)
