"""Try an agent: one call to one number, through the same path as a campaign's calls."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.phone import NotAPhoneNumber, read
from campaigns.choices import Cause
from campaigns.models import Call
from contacts import suppression
from contacts.models import Contact
from telephony.models import Agent, Number, NumberDirection


class CannotTest(Exception):
    """The test call was not placed; `sentence` says why and what to do."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


def place(agent: Agent, phone_number: str, actor: User | None, now: datetime) -> Call:
    """Queue one test call; a dialer places it within a second or two. Commits. Raises CannotTest."""
    try:
        phone = read(phone_number, agent.workspace.default_country)
    except NotAPhoneNumber as problem:
        raise CannotTest(str(problem)) from problem
    if suppression.listed(agent.workspace_id, [phone.e164]):
        raise CannotTest(f"{phone.e164} is on the suppression list. Nobody calls it, not even for a test.")
    number = number_for(agent)
    if number is None:
        raise CannotTest("No number can make this call. Add an outbound number of an enabled carrier of this provider.")
    contact = Contact.objects.filter(workspace=agent.workspace_id, phone_number=phone.e164).first()
    try:
        with transaction.atomic():
            call = Call.objects.create(
                workspace_id=agent.workspace_id,
                agent=agent,
                carrier_id=number.carrier_id,
                number=number,
                contact=contact,
                phone_number=phone.e164,
                cause=Cause.TEST,
                launched_at=now,
                check_at=now,
            )
            audit.record(agent.workspace_id, "agent.test_call", agent, actor=actor, detail={"to": phone.e164}, at=now)
    except IntegrityError as error:
        raise CannotTest(f"{phone.e164} is in a call right now. Try again when it has ended.") from error
    return call


def number_for(agent: Agent) -> Number | None:
    """The agent's default number, else the first that may make its calls."""
    fit = Number.objects.filter(
        workspace=agent.workspace_id, carrier__enabled=True, carrier__disabled_at=None, carrier__provider=agent.provider
    ).exclude(direction=NumberDirection.INBOUND)
    return fit.filter(pk=agent.default_number_id or 0).first() or fit.order_by("id").first()


def queued(workspace_id: int) -> list[Call]:
    """Test calls that no carrier was told of yet."""
    rows = Call.objects.filter(workspace=workspace_id, campaign=None, concluded_at=None, sent_at=None, ended_at=None)
    return list(rows.filter(cause=Cause.TEST).order_by("id"))
