"""The last look before the write, on real sockets."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from telephony.providers import wire
from telephony.providers.wire import NoReply, NotConnected, Reply, TooLate, Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Counts connections and keeps every byte; answers each request with `answer`."""

    def __init__(self, answer=OK):
        self.answer, self.connections, self.bytes, self.url = answer, 0, b"", ""

    async def connected(self, reader, writer):
        self.connections += 1
        try:
            while data := await reader.read(65536):
                self.bytes += data
                if self.answer is None:
                    break
                writer.write(self.answer)
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(server, tls=None):
    running = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=tls)
    server.url = f"{'https' if tls else 'http'}://localhost:{running.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        running.close()
        await asyncio.sleep(0)


def talk(server, work, server_tls=None, client_tls=None):
    """Runs `work(wire)` against the server and closes everything."""

    async def all_of_it():
        async with listening(server, server_tls):
            line = Wire(server.url, tls=client_tls)
            try:
                return await work(line)
            finally:
                await line.aclose()

    return asyncio.run(all_of_it())


def past():
    return time.monotonic() - 0.001


def test_an_answer_is_status_and_body():
    assert talk(Server(), lambda line: line.send("GET", "/")) == Reply(200, b"{}")


def test_after_the_deadline_the_connection_stands_and_not_one_byte_was_written():
    server = Server()

    async def late(line):
        with pytest.raises(TooLate):
            await line.send("POST", "/calls", json_body={}, not_after=past())
        await asyncio.sleep(0.02)

    talk(server, late)
    assert (server.connections, server.bytes) == (1, b"")


def test_a_connection_that_came_too_late_serves_the_next_request():
    server = Server()

    async def late_then_in_time(line):
        with pytest.raises(TooLate):
            await line.send("GET", "/late", not_after=past())
        return await line.send("GET", "/next", not_after=time.monotonic() + 5)

    assert talk(server, late_then_in_time).status == 200
    assert server.connections == 1
    assert server.bytes.startswith(b"GET /next ")
    assert b"/late" not in server.bytes


def test_headers_and_body_leave_in_one_write():
    written = []

    async def watched(line):
        with pytest.MonkeyPatch.context() as patch:
            write = asyncio.StreamWriter.write
            patch.setattr(asyncio.StreamWriter, "write", lambda *args: (written.append(args[1]), write(*args)))
            await line.send("POST", "/calls", json_body={"to": 1}, not_after=time.monotonic() + 5)

    talk(Server(), watched)
    request = [data for data in written if not data.startswith(b"HTTP/")]  # the server answers in the same loop
    assert len(request) == 1
    assert request[0].endswith(b'\r\n\r\n{"to": 1}')


def test_a_hundred_requests_at_once_share_a_few_connections(monkeypatch):
    monkeypatch.setattr(wire, "MAX_CONNECTIONS", 5)
    server = Server()

    async def hundred(line):
        return await asyncio.gather(*[line.send("GET", "/") for _ in range(100)])

    assert {reply.status for reply in talk(server, hundred)} == {200}
    assert server.connections == 5


def test_an_answer_that_ends_with_the_connection_is_whole():
    class Closing(Server):
        async def connected(self, reader, writer):
            await reader.read(65536)
            writer.write(b"HTTP/1.0 200 OK\r\n\r\n{}")
            writer.close()

    assert talk(Closing(), lambda line: line.send("GET", "/")) == Reply(200, b"{}")


def test_a_form_is_sent_as_one():
    server = Server()
    talk(server, lambda line: line.send("POST", "/Calls.json", form=[("To", "+1 2"), ("Event", "a"), ("Event", "b")]))
    assert server.bytes.endswith(b"To=%2B1+2&Event=a&Event=b")


def test_a_connection_is_kept_between_requests():
    server = Server()

    async def three(line):
        return [(await line.send("GET", "/")).status for _ in range(3)]

    assert talk(server, three) == [200, 200, 200]
    assert server.connections == 1


