"""Campaigns, their people and their calls for programs, under /api/v1/."""
