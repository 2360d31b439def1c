"""What an act on many people does to a piece of them: tags and holds. Adding to a campaign is `campaigns.acts`'."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from accounts.moments import TOO_FAR, too_far
from contacts.bulk import Step
from contacts.models import Contact
from contacts.person import packed, read_tags

SAME_TAGS = "Nothing to change: their tags are so already."
NOT_HELD = "They were not held."
GONE = "They are not in your contacts any more."
WORDS = {
    "tag": "Add tags {tags}",
    "untag": "Remove tags {tags}",
    "hold": "Hold until {until}",
    "unhold": "Lift the hold",
}
Params = Mapping[str, Any]
Piece = Callable[[Sequence[int], Params, datetime], Step]


class Refused(ValueError):
    """The act cannot be begun. `field` is what is wrong, `sentence` says how."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


def checked(action: str, params: Params, now: datetime) -> dict[str, Any]:
    """The parameters of an act as its row keeps them. Raises Refused."""
    if action in ("tag", "untag"):
        try:
            tags = read_tags(str(params.get("tags") or "").replace("\0", ""))
        except ValueError as problem:
            raise Refused("tags", str(problem)) from None
        if not tags:
            raise Refused("tags", "Name at least one tag.")
        return {"tags": tags}
    if action == "hold":
        return _hold_until(params, now)
    return {}


def _hold_until(params: Params, now: datetime) -> dict[str, Any]:
    try:
        until, reason = parse_datetime(str(params.get("until") or "")), str(params.get("reason") or "").strip()[:200]
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise Refused("until", "Say until when, with the offset from UTC, such as 2026-12-24T09:00:00Z.")
    if until <= now:
        raise Refused("until", "This time has passed. Choose a later one.")
    if too_far(until):
        raise Refused("until", TOO_FAR)
    if not reason:
        raise Refused("reason", "Say why nobody may call.")
    return {"until": until.isoformat(), "reason": reason}


def words(action: str, params: Params) -> str:
    """The act in words, as a row of the history."""
    until = str(params.get("until", ""))[:16].replace("T", " ")
    return WORDS[action].format(tags=", ".join(params.get("tags", [])), until=f"{until} UTC" if until else "")


def tag(ids: Sequence[int], params: Params, now: datetime) -> Step:
    return _retag(ids, params["tags"], [], now)


def untag(ids: Sequence[int], params: Params, now: datetime) -> Step:
    return _retag(ids, [], params["tags"], now)


def _retag(ids: Sequence[int], add: list[str], remove: list[str], now: datetime) -> Step:
    """People with the same tags share one UPDATE: there are few distinct sets of tags."""
    by_tags: dict[str, list[int]] = {}
    for pk, tags in _locked(ids).values_list("pk", "tags"):
        by_tags.setdefault(tags, []).append(pk)
    changed = 0
    for tags, same in by_tags.items():
        kept = [tag for tag in tags.split("|") if tag and tag not in remove]
        new = packed(list(dict.fromkeys([*kept, *add])))
        if new != tags:
            changed += Contact.objects.filter(pk__in=same).update(tags=new, updated_at=now)
    there = sum(map(len, by_tags.values()))
    return _step(changed, {SAME_TAGS: there - changed, GONE: len(ids) - there})


def hold(ids: Sequence[int], params: Params, now: datetime) -> Step:
    """Nobody calls these people until then; campaigns take it over at once (`spread_at`)."""
    there = list(_locked(ids).values_list("pk", flat=True))
    kept = {"held_until": parse_datetime(params["until"]), "held_reason": params["reason"]}
    Contact.objects.filter(pk__in=there).update(**kept, spread_at=None, updated_at=now)
    return _step(len(there), {GONE: len(ids) - len(there)})


def unhold(ids: Sequence[int], params: Params, now: datetime) -> Step:
    there = dict(_locked(ids).values_list("pk", "held_until"))
    held = [pk for pk, until in there.items() if until is not None]
    freed = {"held_until": None, "held_reason": "", "spread_at": None}
    Contact.objects.filter(pk__in=held).update(**freed, updated_at=now)
    return _step(len(held), {NOT_HELD: len(there) - len(held), GONE: len(ids) - len(there)})


def _locked(ids: Sequence[int]) -> Any:
    return Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)


def _step(done: int, skipped: dict[str, int]) -> Step:
    return Step(done, +Counter(skipped))


PIECES: dict[str, Piece] = {"tag": tag, "untag": untag, "hold": hold, "unhold": unhold}
