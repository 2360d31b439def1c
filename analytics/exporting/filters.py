"""The filters of each list, as programs give them: which there are, and what may be said with each.

Pages take what an address says and drop the rest, so that a shared one never breaks. A program that misspells a name
would get everybody.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from accounts.ids import one as one_id
from accounts.moments import day
from analytics.exporting.sources import NOT_FILTERS, OF_PEOPLE, PEOPLES
from analytics.models import ExportKind
from campaigns.choices import ContactStatus, Outcome, Priority
from campaigns.queries.people_filter import ATTEMPTS, BARRED, CALLED
from contacts.models import SuppressionReason

Reads = Callable[[str], bool]
Words = Mapping[str, Collection[str] | Reads]  # name → the words there are, or whether a text is read


def _text(value: str) -> bool:
    return bool(value.replace("\0", "").replace("|", "").strip())


def _id(value: str) -> bool:
    return bool(one_id(value))


def _day(value: str) -> bool:
    return day(value) is not None


YES_NO = ("yes", "no")
OF_CONTACTS: Words = {
    "q": _text,
    "status": ContactStatus.values,
    "priority": [priority.word for priority in Priority],
    "tag": _text,
    "country": _text,
    "called": CALLED,
    "attempts": ATTEMPTS,
    "outcome": Outcome.values,
    "barred": BARRED,
}
OF_CALLS: Words = {
    "q": _text,
    "campaign": _id,
    "agent": _id,
    "outcome": Outcome.values,
    "attempt": _id,
    "number": _id,
    "disposition": _text,
    "since": _day,
    "until": _day,
}
OF_EVERYBODY: Words = {
    "q": _text,
    "tag": _text,
    "company": _text,
    "country": _text,
    "campaign": _id,
    "status": ContactStatus.values,
    "suppressed": YES_NO,
    "held": YES_NO,
}
OF_SUPPRESSIONS: Words = {
    "q": _text,
    "reason": SuppressionReason.values,
    "source": _text,
    "since": _day,
    "until": _day,
}
OF_KIND: Mapping[str, Words] = {
    ExportKind.CONTACTS: OF_CONTACTS,
    ExportKind.CALLS: OF_CALLS,
    ExportKind.RESULTS: OF_CONTACTS,
    ExportKind.PEOPLE: OF_EVERYBODY,
    ExportKind.SUPPRESSIONS: OF_SUPPRESSIONS,
}


def unfit(kind: str, given: Mapping[str, Sequence[str]], *, in_campaign: bool) -> str:
    """Why an export of this kind cannot have these filters, as one sentence; "" where it can."""
    known = _known(kind, given, in_campaign)
    for name, values in given.items():
        if name in NOT_FILTERS:  # of an address, too, but they narrow nothing
            continue
        if name not in known:
            return f"Unknown: {name}. There are {', '.join(known)}."
        several = name == "status" and known is not OF_EVERYBODY  # that page has a select for it
        if not values or (len(values) > 1 and not several):
            return f"{name} holds {'several values, it can have one' if values else 'nothing: leave it out'}."
        if sentence := next(filter(None, (_unread(name, value, known[name]) for value in values)), ""):
            return sentence
    return ""


def _known(kind: str, given: Mapping[str, Sequence[str]], in_campaign: bool) -> Words:
    if not in_campaign or kind not in OF_PEOPLE:
        return OF_KIND[kind]
    chosen = list(given.get("of", ())) == PEOPLES["of"]
    return {**(OF_CONTACTS if chosen else OF_KIND[kind]), "of": PEOPLES["of"]}


def _unread(name: str, value: str, words: Collection[str] | Reads) -> str:
    if not value:  # as in an address: no filter
        return ""
    if callable(words):
        return "" if words(value) else f"{name}: “{value[:40]}” cannot be read."
    return "" if value in words else f"{name}: “{value[:40]}” is not known. There are {', '.join(words)}."
