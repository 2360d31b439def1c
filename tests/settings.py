"""The suite's settings: SQLite below a temporary folder, or the database of TEST_DATABASE_URL."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("OUTDIAL_VAR", tempfile.mkdtemp(prefix="outdial-tests-"))
if not os.environ["OUTDIAL_VAR"].endswith(worker := os.environ.get("PYTEST_XDIST_WORKER", "")):
    os.environ["OUTDIAL_VAR"] += f"/{worker}"  # files of its own, as it has a database of its own
os.environ.setdefault("SECRET_KEY", "only-for-the-tests-" + "x" * 40)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
else:
    os.environ.pop("DATABASE_URL", None)

from config.settings import *  # noqa: F403
from config.settings import CACHES, DATABASES, STORAGES, VAR_DIR

Path(VAR_DIR, "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns without it
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
DATABASES["default"]["CONN_MAX_AGE"] = 0
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: other processes (dialers, a web server, a browser's server) work on the same database.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
AXES_ENABLED = False
# What one test has counted is not the next one's.
CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
