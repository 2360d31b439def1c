"""What can go wrong between us and a carrier, each with a sentence for people."""


class TelephonyError(Exception):
    """The message is one plain sentence."""


class UnknownProvider(TelephonyError):
    """No provider of that name is registered."""


class BadSettings(TelephonyError):
    """A carrier's settings do not fit its provider. `fields` says what is wrong with which."""

    def __init__(self, fields: dict[str, str]):
        super().__init__(" ".join(fields.values()))
        self.fields = fields


class BadSignature(TelephonyError):
    """An event that does not prove to come from the carrier."""


class BadEvent(TelephonyError):
    """An event whose form is not the provider's."""
