"""Pages of a person: signing in, the profile, the password, and the choice of a workspace."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST

from accounts.forms import NewPasswordForm, ProfileForm, SignInForm
from accounts.navigation import address
from accounts.returning import asked_for
from accounts.tenancy import SESSION_KEY


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return "/"


class ChangePassword(PasswordChangeView):
    template_name = "accounts/password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Password changed. Other sessions of yours are signed out.")
        return super().form_valid(form)


@login_required
def home(request: Any) -> HttpResponse:
    """The front door leads to the campaigns."""
    if request.workspace is None:
        return redirect("accounts:pick_workspace")
    return redirect(address("campaigns:list") or "accounts:workspace")


@login_required
def profile(request: Any) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Profile saved.")
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@login_required
def pick_workspace(request: Any) -> HttpResponse:
    return render(request, "accounts/pick_workspace.html", {"next": asked_for(request)})


@login_required
@require_POST
def switch_workspace(request: Any, pk: int) -> HttpResponse:
    """From here on the pages show this workspace. 404 unless the person belongs to it."""
    if not any(membership.workspace_id == pk for membership in request.memberships):
        raise Http404
    request.session[SESSION_KEY] = pk
    return redirect(asked_for(request) or "accounts:home")
