import gc
import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_wsgi_application()  # first: the doorway's module needs the apps
application = import_string("telephony.doorway.Doorway")(pages)
# What is loaded now stays: Python's collector need not walk through it again and again while people wait.
gc.collect()
gc.freeze()
