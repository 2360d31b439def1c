"""The columns of a contact, alone and in a campaign.

First what an upload reads, under the names it reads; then every variable under its own; then what is known of the
person (`contacts.importing.exported` says how an import leaves that out again).
"""

from collections.abc import Sequence
from typing import Any

from analytics.exporting.columns import Column, Kind, Table
from campaigns.choices import CallState, Priority
from contacts.importing.exported import GOAL_PREFIX, METRIC_COLUMNS, PERSON_COLUMNS, PREFIX, REST, SCORE_PREFIX
from contacts.models import ZoneSource
from goals.models import Result

WORD, WHOLE, TRUTH, MONEY = Kind.WORD, Kind.WHOLE, Kind.TRUTH, Kind.MONEY
PRIORITIES = {priority.value: priority.word for priority in Priority}
RESULTS = {result.value: result.word for result in Result}
STATES = {state.value: state.name.lower() for state in CallState}
GIVEN = f"CASE WHEN c.zone_source = '{ZoneSource.GIVEN}' THEN c.timezone END"  # a derived zone is derived again
# Few people have one: a join would read the whole table for each piece.
PRIMARY = (
    "CASE WHEN c.primary_id IS NOT NULL THEN (SELECT phone_number FROM contacts_contact WHERE id = c.primary_id) END"
)

# The fields of a contact, in the order of contacts.importing.mapping.OTHER_NAMES.
CONTACT: tuple[Column, ...] = (
    Column("phone_number", lambda d: "c.phone_number", WORD),
    Column("name", lambda d: "c.name"),
    Column("first_name", lambda d: "c.first_name"),
    Column("last_name", lambda d: "c.last_name"),
    Column("company", lambda d: "c.company"),
    Column("email", lambda d: "c.email"),
    Column("country", lambda d: "c.country", WORD),
    Column("timezone", lambda d: GIVEN, WORD),
    Column("tags", lambda d: d.tags("c.tags")),
    Column("priority", lambda d: d.word("c.priority", PRIORITIES), WORD),
    Column("external_id", lambda d: "c.external_id"),
    Column("consent_note", lambda d: "c.consent_note"),
    Column("consent_source", lambda d: "c.consent_source"),
    Column("primary_phone_number", lambda d: PRIMARY, WORD),
)
ALL_VARIABLES = Column("variables", lambda d: d.json_text("detail.variables"), Kind.DATA)
KNOWN: tuple[Column, ...] = (
    Column("contact", lambda d: "c.id", WHOLE),
    Column("suppressed", lambda d: "s.id IS NOT NULL", TRUTH),
    Column("held_until", lambda d: d.time("c.held_until"), WORD),
    Column("held_reason", lambda d: "c.held_reason"),
    Column("time_zones", lambda d: "h.zones", WORD),
    Column("added_at", lambda d: d.time("c.created_at"), WORD),
)
IN_CAMPAIGN: tuple[Column, ...] = (
    Column("campaign", lambda d: "campaign.name"),
    Column("status", lambda d: "cc.status", WORD),
    Column("reason", lambda d: "cc.reason", WORD),
    Column("blocker", lambda d: "why.code", WORD),
    Column("blocker_sentence", lambda d: "why.sentence"),
    Column("eligible_at", lambda d: "why.until", WORD),
    Column("next_attempt_at", lambda d: d.time("cc.next_attempt_at"), WORD),
    Column("run", lambda d: "cc.run", WHOLE),
    Column("attempts", lambda d: "cc.attempts", WHOLE),
    Column("voicemails", lambda d: "cc.voicemails", WHOLE),
    Column("callbacks", lambda d: "cc.callbacks", WHOLE),
    Column("calls", lambda d: "coalesce(talks.calls, 0)", WHOLE),
    Column("conversations", lambda d: "coalesce(talks.conversations, 0)", WHOLE),
    Column("talk_seconds", lambda d: "coalesce(talks.seconds, 0)", WHOLE),
    Column("cost", lambda d: d.money("talks.cost"), MONEY),
    Column("last_called_at", lambda d: d.time("talks.last_at"), WORD),
    Column("last_outcome", lambda d: f"CASE WHEN latest.outcome = '' THEN {_state(d)} ELSE latest.outcome END", WORD),
    Column("last_disposition", lambda d: "said.disposition"),
    Column("numbers_used", lambda d: "used.numbers", WORD),
)


def _state(d: Any) -> str:
    return str(d.word("latest.state", STATES))


