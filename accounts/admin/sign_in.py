"""The back office's front door: the e-mail address is the name."""

from typing import Any

from django.contrib import admin
from unfold.forms import AuthenticationForm


class EmailSignIn(AuthenticationForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget.input_type = "email"


admin.site.login_form = EmailSignIn
