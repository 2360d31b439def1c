"""What the generic HTTP provider needs to know of an account."""

import base64
import binascii

from telephony.providers.base import Capabilities, SettingField, web_address

SECRET_PREFIX = "whsec_"  # noqa: S105 - the Standard Webhooks prefix of a signing secret, not one itself

CAPABILITIES = Capabilities(
    lookup="by_reference",
    takes_inbound=True,
    settings=(
        SettingField("base_url", "Address", help="Where the carrier's API begins, such as https://carrier.example/v1."),
        SettingField("token", "API token", help="Sent as a bearer token with every request.", secret=True),
        SettingField(
            "signing_secret",
            "Signing secret",
            help="The carrier signs its events with it: “whsec_” and a base64 text.",
            secret=True,
        ),
    ),
)


def check(values: dict[str, str]) -> dict[str, str]:
    """A sentence per field that does not fit."""
    wrong = {}
    if values["base_url"] and (why := web_address(values["base_url"])):
        wrong["base_url"] = why
    if not values["token"].isascii() or any(c.isspace() for c in values["token"]):
        wrong["token"] = "The API token has no spaces and only plain characters."  # noqa: S105
    try:
        if values["signing_secret"] and len(signing_key(values["signing_secret"])) < 16:
            wrong["signing_secret"] = "The signing secret is too short: at least 16 bytes."  # noqa: S105
    except ValueError:
        wrong["signing_secret"] = "The signing secret is not a base64 text."  # noqa: S105
    return wrong


def signing_key(secret: str) -> bytes:
    """The bytes of a signing secret. Raises ValueError."""
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
