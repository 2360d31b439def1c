"""The back office of workspaces and people, and what every other app's back office stands on."""

from accounts.admin import history, people, sign_in

__all__ = ["history", "people", "sign_in"]
