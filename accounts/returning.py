"""Back to where somebody came from."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def asked_for(request: HttpRequest, name: str = "next") -> str:
    """The page of ours that a request asks to go on to, from its form or its address; "" for anything else."""
    wanted = request.POST.get(name) or request.GET.get(name, "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted.startswith("/") and ours else ""
