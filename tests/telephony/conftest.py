import pytest

from tests.telephony.receiver import receiver
from tests.telephony.simulated import simulated_carrier


@pytest.fixture
def carrier(tmp_path):
    with simulated_carrier(tmp_path) as running:
        yield running


@pytest.fixture
def events():
    with receiver() as taking:
        yield taking
