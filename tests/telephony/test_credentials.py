import pytest
from cryptography.fernet import Fernet
from django.test import override_settings

from telephony import credentials

SECRETS = {"token": "very-secret", "signing_secret": "whsec_x"}
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_locked_is_not_readable_and_comes_back_whole():
    locked = credentials.lock(SECRETS)
    assert "very-secret" not in locked
    assert credentials.unlock(locked) == SECRETS


def test_no_secrets_are_no_text():
    assert credentials.lock({}) == ""
    assert credentials.unlock("") == {}


def test_keys_are_turned_over_by_putting_a_new_one_in_front():
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        locked = credentials.lock(SECRETS)
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]):
        assert credentials.unlock(locked) == SECRETS
        again = credentials.lock(SECRETS)
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        assert credentials.unlock(again) == SECRETS


def test_without_the_key_it_says_what_to_do():
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        locked = credentials.lock(SECRETS)
    with override_settings(CREDENTIAL_KEYS=[NEW]), pytest.raises(credentials.Locked, match="Enter them again"):
        credentials.unlock(locked)


def test_an_installation_with_only_a_secret_key_has_a_key_of_its_own_that_turns_over_with_it():
    with override_settings(CREDENTIAL_KEYS=[], SECRET_KEY="first"):
        locked = credentials.lock(SECRETS)
    with override_settings(CREDENTIAL_KEYS=[], SECRET_KEY="second", SECRET_KEY_FALLBACKS=["first"]):
        assert credentials.unlock(locked) == SECRETS
    with override_settings(CREDENTIAL_KEYS=[], SECRET_KEY="second"), pytest.raises(credentials.Locked):
        credentials.unlock(locked)
