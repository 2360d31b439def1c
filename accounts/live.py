"""Parts of a page that refresh by themselves, and toasts for answers that replace only a part.

The part's template has one root element, made by `components/live.html`:

    {% load outdial %}
    <section {% include "components/live.html" with id="kpis" %}> … </section>

and one view that renders nothing but it. The page itself includes the same template with the same context:

    return live_part(request, "campaigns/detail/_kpis.html", context, every=1 if moving else 5, over=ended)

The browser asks again after `every` seconds, not in a hidden tab, and morphs the answer in, so that focus, scroll,
ticked boxes and open menus stay. The server answers 204 when nothing changed, 286 when it never will again.
"""

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

STOP_POLLING = 286  # htmx: take this answer, and ask no more


def live_context(url: str, *, every: float, over: bool = False) -> dict[str, object]:
    """What `components/live.html` needs when a page renders its part for the first time. `over`: it will not ask."""
    return {"live_url": url, "live_every": every, "live_over": over}


def live_part(
    request: HttpRequest, template: str, context: dict[str, object], *, every: float, over: bool = False
) -> HttpResponse:
    """The part as an answer to its own poll: 204 when it looks as the browser last saw it, 286 when it is `over`; then
    a page that asked with `?whole`, whose other parts are out of date with it, is read anew."""
    live = live_context(request.get_full_path(), every=every, over=over)
    html = render_to_string(template, {**context, **live}, request)
    seen = hashlib.md5(html.encode(), usedforsecurity=False).hexdigest()
    if over:
        anew = {"HX-Refresh": "true"} if "whole" in request.GET else {}
        return HttpResponse(html, status=STOP_POLLING, headers=anew)
    if request.headers.get("X-Seen") == seen:
        return HttpResponse(status=204)
    answer = HttpResponse(html)
    answer["X-Seen"] = seen
    return answer


def toast(answer: HttpResponse, text: str, level: str = "success") -> HttpResponse:
    """Let the browser show `text` beside a partial answer. Whole pages use django.contrib.messages."""
    answer["HX-Trigger"] = json.dumps({"toast": {"text": text, "level": level}})
    return answer
