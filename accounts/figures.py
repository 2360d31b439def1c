"""How figures are written for people. Pure; unknown (None) is "–", zero is 0."""

from datetime import datetime
from decimal import Decimal
from math import floor

UNKNOWN = "–"
THIN = "\u202f"  # narrow no-break space
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
HUES = 8

Figure = int | float | Decimal


def thousands(value: Figure | None, decimals: int | None = None) -> str:
    """41322 -> "41 322" with thin spaces; `decimals` places when given, else as the value has them."""
    if value is None or value == "":
        return UNKNOWN
    text = f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"
    return text.replace(",", THIN).replace("-", "−")


def percent(share: Figure | None, decimals: int = 0) -> str:
    """0.256 -> "26%". A share that is neither none nor all is never shown as 0% or 100%."""
    if share is None or share == "":
        return UNKNOWN
    share, step = float(share), 10 ** -(decimals + 2)
    if 0 < share < step / 2:
        return f"<{step:.{decimals}%}"
    if 1 - step / 2 < share < 1:
        return f">{1 - step:.{decimals}%}"
    return f"{share:.{decimals}%}"


def clock(seconds: Figure | None) -> str:
    """Talk time: 65 -> "1:05", 3725 -> "1:02:05"."""
    if seconds is None or seconds == "":
        return UNKNOWN
    whole = max(0, floor(seconds))
    hours, minutes = whole // HOUR, whole % HOUR // MINUTE
    return f"{hours}:{minutes:02}:{whole % MINUTE:02}" if hours else f"{minutes}:{whole % MINUTE:02}"


def span(seconds: Figure | None) -> str:
    """A stretch of time in its two largest units: "45 s", "30 min", "2 h 10 min", "3 d 4 h"."""
    if seconds is None or seconds == "":
        return UNKNOWN
    whole = max(0, floor(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return _pair(whole // MINUTE, "min", whole % MINUTE if whole < 10 * MINUTE else 0, "s")
    if whole < DAY:
        return _pair(whole // HOUR, "h", whole % HOUR // MINUTE, "min")
    return _pair(whole // DAY, "d", whole % DAY // HOUR, "h")


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def money(value: Figure | None, currency: str = "") -> str:
    """1234.5 -> "1 234.50 USD"; amounts below one unit have up to four places: "0.012 USD"."""
    if value is None or value == "":
        return UNKNOWN
    small = value != 0 and -1 < value < 1
    amount = thousands(value, 4 if small else 2)
    if small:
        whole, _, places = amount.partition(".")
        amount = f"{whole}.{places.rstrip('0').ljust(2, '0')}"
    return f"{amount} {currency}".strip()


def size(octets: int | None) -> str:
    """Bytes for people: "80.2 MB"."""
    if octets is None:
        return UNKNOWN
    amount, unit = float(octets), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"


def ago(at: datetime, now: datetime) -> str:
    """ "now", "3 min ago", "in 2 h"; only the largest unit."""
    seconds = floor(abs((now - at).total_seconds()))
    if seconds < 5:
        return "now"
    amount = span(seconds).split(" ")
    words = " ".join(amount[:2])
    return f"{words} ago" if at <= now else f"in {words}"


def day_and_time(at: datetime, now: datetime, zone_name: str) -> str:
    """ "Today 14:05 Europe/Berlin" in the zone that `at` is in; the year only when it is another one."""
    days = (at.date() - now.astimezone(at.tzinfo).date()).days
    day = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get(days)
    if day is None:
        day = f"{at:%a} {at.day} {at:%b}" + (f" {at.year}" if at.year != now.year else "")
    return f"{day} {at:%H:%M} {zone_name}".strip()


def in_sentence(moment: str) -> str:
    """A day_and_time in the middle of a sentence: "today 14:05 Europe/Berlin"; names of days stay as they are."""
    return moment[0].lower() + moment[1:] if moment.startswith(("Yesterday", "Today", "Tomorrow")) else moment


def initials(name: str) -> str:
    """ "Nova Sales" -> "NS"; at most two letters."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def hue(name: str) -> int:
    """A colour (0–7) that stays with a name."""
    return sum(index * ord(letter) for index, letter in enumerate(name, 1)) % HUES


def flag(country: str) -> str:
    """The flag of an ISO country code, "" when it is none."""
    code = country.upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        return ""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code)


def polyline(values: list[float], width: int = 100, height: int = 24) -> str:
    """The points of a sparkline from 0 to the largest value; "" for fewer than two values."""
    top = max(values, default=0) or 1
    if len(values) < 2:
        return ""
    step = width / (len(values) - 1)
    return " ".join(f"{i * step:.1f},{height - 1 - value / top * (height - 2):.1f}" for i, value in enumerate(values))
