import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages = get_wsgi_application()

from telephony.doorway import Doorway  # noqa: E402 - Django must be set up

application = Doorway(pages)
# What is loaded now stays: Python's collector need not walk through it again and again while people wait.
gc.collect()
gc.freeze()
