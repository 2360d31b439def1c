import gc
import os

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = import_string("telephony.doorway.Doorway")(get_wsgi_application())
# What is loaded now stays: Python's collector need not walk through it again and again while people wait.
gc.collect()
gc.freeze()
