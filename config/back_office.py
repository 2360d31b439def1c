"""How the back office looks: django-unfold in the colours of the pages (static/css/outdial.css)."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def icon(request: HttpRequest) -> str:
    return static("img/outdial.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Outdial",
    "SITE_HEADER": "Outdial",
    "SITE_SUBHEADER": "Back office",
    "SITE_ICON": icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(96.8% .015 274)",
            "100": "oklch(94% .03 274)",
            "200": "oklch(88% .06 274)",
            "300": "oklch(79% .11 274)",
            "400": "oklch(67% .16 273)",
            "500": "oklch(57% .2 272)",
            "600": "oklch(50.5% .2 270)",
            "700": "oklch(45% .18 270)",
            "800": "oklch(38% .15 270)",
            "900": "oklch(32% .12 271)",
            "950": "oklch(25% .09 272)",
        }
    },
}
