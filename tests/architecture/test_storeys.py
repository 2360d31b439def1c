"""Strings count as imports too: a foreign key to "campaigns.Campaign" is an arrow like any other.

What is imported is held by the contracts in pyproject.toml; here is what the import linter cannot see.
"""

import pytest
from django.apps import apps

STOREY = {"accounts": 1, "contacts": 2, "telephony": 2, "campaigns": 3, "goals": 4, "analytics": 5}


def arrows() -> list[tuple[str, str, str]]:
    """Every relation between two models of ours: the app it starts from, the app it points to, and its name."""
    return [
        (label, field.related_model._meta.app_label, f"{model.__name__}.{field.name}")
        for label in STOREY
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model._meta.app_label in STOREY
    ]


def test_every_app_of_ours_has_its_storey():
    ours = {config.label for config in apps.get_app_configs() if "site-packages" not in config.path}
    assert ours - {"processes"} == set(STOREY)


def test_relations_between_models_lead_downwards():
    upwards = [name for start, end, name in arrows() if start != end and STOREY[end] >= STOREY[start]]
    assert upwards == []


@pytest.mark.parametrize("label", STOREY)
def test_models_live_in_the_models_of_their_own_app(label):
    homes = {model.__module__.split(".")[:2] == [label, "models"] for model in apps.get_app_config(label).get_models()}
    assert homes <= {True}
