"""Contacts, the suppression list and safe hours for programs, under /api/v1/."""
