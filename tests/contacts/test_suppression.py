import pytest

from accounts.models import AuditEvent
from contacts import suppression
from contacts.models import Suppression
from contacts.suppression import ReasonMissing
from tests.factories import NOON, SuppressionFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
NUMBERS = ["+12125551000", "+12125551001", "+12125551000"]


def test_adding_twice_is_adding_once_and_the_first_entry_stays(workspace) -> None:
    assert suppression.add(workspace.pk, NUMBERS, "asked", "A call", NOON) == 2
    assert suppression.add(workspace.pk, [*NUMBERS, "+12125551002"], "registry", "A list", NOON) == 1
    assert dict(Suppression.objects.values_list("phone_number", "reason")) == {
        "+12125551000": "asked",
        "+12125551001": "asked",
        "+12125551002": "registry",
    }


def test_a_new_entry_is_left_for_the_campaigns_to_pull(workspace) -> None:
    suppression.add(workspace.pk, NUMBERS, "asked", "A call", NOON)
    assert Suppression.objects.filter(spread_at=None).count() == 2


def test_a_long_list_is_added_in_pieces(workspace, monkeypatch) -> None:
    monkeypatch.setattr(suppression, "PIECE", 10)
    numbers = [f"+1212555{n:04}" for n in range(35)]
    assert suppression.add(workspace.pk, numbers, "imported", "A list", NOON) == 35
    assert suppression.listed(workspace.pk, [*numbers, "+13105552003"]) == set(numbers)


def test_a_list_ends_at_the_border_of_its_workspace(workspace) -> None:
    SuppressionFactory(workspace=WorkspaceFactory(), phone_number="+12125551000")
    assert suppression.listed(workspace.pk, NUMBERS) == set()
    assert suppression.add(workspace.pk, NUMBERS[:1], "asked", "", NOON) == 1


def test_an_entry_leaves_only_with_a_reason_which_is_kept(workspace, member) -> None:
    entry = SuppressionFactory(workspace=workspace, reason="asked", source="A call")
    with pytest.raises(ReasonMissing, match="Say why"):
        suppression.remove([entry], reason="  ", actor=None)
    assert suppression.remove([entry], reason="A mistake.", actor=member("manager")) == 1
    event = AuditEvent.objects.get()
    assert event.detail | {"listed_at": ""} == {
        "reason": "A mistake.",
        "listed_because": "asked",
        "listed_words": "Asked not to be called",
        "listed_at": "",
        "source": "A call",
        "note": "",
    }
    assert not Suppression.objects.exists()
