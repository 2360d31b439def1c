"""The triggers that count contacts by campaign and status."""

from django.db import migrations

from campaigns import standing


def make(apps, editor):
    standing.make(editor.connection)


def drop(apps, editor):
    standing.drop(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
