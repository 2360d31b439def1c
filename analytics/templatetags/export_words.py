"""Words of exports on pages: {{ export|asked }}."""

from django import template

from analytics.history import asked_words

register = template.Library()
register.filter("asked", asked_words)
