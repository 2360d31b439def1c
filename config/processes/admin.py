"""The machinery's own tables in the back office's clothes. Superusers only: nobody else has Django's permissions."""

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin

MACHINERY: tuple[type[Model], ...] = (Schedule, Success, Failure, OrmQ, AccessAttempt, AccessFailureLog, AccessLog)


def dress(model: type[Model]) -> None:
    """Registers the model again with the page its package made, drawn like all others."""
    theirs = type(admin.site.get_model_admin(model))
    admin.site.unregister(model)
    admin.site.register(model, type(f"Dressed{theirs.__name__}", (theirs, ModelAdmin), {}))


for machine in MACHINERY:
    dress(machine)
admin.site.unregister(Group)  # accounts.roles is the one table of who may what
