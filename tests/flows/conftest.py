"""One carrier and one web server for all tests of a file; rows and dialers of its own for each test."""

from collections.abc import Iterator

import pytest

from telephony import gateway
from tests.flows import world as worlds
from tests.flows.world import Station, World


@pytest.fixture(scope="module")
def station(tmp_path_factory, django_db_setup) -> Iterator[Station]:
    with worlds.station(tmp_path_factory.mktemp("station"), "--speed", "80") as made:
        yield made


@pytest.fixture
def world(station, transactional_db, settings) -> Iterator[World]:
    settings.PUBLIC_URL = station.url  # where the carrier sends its events
    before = station.simulated.state()["settings"]
    made = World(station)
    yield made
    made.stop()
    gateway.close()
    station.simulated.set(**before)
