"""Made-up people with numbers that nobody has: 555-01xx in North America, the drama numbers of Ofcom in London."""

import csv
import io
from random import Random

FIRST = [
    "Ada",
    "Amara",
    "Anders",
    "Asha",
    "Bao",
    "Bruno",
    "Camille",
    "Chidi",
    "Clara",
    "Daniel",
    "Diego",
    "Elif",
    "Emma",
    "Farid",
    "Freja",
    "Grace",
    "Hana",
    "Hugo",
    "Ines",
    "Ivan",
    "Jamal",
    "Jonas",
    "Julia",
    "Kenji",
    "Kofi",
    "Lara",
    "Leo",
    "Lina",
    "Luca",
    "Maja",
    "Marco",
    "Meera",
    "Mei",
    "Milan",
    "Nadia",
    "Noah",
    "Nora",
    "Olga",
    "Omar",
    "Paula",
    "Priya",
    "Rafael",
    "Rosa",
    "Sami",
    "Sara",
    "Sofia",
    "Tariq",
    "Tomas",
    "Uma",
    "Vera",
    "Viktor",
    "Wanda",
    "Yara",
    "Yusuf",
    "Zoe",
]
LAST = [
    "Adeyemi",
    "Andersson",
    "Becker",
    "Chen",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Hoffmann",
    "Ibrahim",
    "Ito",
    "Jansen",
    "Kaya",
    "Khan",
    "Kowalski",
    "Larsen",
    "Lopez",
    "Martin",
    "Mensah",
    "Moreau",
    "Nakamura",
    "Nguyen",
    "Novak",
    "Okafor",
    "Olsen",
    "Patel",
    "Popov",
    "Rossi",
    "Santos",
    "Schmidt",
    "Sharma",
    "Silva",
    "Singh",
    "Smith",
    "Tanaka",
    "Torres",
    "Weber",
    "Wilson",
    "Yilmaz",
    "Zhang",
]
COMPANIES = ("Alder & Sons", "Blue Harbor Dental", "Cobalt Logistics", "Fernweh Travel", "Juniper Clinic", "Northwind")
AREAS = ("212", "310", "312", "415", "617", "702", "206", "305", "404", "512")
TAGS = ("vip", "renewal", "trial", "winback", "newsletter")
COLUMNS = ("phone_number", "first_name", "last_name", "company", "email", "tags", "priority", "plan", "amount_due")


def rows(count: int, first: int, seed: int) -> list[dict[str, str]]:
    """`count` people with numbers from the `first` on; each number belongs to one person only."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    return [_row(number, random) for number in range(first, first + count)]


def _row(number: int, random: Random) -> dict[str, str]:
    name, family = random.choice(FIRST), random.choice(LAST)
    return {
        "phone_number": _phone(number),
        "first_name": name,
        "last_name": family,
        "company": random.choice(COMPANIES),
        "email": f"{name}.{family}@example.com".lower(),
        "tags": ";".join(sorted(random.sample(TAGS, random.choice((0, 1, 1, 2))))),
        "priority": random.choice(("", "", "", "high", "low")),
        "plan": random.choice(("basic", "pro", "team")),
        "amount_due": f"{random.randint(20, 900)}.00",
    }


def _phone(number: int) -> str:
    """Four of five in North America, each fifth in London; the last digits keep clear of the carrier's marked ones."""
    group, place = divmod(number, 5)
    if place == 4:
        return f"+4420794600{20 + group % 80:02d}" if group < 80 else f"+44207946{100 + group:04d}"
    index = group * 4 + place
    return f"+1{AREAS[index % len(AREAS)]}55501{index // len(AREAS) % 100:02d}"


def as_csv(people: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(people)
    return text.getvalue().encode()
