from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from config.processes.greeting import Greeting, text


class Refusing(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(404)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Refusing) as one:
        Thread(target=one.serve_forever).start()
        yield one
        one.shutdown()


def test_the_greeting_is_said_once_as_soon_as_the_web_server_answers_anything(server, tmp_path):
    said = []
    greeting = Greeting(server.server_port, 8001, "ana@harbour.example", "pass", tmp_path, said.append)
    greeting.look()
    greeting.look()
    assert said == [greeting.text]


def test_nothing_is_said_while_nobody_answers(unused_port, tmp_path):
    said = []
    Greeting(unused_port, 8001, "ana@harbour.example", "pass", tmp_path, said.append).look()
    assert said == []


@pytest.fixture
def unused_port():
    with HTTPServer(("127.0.0.1", 0), Refusing) as one:
        return one.server_port  # free again when this returns


def test_the_first_start_shows_the_password_and_where_it_is_kept(tmp_path):
    assert f"Password     pass   (also in {tmp_path}/first-sign-in.txt)" in text(
        8000, 8001, "ana@x.example", "pass", tmp_path
    )


def test_a_later_start_shows_only_where_the_first_password_is_kept(tmp_path):
    (tmp_path / "first-sign-in.txt").write_text("pass")
    later = text(8000, 8001, "ana@x.example", None, tmp_path)
    assert "the first one is in" in later
    assert "pass\n" not in later


def test_an_empty_installation_is_told_where_its_simulated_carrier_is(tmp_path):
    said = text(8000, 8001, "ana@x.example", "pass", tmp_path)
    assert "Carrier      http://127.0.0.1:8001   (simulated; its token and secret: docs/simulated-carrier.md)" in said
