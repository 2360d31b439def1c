"""Who may dial. One row per workspace and kind of work, and one per runner slot."""

from django.db import models


class Lease(models.Model):
    """`dial:<workspace>`, `apply:<workspace>` or `slot:<n>`. `campaigns.lease` is the only writer.

    The epoch grows with every new owner; the claim's own transaction locks the row with owner and epoch, so a thawed
    or doubled dialer changes nothing. `last_now` keeps the clock from going back.
    """

    name = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=80, blank=True)
    epoch = models.PositiveBigIntegerField(default=0)
    until = models.DateTimeField(null=True)
    last_now = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
