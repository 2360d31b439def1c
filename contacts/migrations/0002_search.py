"""The index of three letters over Contact.search: pg_trgm on PostgreSQL, FTS5 on SQLite."""

from django.db import migrations

from contacts import search_index


def make(apps, editor):
    search_index.make(editor.connection)


def drop(apps, editor):
    search_index.drop(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
