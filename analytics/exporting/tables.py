"""The columns of calls, results and suppressions. Those of people stand in `people`."""

from analytics.exporting.columns import Column, Kind, Table
from analytics.exporting.people import RESULTS, STATES

WORD, WHOLE, TRUTH, MONEY, DATA = Kind.WORD, Kind.WHOLE, Kind.TRUTH, Kind.MONEY, Kind.DATA
# As contacts.models.Contact.display_name, "" for a call to nobody we know.
NAME = (
    "coalesce(nullif(c.name, ''), nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), '')"
)
# The one result of a contact that counts: as goals.queries.best_results.
COUNTS = """g.id = (SELECT b.id FROM goals_goalresult b
    WHERE b.goal_id = g.goal_id AND b.campaign_contact_id = g.campaign_contact_id
    ORDER BY b.result, coalesce(b.score, -1) DESC, b.id LIMIT 1)"""


def calls() -> Table:
    """One row an attempt, with the answer to "why was this person called?"."""
    columns = (
        Column("launched_at", lambda d: d.time("k.launched_at"), WORD),
        Column("reference", lambda d: d.uuid("k.reference"), WORD),
        Column("campaign", lambda d: "campaign.name"),
        Column("direction", lambda d: "k.direction", WORD),
        Column("phone_number", lambda d: "k.phone_number", WORD),
        Column("name", lambda d: NAME),
        Column("number", lambda d: "n.phone_number", WORD),
        Column("carrier", lambda d: "carrier.name"),
        Column("agent", lambda d: "agent.name"),
        Column("run", lambda d: "k.run", WHOLE),
        Column("attempt", lambda d: "k.attempt", WHOLE),
        Column("cause", lambda d: "k.cause", WORD),
        Column("due_at", lambda d: d.time("k.due_at"), WORD),
        Column("state", lambda d: d.word("k.state", STATES), WORD),
        Column("outcome", lambda d: "k.outcome", WORD),
        Column("reason", lambda d: "k.reason"),
        Column("sent_at", lambda d: d.time("k.sent_at"), WORD),
        Column("ringing_at", lambda d: d.time("k.ringing_at"), WORD),
        Column("answered_at", lambda d: d.time("k.answered_at"), WORD),
        Column("ended_at", lambda d: d.time("k.ended_at"), WORD),
        Column("talk_seconds", lambda d: "k.talk_seconds", WHOLE),
        Column("spoke", lambda d: "k.spoke", TRUTH),
        Column("continues", lambda d: "k.continues", TRUTH),
        Column("cost", lambda d: d.money("k.cost"), MONEY),
        Column("disposition", lambda d: "r.disposition"),
        Column("summary", lambda d: "r.summary"),
        Column("verdict", lambda d: "k.verdict", WORD),
        Column("provider_call_id", lambda d: "k.provider_call_id"),
        Column("clearance", lambda d: d.json_text("k.clearance"), DATA),
    )
    return Table(
        columns,
        lambda d: (
            """FROM piece JOIN campaigns_call k ON k.id = piece.id
            JOIN telephony_number n ON n.id = k.number_id
            JOIN telephony_carrier carrier ON carrier.id = k.carrier_id
            JOIN telephony_agent agent ON agent.id = k.agent_id
            LEFT JOIN campaigns_campaign campaign ON campaign.id = k.campaign_id
            LEFT JOIN contacts_contact c ON c.id = k.contact_id
            LEFT JOIN campaigns_callreport r ON r.call_id = k.id"""
        ),
    )


def results() -> Table:
    """One row a conversation and goal; `counts` marks the one that stands for the contact."""
    columns = (
        Column("goal", lambda d: "goal.name"),
        Column("goal_kind", lambda d: "goal.kind", WORD),
        Column("phone_number", lambda d: "c.phone_number", WORD),
        Column("name", lambda d: NAME),
        Column("external_id", lambda d: "c.external_id"),
        Column("result", lambda d: d.word("g.result", RESULTS), WORD),
        Column("score", lambda d: "g.score", WHOLE),
        Column("counts", lambda d: COUNTS, TRUTH),
        Column("quotation", lambda d: "g.quotation"),
        Column("source", lambda d: "g.source", WORD),
        Column("found_at", lambda d: d.time("g.at"), WORD),
        Column("call_reference", lambda d: d.uuid("k.reference"), WORD),
        Column("called_at", lambda d: d.time("k.launched_at"), WORD),
        Column("run", lambda d: "k.run", WHOLE),
        Column("attempt", lambda d: "k.attempt", WHOLE),
        Column("talk_seconds", lambda d: "k.talk_seconds", WHOLE),
        Column("disposition", lambda d: "r.disposition"),
        Column("status", lambda d: "cc.status", WORD),
        Column("reason", lambda d: "cc.reason", WORD),
    )
    return Table(
        columns,
        lambda d: (
            """FROM piece JOIN goals_goalresult g ON g.id = piece.id
            JOIN goals_goal goal ON goal.id = g.goal_id
            JOIN campaigns_campaigncontact cc ON cc.id = g.campaign_contact_id
            JOIN contacts_contact c ON c.id = cc.contact_id
            JOIN campaigns_call k ON k.id = g.call_id
            LEFT JOIN campaigns_callreport r ON r.call_id = k.id"""
        ),
    )


def suppressions() -> Table:
    """As an import of the list reads it."""
    columns = (
        Column("phone_number", lambda d: "s.phone_number", WORD),
        Column("reason", lambda d: "s.reason", WORD),
        Column("source", lambda d: "s.source"),
        Column("note", lambda d: "s.note"),
        Column("at", lambda d: d.time("s.at"), WORD),
    )
    return Table(columns, lambda d: "FROM piece JOIN contacts_suppression s ON s.id = piece.id")
