import os
import stat

import pytest
from cryptography.fernet import Fernet

from config import secret_file


@pytest.fixture(autouse=True)
def empty_installation(tmp_path, monkeypatch):
    monkeypatch.setenv("OUTDIAL_VAR", str(tmp_path / "var"))
    for name in ("SECRET_KEY", "CREDENTIAL_KEYS"):
        monkeypatch.setenv(name, "set only to be taken away again at the end")
        monkeypatch.delenv(name)


def test_the_secrets_are_made_once_and_for_their_owner_only():
    secret_file.make()
    first = secret_file.path().read_text()
    secret_file.make()
    assert secret_file.path().read_text() == first
    assert stat.S_IMODE(secret_file.path().stat().st_mode) == 0o600


def test_the_environment_gets_a_long_secret_key_and_a_key_that_encrypts():
    secret_file.make()
    secret_file.fill_environment()
    assert len(os.environ["SECRET_KEY"]) >= 50
    Fernet(os.environ["CREDENTIAL_KEYS"])


def test_what_the_environment_has_already_wins(monkeypatch):
    secret_file.make()
    monkeypatch.setenv("SECRET_KEY", "from elsewhere")
    secret_file.fill_environment()
    assert os.environ["SECRET_KEY"] == "from elsewhere"


def test_a_variable_that_is_set_to_nothing_is_filled(monkeypatch):
    secret_file.make()
    monkeypatch.setenv("SECRET_KEY", "")
    secret_file.fill_environment()
    assert len(os.environ["SECRET_KEY"]) >= 50


def test_without_a_file_nothing_is_set():
    secret_file.fill_environment()
    assert "SECRET_KEY" not in os.environ


def test_a_private_file_takes_the_place_of_an_open_one(tmp_path):
    target = tmp_path / "first-sign-in.txt"
    target.write_text("old")
    target.chmod(0o644)
    secret_file.write_private(target, "new")
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", 0o600)
