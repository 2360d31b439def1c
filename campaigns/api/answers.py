"""What is known of one campaign, as programs read it. The figures come from `campaigns.queries` and `goals.queries`."""

from typing import Any

from rest_framework import serializers

from campaigns import queries
from campaigns.choices import Outcome
from campaigns.models import Audit, Campaign
from campaigns.queries.shares import Share
from goals.queries import goal_figures


class ReadinessRowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=["passed", "blocked", "warning"])
    sentence = serializers.CharField()


class ReadinessSerializer(serializers.Serializer[Any]):
    ready = serializers.BooleanField(help_text="Start would not be refused for what is checked here.")
    rows = ReadinessRowSerializer(many=True)


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    figures = serializers.DictField(child=serializers.JSONField())
    until = serializers.DateTimeField(allow_null=True)


class DispatchSerializer(serializers.Serializer[Any]):
    reasons = ReasonSerializer(many=True)


class AuditSerializer(serializers.ModelSerializer[Audit]):
    class Meta:
        model = Audit
        fields = ["at", "launches", "violations", "sentences", "unjudged"]


class OutcomeSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    calls = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Of the ended calls, 0 to 1; null where there are none.")


class AttemptSerializer(serializers.Serializer[Any]):
    attempt = serializers.IntegerField()
    ended = serializers.IntegerField()
    answered = serializers.FloatField(allow_null=True, help_text="Share answered by a person, 0 to 1.")
    conversations = serializers.IntegerField()


class DispositionSerializer(serializers.Serializer[Any]):
    disposition = serializers.CharField()
    calls = serializers.IntegerField()


class GoalFiguresSerializer(serializers.Serializer[Any]):
    goal = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    target = serializers.IntegerField(allow_null=True)
    achieved = serializers.IntegerField()
    partially_achieved = serializers.IntegerField()
    not_achieved = serializers.IntegerField()
    unknown = serializers.IntegerField()


class StatsSerializer(serializers.Serializer[Any]):
    contacts = serializers.DictField(child=serializers.IntegerField(), help_text="Contacts by status, and “total”.")
    progress = serializers.FloatField(allow_null=True, help_text="Share of the contacts that are final, 0 to 1.")
    live = serializers.IntegerField(help_text="Calls going on now.")
    calls = serializers.IntegerField(help_text="Attempts: outbound calls without those withdrawn before they rang.")
    ended = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    outcomes = OutcomeSerializer(many=True)
    attempts = AttemptSerializer(many=True)
    conversations = serializers.IntegerField()
    talk_seconds = serializers.IntegerField()
    average_seconds = serializers.IntegerField(allow_null=True)
    spend = serializers.DecimalField(max_digits=14, decimal_places=4)
    budget_cap = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    dispositions = DispositionSerializer(many=True)
    goals = GoalFiguresSerializer(many=True)


def stats(campaign: Campaign) -> dict[str, object]:
    """What StatsSerializer shows, in seven queries."""
    contacts, calls = queries.status_counts(campaign), queries.tallies(campaign)
    return {
        "contacts": {**{status.value: count for status, count in contacts}, "total": contacts.total},
        "progress": rounded(contacts.progress),
        "live": queries.live_count(campaign),
        "calls": calls.launched,
        "ended": calls.ended,
        "withdrawn": calls.withdrawn,
        "outcomes": [
            {"outcome": row.outcome, "calls": row.calls, "share": rounded(row.share)} for row in calls.outcomes
        ],
        "attempts": [
            {"attempt": a.attempt, "ended": a.ended, "answered": rounded(a.answered), "conversations": a.spoken}
            for a in calls.by_attempt()
        ],
        "conversations": calls.conversations,
        "talk_seconds": calls.talk_seconds,
        "average_seconds": calls.average_seconds,
        "spend": calls.spend,
        "budget_cap": campaign.budget_cap,
        "dispositions": [{"disposition": word, "calls": count} for word, count in queries.dispositions(campaign)],
        "goals": goals(campaign),
    }


def goals(campaign: Campaign) -> list[dict[str, object]]:
    names = ("achieved", "partially_achieved", "not_achieved", "unknown")
    return [
        {
            "goal": figures.goal.pk,
            "name": figures.goal.name,
            "kind": figures.goal.kind,
            "target": figures.goal.target,
            **{name: getattr(figures, name) for name in names},
        }
        for figures in goal_figures(campaign)
    ]


def rounded(share: Share) -> float | None:
    return None if share.fraction is None else round(share.fraction, 4)
