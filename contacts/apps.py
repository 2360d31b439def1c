from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class ContactsConfig(AppConfig):
    name = "contacts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(mend_search, sender=self)


def mend_search(using: str, **_: Any) -> None:
    """SQLite's migrations rebuild a table that they alter, and drop its triggers on the way."""
    from contacts import search_index  # models may be imported now

    connection = connections[using]
    if "contacts_contact" in connection.introspection.table_names():
        search_index.make(connection)
