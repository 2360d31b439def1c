import pytest

from contacts import hours


@pytest.fixture(autouse=True)
def no_remembered_hours_keys():
    """The database is emptied under the living process after each test."""
    hours.forget()
    yield
    hours.forget()
