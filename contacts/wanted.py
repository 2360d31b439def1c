"""What somebody typed, as words that all must occur in a person's search text. Pure but for the lookup names.

Three characters or more are found anywhere, by the index of three letters. A text that is shorter is a beginning: of
the name, or of the number after its +.
"""

from dataclasses import dataclass

from django.db.models import Q

from contacts.searching import LINE

SHORTEST = 3  # letters that the index knows
LONGEST = 17  # more than any number has
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`ways`: any of them, each a row of words of which all occur. `tag`, `company`: as filters, "" for none."""

    ways: tuple[Words, ...] = ()
    tag: str = ""
    company: str = ""

    @classmethod
    def of(cls, text: str, tag: str = "", company: str = "") -> "Wanted":
        clean = " ".join(text.replace("\0", "").lower().split())
        return cls(_ways(clean), tag.replace("|", "").replace("\0", "").strip(), company.replace("\0", "").strip())

    def __bool__(self) -> bool:
        return bool(self.ways or self.tag or self.company)

    @property
    def short(self) -> str:
        """The beginning of a name or number that is looked for, where no word is long enough for the index."""
        return self.ways[0][0] if self.ways and not any(map(_long, self.ways)) else ""

    @property
    def lines(self) -> tuple[Words, ...]:
        """The ways with tag and company among the words: what the index is asked, any of which may be empty."""
        more: Words = (f"|{self.tag.lower()}|",) if self.tag else ()
        more += (f"{LINE}{self.company.lower()}",) if self.company else ()
        return tuple((*way, *more) for way in (self.ways or ((),)))

    @property
    def indexed(self) -> bool:
        return all(any(len(word) >= SHORTEST for word in way) for way in self.lines)

    def condition(self, path: str = "", lookup: str = "holds") -> Q:
        """True of whoever fits. With the lookup `keeps` no index of letters finds them: rows are tested one by one."""
        found = _beginning(self.short, path) if self.short else self.named(path, lookup)
        if self.tag:
            found &= Q(**{f"{path}tags__among": f"|{self.tag}|"})
        if self.company:
            found &= Q(**{f"{path}company__starts": self.company})
        return found

    def named(self, path: str = "", lookup: str = "holds") -> Q:
        """True of whom the index of letters names, before tag and company are looked at more closely."""
        found = Q()
        for way in self.lines:
            found |= Q(*(Q(**{f"{path}search__{lookup}": word}) for word in way))
        return found

    def match(self) -> str:
        """For SQLite's table of trigrams: the words that have three letters, cut in threes. Overlapping ones cost as
        much again, and hardly narrow."""
        return " OR ".join(f"({_trigrams(way)})" for way in self.lines)


def _ways(text: str) -> tuple[Words, ...]:
    words = tuple(text.split())
    if len(text) >= SHORTEST and not _long(words) and any(letter.isalpha() for letter in text):
        return ((text,),)  # “al b” occurs as it is written
    if not any(letter.isdigit() for letter in text):
        return (words,) if words else ()
    if any(letter.isalpha() for letter in text):
        return (tuple(_digits(word) if _numeric(word) else word for word in words),)
    numbers = _numbers(text)
    # As a number, or as it is written: an external id such as 12-34.
    ways = dict.fromkeys([*((number,) for number in numbers), words])
    return tuple(way for way in ways if _long(way)) or ((numbers[0],),)


def number_holds(text: str) -> Q:
    """True of a row whose phone number has in it what somebody typed, however they write it; true of every row where
    they typed no digit."""
    found = Q()
    for number in _numbers(text):
        found |= Q(phone_number__contains=number)
    return found


def _numbers(text: str) -> tuple[str, ...]:
    """The ways in which the digits of a text may stand in +442079460004; none of a text without digits."""
    number = _digits(text)
    if not number.strip("+"):
        return ()
    if number.startswith("00"):
        return f"+{number[2:]}", number
    if number.startswith("0") and len(number) > SHORTEST:
        return number, number[1:]  # without the zero that is dialed within a country
    return (number,)


def _numeric(word: str) -> bool:
    return any(letter.isdigit() for letter in word) and not any(letter.isalpha() for letter in word)


def _digits(text: str) -> str:
    plus = "+" if text.lstrip(" (").startswith("+") else ""
    return plus + "".join(letter for letter in text if letter.isdigit())


def _long(way: Words) -> bool:
    return any(len(word) >= SHORTEST for word in way)


def _beginning(text: str, path: str) -> Q:
    if text.lstrip("+").isdigit() or text == "+":
        number = f"+{text.lstrip('+')}"  # digits alone sort alike in every language
        return Q(**{f"{path}phone_number__gte": number, f"{path}phone_number__lte": number.ljust(LONGEST, "9")})
    return Q(**{f"{path}name__lower__begins": text})


def _trigrams(way: Words) -> str:
    long = [word for word in way if len(word) >= SHORTEST]
    found = dict.fromkeys(word[at : at + 3] for word in long for at in (*range(0, len(word) - 2, 3), len(word) - 3))
    return " AND ".join('"{}"'.format(three.replace('"', '""')) for three in found)
