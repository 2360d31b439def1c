"""What an audit finds: a sentence for each thing that must not have happened, and for each that was left out."""

from dataclasses import dataclass

VIOLATION = "violation"
OMISSION = "omission"


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is a short code; `at` is empty for what is said of the whole trace."""

    kind: str
    rule: str
    at: str
    campaign: str
    contact: str
    words: str

    @property
    def sentence(self) -> str:
        return f"{self.at} {self.contact or self.campaign}: {self.words}".strip()
