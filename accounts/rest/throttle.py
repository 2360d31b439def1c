"""How often a token may ask."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PerToken(SimpleRateThrottle):
    """settings.API_RATE requests a token, counted over all web processes of this machine."""

    cache = caches["shared"]
    scope = "token"

    def get_rate(self) -> str:
        return settings.API_RATE

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"api-{request.auth.pk}"
