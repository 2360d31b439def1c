"""Every model of ours has its place in the back office, and every page there opens.

What may be done there is told app by app, in test_admin.py."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

APPS = ["accounts", "contacts", "telephony", "campaigns", "goals", "analytics"]
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]
SECRETS = {"credentials", "digest", "secret"}


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_registered_with_columns_and_search(model):
    page = admin.site.get_model_admin(model)
    assert len(page.list_display) > 1
    assert page.search_fields or page.list_filter


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_of_every_model_opens(model, superuser):
    page = admin.site.get_model_admin(model)
    answer = superuser.get(address(model, "changelist"), {"q": "1"} if page.search_fields else {})
    assert answer.status_code == 200
    expected = 200 if page.has_add_permission(answer.wsgi_request) else 403
    assert superuser.get(address(model, "add")).status_code == expected
    assert superuser.get(address(model, "change", 999_999)).status_code == 404
    assert shown(page, answer.wsgi_request) & SECRETS == set()


def shown(page, request):
    """Every field that list and form show."""
    fields = {name for _, section in page.get_fieldsets(request) for name in section["fields"]}
    return fields | {*page.get_list_display(request), *page.get_readonly_fields(request)}


def test_every_app_is_on_the_front_page(superuser):
    text = superuser.get(reverse("admin:index")).content.decode()
    assert [model for model in MODELS if address(model, "changelist") not in text] == []


def test_the_machinery_is_for_superusers(superuser, staff):
    for address_ in ("/admin/django_q/schedule/", "/admin/django_q/failure/", "/admin/axes/accessattempt/"):
        assert superuser.get(address_).status_code == 200
        assert staff("owner").get(address_).status_code == 403
