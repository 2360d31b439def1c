"""A variable that is set to nothing counts as not set: so a file of settings may leave lines empty."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment

ROOT = Path(__file__).resolve().parent.parent.parent
# Of README's table, those that settings reads, with the name of the setting.
SETTINGS = {
    "DATABASE_URL": "DATABASES",
    "OUTDIAL_VAR": "VAR_DIR",
    "SECRET_KEY_FALLBACKS": "SECRET_KEY_FALLBACKS",
    "CREDENTIAL_KEYS": "CREDENTIAL_KEYS",
    "PUBLIC_URL": "PUBLIC_URL",
    "ALLOWED_HOSTS": "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS": "CSRF_TRUSTED_ORIGINS",
    "HTTPS": "SESSION_COOKIE_SECURE",
    "BEHIND_PROXY": "SECURE_PROXY_SSL_HEADER",
    "DEBUG": "DEBUG",
    "DIAL_SLOTS": "DIAL_SLOTS",
    "API_RATE": "API_RATE",
    "INTAKE_RATE": "INTAKE_RATE",
    "LOG_LEVEL": "LOGGING",
    "UPLOAD_TEMP_DIR": "FILE_UPLOAD_TEMP_DIR",
}
READ = """
import json, sys
from config import settings
from telephony.simulator import options
import argparse
parser = argparse.ArgumentParser()
options.add_arguments(parser)
told = {name: repr(getattr(settings, name, None)) for name in sys.argv[1:]}
print(json.dumps({**told, "speed": parser.get_default("speed")}))
"""


def read(**more: str) -> dict[str, object]:
    others = {*SETTINGS, "PORT", "SIMULATED_CARRIER_SPEED", "TEST_DATABASE_URL"}
    env = {name: value for name, value in os.environ.items() if name not in others} | more
    asked = [sys.executable, "-c", READ, *SETTINGS.values()]
    return json.loads(subprocess.run(asked, cwd=ROOT, env=env, check=True, capture_output=True).stdout)


def test_settings_that_are_set_to_nothing_are_those_of_an_empty_environment():
    nothing = dict.fromkeys([*SETTINGS, "PORT", "SIMULATED_CARRIER_SPEED"], "")
    assert read(**nothing) == read()


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_the_default(monkeypatch, text):
    monkeypatch.setenv("OUTDIAL_TRIED", text)
    assert environment.given("OUTDIAL_TRIED", "7") == "7"
    assert environment.words("OUTDIAL_TRIED", "a, b") == ["a", "b"]
    assert environment.flag("OUTDIAL_TRIED") is False
