"""The back office of campaigns: made, changed and moved here under the same rules as on the pages."""

from campaigns.admin import audience, calls, campaigns, files, history, lists, windows

__all__ = ["audience", "calls", "campaigns", "files", "history", "lists", "windows"]
