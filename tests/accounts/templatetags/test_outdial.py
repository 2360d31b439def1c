from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django import forms
from django.template import Context, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.fields import DurationField

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def rendered(text, **values):
    return Template("{% load outdial %}" + text).render(Context(values))


class Named(forms.Form):
    name = forms.CharField(max_length=5, help_text="Short.")
    nick = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A")])
    on = forms.BooleanField(required=False)
    delay = DurationField()


def test_a_field_has_label_hint_control_and_place_for_its_error():
    html = rendered("{% field form.name unit='letters' %}", form=Named())
    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'class="form-control"' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert 'id="id_name_helptext">Short.</p>' in html
    assert '<span class="unit">letters</span>' in html
    assert 'id="id_name_error" hidden' in html


def test_a_refused_field_says_why_and_keeps_what_was_typed():
    html = rendered("{% errors form %}{% field form.name %}", form=Named({"name": "too long"}))
    assert 'value="too long"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="form-control is-invalid"' in html
    assert '<a href="#id_name">Name</a>: Ensure this value has at most 5 characters' in html


def test_what_need_not_be_filled_is_marked():
    assert "optional" in rendered("{% field form.nick %}", form=Named())
    assert "optional" not in rendered("{% field form.name %}", form=Named())


@pytest.mark.parametrize(("name", "css"), [("kind", "form-select"), ("on", "form-check-input")])
def test_each_control_has_its_looks(name, css):
    assert f'class="{css}"' in rendered("{% field field %}", field=Named()[name])


def test_every_control_of_a_duration_is_named():
    html = rendered("{% field form.delay %}", form=Named(initial={"delay": 120}))
    assert 'aria-label="Delay"' in html
    assert 'aria-label="Unit"' in html
    assert 'value="2"' in html


@time_machine.travel(NOW, tick=False)
def test_a_time_is_relative_with_the_full_one_on_hover_in_the_persons_zone():
    person = SimpleNamespace(timezone="Europe/Berlin")
    html = rendered("{% when at %}", at=NOW - timedelta(minutes=3), user=person)
    assert html == (
        '<time datetime="2026-06-01T11:57:00+00:00" title="Mon 1 Jun 2026 13:57:00 Europe/Berlin">3 min ago</time>'
    )


@time_machine.travel(NOW, tick=False)
def test_a_full_time_names_the_zone_it_was_asked_for():
    html = rendered("{% when at 'Asia/Tokyo' 'full' %}", at=NOW, user=SimpleNamespace(timezone="UTC"))
    assert ">Today 21:00 Asia/Tokyo<" in html


@time_machine.travel(NOW, tick=False)
def test_inside_a_sentence_a_full_time_has_no_capital_but_that_of_a_name():
    def said(at):
        return rendered("{% when at 'UTC' 'said' %}", at=at, user=SimpleNamespace(timezone="UTC"))

    assert ">tomorrow 12:00 UTC<" in said(NOW + timedelta(days=1))
    assert ">Wed 10 Jun 12:00 UTC<" in said(NOW + timedelta(days=9))


def test_no_time_is_a_dash():
    assert rendered("{% when at %}", at=None) == '<span class="quiet">–</span>'


def test_an_icon_is_decoration_unless_it_has_words():
    assert 'aria-hidden="true"' in rendered("{% icon 'phone' %}")
    assert 'role="img" aria-label="Passed"' in rendered("{% icon 'check' 'Passed' %}")


@pytest.mark.parametrize(
    ("sort", "state", "address"),
    [
        ("name", 'aria-sort="ascending"', "?q=x&amp;sort=-name"),
        ("-name", 'aria-sort="descending"', "?q=x&amp;sort=name"),
        ("other", "", "?q=x&amp;sort=name"),
    ],
)
def test_a_column_head_sorts_and_turns_round_and_keeps_the_filters(sort, state, address):
    request = RequestFactory().get("/", {"q": "x", "page": "3", "sort": sort})
    context = RequestContext(request, {"listing": SimpleNamespace(sort=sort)})
    html = Template("{% load outdial %}{% sort_header 'Name' 'name' %}").render(context)
    assert f'href="{address}"' in html
    assert state in html
    assert ("aria-sort" in html) == bool(state)


def test_words_from_people_are_never_markup():
    evil = "<script>alert(1)</script>"
    html = rendered("{% empty name %}{% endempty %}{% panel id='p' title=name %}{{ name }}{% endpanel %}", name=evil)
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 3


def test_the_page_for_a_fault_of_ours_needs_nothing_but_itself():
    assert "Something broke on our side" in render_to_string("500.html")
