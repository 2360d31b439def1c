"""What an exported contacts file tells beside contacts and variables, and how an import knows it.

An export goes in again as it is: its first columns are those that uploads read, then every variable stands under its
own name, then comes what we know and nobody can give us. That last part begins with `PREFIX`, so that it never meets a
variable of the same name, and is left out when a file with all of its fixed columns comes in.

In JSON a name stands once in an object: there a variable that is named as one of the others is “variables.name”.
"""

from collections.abc import Collection, Mapping, Sequence

from contacts.importing.guard import unguarded

PREFIX = "outdial_"
# Of every contact, in this order, after the variables. `analytics.exporting` makes its table from these names.
PERSON_COLUMNS = (
    *(f"{PREFIX}contact", f"{PREFIX}suppressed", f"{PREFIX}held_until", f"{PREFIX}held_reason"),
    *(f"{PREFIX}time_zones", f"{PREFIX}added_at"),
)
# Of a campaign's contacts; the results of its goals follow, two columns a goal, however many there are.
METRIC_COLUMNS = (
    *PERSON_COLUMNS,
    *(f"{PREFIX}campaign", f"{PREFIX}status", f"{PREFIX}reason"),
    *(f"{PREFIX}blocker", f"{PREFIX}blocker_sentence", f"{PREFIX}eligible_at", f"{PREFIX}next_attempt_at"),
    *(f"{PREFIX}run", f"{PREFIX}attempts", f"{PREFIX}voicemails", f"{PREFIX}callbacks"),
    *(f"{PREFIX}calls", f"{PREFIX}conversations", f"{PREFIX}talk_seconds", f"{PREFIX}cost"),
    *(f"{PREFIX}last_called_at", f"{PREFIX}last_outcome", f"{PREFIX}last_disposition", f"{PREFIX}numbers_used"),
)
GOAL_PREFIX, SCORE_PREFIX = f"{PREFIX}goal: ", f"{PREFIX}goal_score: "
# Behind all others, where people have more variables than a file may have columns: those without one, a JSON object.
REST = f"{PREFIX}variables"

VARIABLES = "variables"
INSIDE = f"{VARIABLES}."


def variable_key(name: str, taken: Collection[str]) -> str:
    """How a variable is named in a JSON object beside these names: as it is, unless it could be taken for another."""
    return f"{INSIDE}{name}" if name in taken or name == VARIABLES or name.startswith(INSIDE) else name


def variable_names(variables: Mapping[str, int], columns: Collection[str]) -> dict[str, int]:
    """The variables of a JSON file under their own names again, as `variable_key` was given them."""
    found = dict(variables)
    for key in variables:
        name = key.removeprefix(INSIDE)
        if name != key and name not in found and variable_key(name, columns) == key:
            found[name] = found.pop(key)
    return {name: found[name] for name in sorted(found, key=found.__getitem__)}


def rest_at(columns: Sequence[str]) -> int:
    """The position of `REST` in one of our exports, -1 in all other files. A variable that happens to be named so
    stands before what is known of the person, and is not taken for it."""
    names = [unguarded(column.strip()) for column in columns]
    places = {name: place for place, name in enumerate(names)}
    return places[REST] if told(columns) and places.get(REST, -1) > places[PERSON_COLUMNS[-1]] else -1


def told(columns: Sequence[str]) -> frozenset[int]:
    """The positions that an import leaves out; none, unless the file is one of our exports with all fixed columns.

    Every header is compared as it stands, its guard taken off.
    """
    names = [unguarded(column.strip()) for column in columns]
    present = set(names)
    if not present.issuperset(PERSON_COLUMNS):
        return frozenset()
    fixed = present.issuperset(METRIC_COLUMNS)
    known = set(METRIC_COLUMNS if fixed else PERSON_COLUMNS)
    places = {name: place for place, name in enumerate(names) if name in known}  # the last of a name is ours
    goals = [place for place, name in enumerate(names) if fixed and name.startswith((GOAL_PREFIX, SCORE_PREFIX))]
    return frozenset([*places.values(), *goals])
