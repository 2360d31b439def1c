from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(mend_standing, sender=self)


def mend_standing(using: str, **_: Any) -> None:
    """SQLite's migrations rebuild a table that they alter, and drop its triggers on the way."""
    from campaigns import standing  # models may be imported now

    connection = connections[using]
    if "campaigns_standing" in connection.introspection.table_names():
        standing.make(connection)
