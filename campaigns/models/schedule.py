"""Call windows that several campaigns share."""

from django.db import models

from accounts.models import Workspace, known_timezone


class Schedule(models.Model):
    """A shared call window: several spans a day, with holidays and one-off exceptions.

    days        {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], …}; a day that is missing is closed
    exceptions  [{"date": "2026-12-25", "spans": [], "note": "Christmas"}, …]; its spans replace those of the date
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=120)
    timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[known_timezone])
    days = models.JSONField(default=dict, blank=True)
    exceptions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_schedule_per_name")]

    def __str__(self) -> str:
        return self.name
