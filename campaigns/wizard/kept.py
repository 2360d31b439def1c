"""What was typed into a step and not saved, or could not be: kept in the session, so that a reload loses nothing."""

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict

KEY = "wizard"
MOST_STEPS = 20  # the oldest are dropped
LARGEST = 40_000  # characters a step
OURS = ("csrfmiddlewaretoken", "go", "back")


def keep(session: SessionBase, place: str, data: QueryDict) -> None:
    """Remember what a step's fields hold. `place`: "new:basics", "17:dialer"."""
    typed = data.copy()
    for name in OURS:
        typed.pop(name, None)
    text = typed.urlencode()
    if len(text) > LARGEST:
        return
    places = {known: value for known, value in session.get(KEY, {}).items() if known != place}
    places[place] = text
    session[KEY] = dict(list(places.items())[-MOST_STEPS:])


def kept(session: SessionBase, place: str) -> QueryDict | None:
    """What was typed there and is not saved yet."""
    text = session.get(KEY, {}).get(place)
    return None if text is None else QueryDict(text)


def forget(session: SessionBase, place: str) -> None:
    if place in session.get(KEY, {}):
        session[KEY] = {known: value for known, value in session[KEY].items() if known != place}


def unsaved(session: SessionBase, owner: str) -> list[str]:
    """The steps of a campaign ("17") that hold something typed and not saved."""
    return [place.partition(":")[2] for place in session.get(KEY, {}) if place.partition(":")[0] == owner]
