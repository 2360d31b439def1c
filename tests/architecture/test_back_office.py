"""Every model of ours has its place in the back office, and every page there opens."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from tests.factories import CampaignFactory, UserFactory

APPS = ["accounts", "contacts", "telephony", "campaigns", "goals", "analytics"]
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]
SECRETS = {"credentials", "digest"}


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def superuser(client, db):
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_registered_with_columns_and_search(model):
    page = admin.site.get_model_admin(model)
    assert len(page.list_display) > 1
    assert page.search_fields or page.list_filter


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_opens_and_can_be_searched(model, superuser):
    assert superuser.get(address(model, "changelist")).status_code == 200
    if admin.site.get_model_admin(model).search_fields:
        assert superuser.get(address(model, "changelist"), {"q": "1"}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_page_for_adding_opens_or_is_refused(model, superuser, rf):
    page = admin.site.get_model_admin(model)
    rf_request = superuser.get(address(model, "changelist")).wsgi_request
    expected = 200 if page.has_add_permission(rf_request) else 403
    assert superuser.get(address(model, "add")).status_code == expected


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_id_that_does_not_exist_is_a_404(model, superuser):
    assert superuser.get(address(model, "change", 999_999)).status_code == 404


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_page_shows_a_secret(model, superuser):
    page = admin.site.get_model_admin(model)
    request = superuser.get(address(model, "changelist")).wsgi_request
    shown = {*page.get_list_display(request), *page.get_readonly_fields(request)}
    fields = {name for _, section in page.get_fieldsets(request) for name in section["fields"]}
    assert (shown | fields) & SECRETS == set()


def test_the_front_page_names_every_app(superuser, db):
    CampaignFactory()
    answer = superuser.get(reverse("admin:index"))
    assert answer.status_code == 200