def test_a_connection_cut_after_the_write_is_no_reply():
    with pytest.raises(NoReply):
        talk(Server(answer=None), lambda line: line.send("POST", "/", json_body={}))


def test_silence_is_no_reply_after_the_time_out(monkeypatch):
    monkeypatch.setattr(wire, "HTTP_TIMEOUT", 0.05)
    with pytest.raises(NoReply):
        talk(Server(answer=b""), lambda line: line.send("POST", "/", json_body={}))


def test_an_answer_in_drops_ends_at_the_same_time_out(monkeypatch):
    monkeypatch.setattr(wire, "HTTP_TIMEOUT", 0.05)
    began = time.monotonic()
    with pytest.raises(NoReply):
        talk(Server(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), lambda line: line.send("GET", "/"))
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
def test_what_is_not_http_is_no_reply(answer):
    with pytest.raises(NoReply):
        talk(Server(answer), lambda line: line.send("GET", "/"))


def test_an_endless_answer_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(wire, "MAX_REPLY", 1000)
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5000
    with pytest.raises(NoReply):
        talk(Server(long), lambda line: line.send("GET", "/"))


def test_a_redirect_is_an_answer_and_is_not_followed():
    server = Server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    assert talk(server, lambda line: line.send("GET", "/")).status == 302


def test_a_closed_port_is_not_connected():
    async def nobody_there():
        line = Wire("http://127.0.0.1:1")
        try:
            await line.send("POST", "/calls", json_body={})
        finally:
            await line.aclose()

    with pytest.raises(NotConnected):
        asyncio.run(nobody_there())


def certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    text = made.sign(key, hashes.SHA256()).public_bytes(pem)
    text += key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    (folder / "pair.pem").write_bytes(text)
    return folder / "pair.pem"


def test_over_tls_it_is_the_same(tmp_path):
    pair = certificate(tmp_path)
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_tls.load_cert_chain(pair)
    server = Server()

    async def late_then_in_time(line):
        with pytest.raises(TooLate):
            await line.send("GET", "/late", not_after=past())
        return await line.send("GET", "/next")

    answer = talk(server, late_then_in_time, server_tls, ssl.create_default_context(cafile=str(pair)))
    assert (answer.status, server.connections) == (200, 1)
    assert server.bytes.startswith(b"GET /next ")


def test_a_certificate_that_nobody_vouches_for_is_not_connected(tmp_path):
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_tls.load_cert_chain(certificate(tmp_path))
    server = Server()
    with pytest.raises(NotConnected):
        talk(server, lambda line: line.send("GET", "/"), server_tls)
    assert server.bytes == b""


FROZEN = """
import asyncio, sys, time
from telephony.providers.wire import TooLate, Wire

async def main():
    line = Wire(sys.argv[1])
    await line.send("GET", "/before")          # the connection stands
    until = time.monotonic() + 0.3
    print("marked", flush=True)
    sys.stdin.readline()                       # frozen here, thawed after the deadline
    try:
        await line.send("POST", "/calls", json_body={}, not_after=until)
    except TooLate:
        print("late", flush=True)
    await line.aclose()

asyncio.run(main())
"""


@pytest.mark.kill
@pytest.mark.once
def test_a_process_frozen_before_the_write_and_thawed_sends_nothing():
    server = Server()

    async def freeze():
        async with listening(server):
            command = [sys.executable, "-c", FROZEN, server.url]
            root = Path(__file__).resolve().parents[3]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as child:
                assert await asyncio.to_thread(child.stdout.readline) == "marked\n"
                os.kill(child.pid, signal.SIGSTOP)
                child.stdin.write("\n")
                child.stdin.flush()
                await asyncio.sleep(0.4)
                os.kill(child.pid, signal.SIGCONT)
                assert await asyncio.to_thread(child.stdout.readline) == "late\n"
                await asyncio.to_thread(child.wait)

    asyncio.run(freeze())
    assert b"/before" in server.bytes
    assert b"/calls" not in server.bytes