def _named(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """The columns under the names that an import knows; one that is missing there is a mistake of ours."""
    assert [PREFIX + column.name for column in columns] == list(names)
    return [Column(name, c.sql, c.kind, c.raw) for name, c in zip(names, columns, strict=True)]


ABOUT = _named(KNOWN, PERSON_COLUMNS)
METRICS = _named((*KNOWN, *IN_CAMPAIGN), METRIC_COLUMNS)

_PERSON = """
    JOIN contacts_hourskey h ON h.id = c.hours_key_id
    LEFT JOIN contacts_suppression s ON s.workspace_id = c.workspace_id AND s.phone_number = c.phone_number"""
# Figures of the calls as campaigns.queries has them: withdrawn calls count for nothing but what they cost.
_TALKS = """
    SELECT k.campaign_contact_id AS id,
        count(*) FILTER (WHERE k.direction = 'outbound' AND k.outcome <> 'cancelled') AS calls,
        count(*) FILTER (WHERE k.outcome = 'human' AND k.spoke AND NOT k.continues) AS conversations,
        sum(k.talk_seconds) FILTER (WHERE k.outcome = 'human' AND k.spoke) AS seconds,
        sum(k.cost) AS cost,
        max(k.launched_at) FILTER (WHERE k.direction = 'outbound' AND k.outcome <> 'cancelled') AS last_at,
        max(k.id) FILTER (WHERE k.outcome <> 'cancelled') AS last_id,
        max(k.id) FILTER (WHERE r.disposition <> '') AS said_id
    FROM piece JOIN campaigns_call k ON k.campaign_contact_id = piece.id
    LEFT JOIN campaigns_callreport r ON r.call_id = k.id
    GROUP BY k.campaign_contact_id"""
_USED = """
    SELECT once.id, {joined} AS numbers FROM (
        SELECT DISTINCT k.campaign_contact_id AS id, n.phone_number
        FROM piece JOIN campaigns_call k ON k.campaign_contact_id = piece.id
        JOIN telephony_number n ON n.id = k.number_id
        WHERE k.direction = 'outbound' AND k.outcome <> 'cancelled'
        ORDER BY 1, 2
    ) once GROUP BY once.id"""


def contacts(variables: Sequence[str], *, rest: bool = False) -> Table:
    """All contacts of a workspace; variables are the latest. rest: all others in one column."""
    others = [_rest("c.variables", variables)] if rest else []
    return Table(
        [*CONTACT, *_variables("c.variables", variables), *ABOUT, *others],
        lambda d: f"FROM piece JOIN {d.stretch('piece', 'contacts_contact', 'id')} c ON c.id = piece.id {_PERSON}",
    )


def listed(
    variables: Sequence[str],
    goals: Sequence[tuple[int, str]],
    why: Sequence[Any],
    *,
    rest: bool = False,
    plain_variables: bool = False,
) -> Table:
    """A campaign's contacts with their metrics. goals: (id, name); why: see `whynot`; rest: all other variables in one
    column; plain_variables: all of them in one, where campaigns of different variables stand in one file."""
    own = [ALL_VARIABLES] if plain_variables else _variables("detail.variables", variables)
    others = [_rest("detail.variables", variables)] if rest else []
    columns = [*CONTACT, *own, *METRICS, *_results(goals), *others]

    def source(d: Any) -> str:
        details = d.stretch("piece", "campaigns_campaigncontactdetail", "campaign_contact_id")
        return f"""FROM piece JOIN {d.stretch("piece", "campaigns_campaigncontact", "id")} cc ON cc.id = piece.id
            JOIN {d.stretch("contact", "contacts_contact", "id")} c ON c.id = cc.contact_id
            JOIN campaigns_campaign campaign ON campaign.id = cc.campaign_id {_PERSON}
            LEFT JOIN {details} detail ON detail.campaign_contact_id = cc.id
            LEFT JOIN ({_TALKS}) talks ON talks.id = cc.id
            LEFT JOIN campaigns_call latest ON latest.id = talks.last_id
            LEFT JOIN campaigns_callreport said ON said.call_id = talks.said_id
            LEFT JOIN ({_USED.format(joined=d.joined("once.phone_number"))}) used ON used.id = cc.id
            LEFT JOIN why ON why.mark = piece.mark {_best(goals)}"""

    return Table(columns, source, lambda d: f", why(mark, code, sentence, until) AS ({d.whys(why)})")


def _variables(column: str, names: Sequence[str]) -> list[Column]:
    return [_variable(column, name) for name in names]


def _variable(column: str, name: str) -> Column:
    return Column(name, lambda d: d.of_json(column, name), raw=lambda d: d.raw_of_json(column, name), variable=True)


def _rest(column: str, names: Sequence[str]) -> Column:
    return Column(REST, lambda d: d.without(column, names), Kind.DATA)


def _best(goals: Sequence[tuple[int, str]]) -> str:
    """Of each goal the least result, and with it the best score, as one number: result × 1000 + 101 − (score + 1)."""
    if not goals:
        return ""
    code = "g.result * 1000 + 101 - coalesce(g.score + 1, 0)"
    each = ", ".join(f"min({code}) FILTER (WHERE g.goal_id = {int(pk)}) AS g{int(pk)}" for pk, _ in goals)
    ids = ", ".join(str(int(pk)) for pk, _ in goals)
    return f"""LEFT JOIN (
        SELECT g.campaign_contact_id AS id, {each}
        FROM piece JOIN goals_goalresult g ON g.campaign_contact_id = piece.id AND g.goal_id IN ({ids})
        GROUP BY g.campaign_contact_id) best ON best.id = cc.id"""


def _results(goals: Sequence[tuple[int, str]]) -> list[Column]:
    return [column for pk, name in goals for column in _result(f"best.g{int(pk)}", name)]


def _result(best: str, name: str) -> tuple[Column, Column]:
    score = f"nullif(100 - {best} %% 1000, -1)"
    return (
        Column(f"{GOAL_PREFIX}{name}", lambda d: d.word(f"{best} / 1000", RESULTS), WORD),
        Column(f"{SCORE_PREFIX}{name}", lambda d: score, WHOLE),
    )
