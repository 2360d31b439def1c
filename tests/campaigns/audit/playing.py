"""Scenarios played on rows, with what carriers' reports and the audit trail keep of them."""

from collections.abc import Callable

from accounts import audit
from campaigns.dialing.trace import Trace
from campaigns.models import Call, CallReport
from tests.flows.scenario_rows import POOL, Player


class Audited(Player):
    """Switches numbers as the pool's page does: with a line in the audit trail."""

    def _pool(self, action, now):
        number = self.numbers[action.number]
        campaign = self.campaigns[action.campaign]
        was = campaign.pool.filter(number=number).values_list("status", flat=True).first()
        super()._pool(action, now)
        if was is not None and was != POOL[action.action]:
            detail = {"number": number.phone_number, "status": POOL[action.action]}
            audit.record(campaign.workspace_id, "campaign.number", campaign, actor=None, detail=detail, at=now)


def played(data, prepare: Callable[[Audited], None] = lambda player: None) -> tuple[Audited, set[int]]:
    """A scenario played on rows; what analysis said is kept with each call, as carriers' reports are. `prepare` may add
    to the clock what no scenario tells."""
    player = Audited(data, Trace(lambda line: None))
    prepare(player)
    player.run()
    achieved = set()
    for call in Call.objects.filter(outcome="human"):
        said = player.findings[call.pk].findings
        report = {
            "disposition": said.disposition,
            "do_not_call": said.do_not_call,
            "callback_asked": said.callback_asked,
            "callback_at": said.callback_at,
            "received_at": call.ended_at,
        }
        CallReport.objects.update_or_create(call=call, defaults=report)
        Call.objects.filter(pk=call.pk).update(spoke=said.spoke)
        if said.primary_goal == "achieved":
            achieved.add(call.pk)
    return player, achieved
