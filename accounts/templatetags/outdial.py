"""Tags and filters of every page: figures, times, icons, fields, and the components that hold content.

{% load outdial %}
{{ 41322|thousands }}  {{ share|percent }}  {{ share|percent:1 }}  {{ seconds|clock }}  {{ seconds|span }}
{% when call.ended_at %}                      "3 min ago", the full time on hover, in the person's zone
{% when campaign.starts_at zone "full" %}     "Today 14:05 Europe/Berlin"; "said" inside a sentence: "today 14:05 …"
{% icon "phone" %}  {% icon "check" "Passed" %} (with words: read aloud)
{% field form.name %}  {% errors form %}      components/field.html, components/form_errors.html
{% empty "No calls yet." icon="phone" %}<a …>{% endempty %}      and panel, dialog: see their files
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    Form,
    MultiWidget,
    RadioSelect,
    Select,
)
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import figures

register = template.Library()
register.filter("thousands", figures.thousands)
register.filter("percent", figures.percent)
register.filter("clock", figures.clock)
register.filter("span", figures.span)
register.filter("money", figures.money)
register.filter("size", figures.size)
register.filter("initials", figures.initials)
register.filter("hue", figures.hue)
register.filter("flag", figures.flag)

SPRITE = "vendor/tabler-icons/sprite.svg"
CONTROL_CLASSES = {"select": "form-select", "switch": "form-check-input", "choices": "form-check-input"}


@register.filter
def minutes(value: int | None) -> str:
    """A stretch given in minutes: 130 -> "2 h 10 min"."""
    return figures.span(None if value is None else value * figures.MINUTE)


@register.filter
def of(part: figures.Figure | None, whole: figures.Figure | None) -> float | None:
    """The share of `whole`, for `percent` and widths: {{ done|of:total|percent }}. None without a whole."""
    return None if part is None or not whole else float(part) / float(whole)


@register.filter
def tag_list(text: str) -> list[str]:
    """ "|vip|b2b|" -> ["vip", "b2b"]."""
    return [tag for tag in text.split("|") if tag]


@register.simple_tag
def icon(name: str, words: str = "") -> SafeString:
    """A symbol of the sprite. Without words it is decoration; with words it is read aloud."""
    address = f"{static(SPRITE)}#{name}"
    if words:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', words, address)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', address)


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | None, zone: str = "", style: str = "relative") -> SafeString:
    """A <time>. Styles: relative ("3 min ago", full on hover), full ("Today 14:05 Europe/Berlin"), said (the same
    inside a sentence: "today 14:05 Europe/Berlin"), clock ("14:05:09"),
    day ("Today 14:05": where a heading names the zone).

    `zone` is an IANA name; without one it is the display zone of the person who looks.
    """
    if at is None:
        return format_html('<span class="quiet">{}</span>', figures.UNKNOWN)
    name = zone or getattr(context.get("user"), "timezone", "") or "UTC"
    local, now = at.astimezone(ZoneInfo(name)), timezone.now()
    full = f"{local:%a} {local.day} {local:%b %Y %H:%M:%S} {name}"
    text = {
        "relative": lambda: figures.ago(at, now),
        "full": lambda: figures.day_and_time(local, now, name),
        "said": lambda: figures.in_sentence(figures.day_and_time(local, now, name)),
        "clock": lambda: f"{local:%H:%M:%S}",
        "day": lambda: figures.day_and_time(local, now, ""),
    }[style]()
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"), full, text)


@register.simple_tag
def field(bound: BoundField, unit: str = "", label: str = "", hint: str = "", **given: str) -> SafeString:
    """A form field with label, hint, unit and error. Further arguments become attributes ("_" read as "-")."""
    attrs: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in given.items()}
    classes = f"{bound.field.widget.attrs.get('class', '')} {attrs.pop('class', '')}".split()
    kind = _kind(bound)
    if kind == "several":  # the first of several controls has no <label> of its own
        bound.field.widget.widgets[0].attrs["aria-label"] = label or bound.label
    else:  # and each of several brings its own looks
        classes.append(CONTROL_CLASSES.get(kind, "form-control"))
        classes += ["is-invalid"] if bound.errors else []
    if classes:
        attrs["class"] = " ".join(dict.fromkeys(classes))
    values = {
        "field": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "unit": unit,
    }
    return render_to_string("components/field.html", values)


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput):
        return "switch"
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "choices"
    if isinstance(widget, MultiWidget):
        return "several"
    if isinstance(widget, Select):
        return "select"
    return "file" if isinstance(widget, FileInput) else "input"


@register.simple_tag
def errors(form: Form) -> SafeString:
    """The summary above a refused form, with a link to each field."""
    return render_to_string("components/form_errors.html", {"form": form})


@register.simple_block_tag(takes_context=True, end_name="endempty")
def empty(context: Context, content: str, sentence: str, icon: str = "circle-dashed", hint: str = "") -> SafeString:
    """One sentence and, inside, one action."""
    values = {"sentence": sentence, "icon_name": icon, "hint": hint, "action": SafeString(content.strip())}
    return render_to_string("components/empty_state.html", values)


@register.simple_block_tag(end_name="endpanel")
def panel(content: str, id: str, title: str) -> SafeString:
    """Slides in from the right; opened by data-opens="<id>"."""
    return render_to_string("components/panel.html", {"id": id, "title": title, "content": content})


@register.simple_block_tag(end_name="enddialog")
def dialog(content: str, id: str, title: str) -> SafeString:
    """A dialog with fields of its own; opened by data-opens="<id>". A bare question: data-confirm, see confirm.html."""
    return render_to_string("components/dialog.html", {"id": id, "title": title, "content": content})


@register.simple_tag(takes_context=True)
def sort_header(context: Context, words: str, key: str, css: str = "") -> SafeString:
    """A column head that sorts by ?sort=key, then by ?sort=-key. Needs `listing` (accounts.listing) in the context."""
    listing = context["listing"]
    state = {key: "ascending", f"-{key}": "descending"}.get(listing.sort, "")
    query = context.request.GET.copy()  # type: ignore[attr-defined]
    for place in ("page", "at"):  # of the order before
        query.pop(place, None)
    query["sort"] = f"-{key}" if listing.sort == key else key
    values = {"words": words, "state": state, "address": f"?{query.urlencode()}", "css": css}
    return render_to_string("components/sort_header.html", values)


@register.simple_tag(takes_context=True)
def without(context: Context, *names: Any) -> str:
    """The present address's query without these parameters (and without the page): for chips that remove a filter."""
    query = context.request.GET.copy()  # type: ignore[attr-defined]
    for name in (*names, "page", "at"):
        query.pop(name, None)
    return f"?{query.urlencode()}"
