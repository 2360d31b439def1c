"""Random runs in which numbers are edited and people merged at any moment: no rule is found broken that was kept."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

import pytest

from campaigns import auditing
from campaigns.dialing.rehearsal import Kind
from campaigns.merging import merge
from campaigns.models import Call, Campaign
from contacts import people
from contacts.merging import NotMerged
from contacts.models import Contact
from tests.campaigns.audit.playing import Audited, played
from tests.factories import ContactFactory
from tests.flows import test_stores

pytestmark = pytest.mark.django_db
CHANGES = 3


class Changing:
    """Edits and merges people at random."""

    def __init__(self, dice: Random):
        self.dice = dice

    def prepare(self, player: Audited) -> None:
        begin, span = player.scenario.start, player.scenario.until - player.scenario.start
        scripts = player.scripts
        player.scripts = defaultdict(lambda: next(iter(scripts.values())), scripts)
        for _ in range(CHANGES):
            at = begin + timedelta(seconds=self.dice.random() * 0.6 * span.total_seconds())
            player.clock.at(at, Kind.ACTION, lambda at=at: self.change(at))

    def change(self, at: datetime) -> None:
        found = list(Contact.objects.order_by("id"))
        if len(found) > 2:
            one, other = self.dice.sample(found, 2)
            try:
                self.dice.choice([self.edited, self.met, self.taken])(one, other, at)
            except NotMerged:
                return  # in a call

    def edited(self, one: Contact, other: Contact, at: datetime) -> None:
        people.edit(one, {"phone_number": self.number()}, now=at)

    def met(self, one: Contact, other: Contact, at: datetime) -> None:
        merge(one, other, now=at)

    def taken(self, one: Contact, other: Contact, at: datetime) -> None:
        kept = ContactFactory(workspace=one.workspace, phone_number=self.number(), spread_at=at)
        merge(kept, one, now=at)

    def number(self) -> str:
        return f"+1212555{self.dice.randint(1000, 9999)}"


@pytest.mark.parametrize(
    "seed", [0, 1, 19, 41, 110, *(pytest.param(n, marks=pytest.mark.load) for n in range(120, 150))]
)
def test_a_run_in_which_people_change_audits_to_no_violations(seed):
    given = test_stores.scenario(Random(seed))
    given["actions"] = [action for action in given["actions"] if action["action"] != "hold"]  # of who may be gone
    prepare = Changing(Random(seed + 1000)).prepare
    player, achieved = played(given, prepare)

    for campaign in Campaign.objects.select_related("agent", "workspace").order_by("id"):
        audited = auditing.check(campaign, player.scenario.until, lambda campaign: achieved)
        assert [finding.sentence for finding in audited.violations] == [], f"seed {seed}, {campaign}"
        assert audited.launches == Call.objects.filter(campaign=campaign).count()
