"""No call reaches an inside address, whatever the name servers, redirects and proxies say."""

import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bridge.channels import calling, webhook
from bridge.channels.calling import Answered, Request
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed, Sent
from tests.inside_addresses import LOCAL_FORMS

OPEN = Limits(allow_private=True)
CLOSED = Limits()

Call = Callable[..., Any]


def by_webhook(url: str, *, limits: Limits) -> Any:
    """Our events to a receiver."""
    return webhook.post(url, b"{}", {}, limits=limits)


def by_calling(url: str, *, limits: Limits) -> Any:
    """Everything that a channel asks for: its API, tokens of OAuth, a page behind a permalink."""
    return calling.call(Request("POST", url, form={"grant_type": "refresh_token"}), limits=limits)


EVERY_WAY_OUT = [by_webhook, by_calling]


@pytest.fixture(params=EVERY_WAY_OUT, ids=lambda way: way.__name__)
def out(request: pytest.FixtureRequest) -> Call:
    """Each way out of the product: there is no other (`test_guard_registration.py`)."""
    way: Call = request.param
    return way


class _Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]
        self.server.authorizations.append(self.headers["Authorization"])  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path == "/hang-up":
            self.close_connection = True
            return
        if self.path.startswith("/redirect"):
            self.send_response(int(self.path.rpartition("/")[2]))
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/inside")  # type: ignore[attr-defined]
        else:
            self.send_response(200)
        self.send_header("Set-Cookie", "a=b; Path=/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listener)
        self.requests: list[str] = []
        self.authorizations: list[str | None] = []
        self.connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as running:
        thread = Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _fresh_sessions() -> Iterator[None]:
    webhook.session.cache_clear()
    yield
    webhook.session.cache_clear()


@pytest.mark.parametrize("host", LOCAL_FORMS)
def test_no_spelling_of_an_inside_address_reaches_a_server(out: Call, server: _Server, host: str) -> None:
    answer = out(f"http://{host}:{server.server_port}/", limits=Limits(connect_seconds=0.3))

    assert isinstance(answer, Failed)
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{}\\@receiver.example/",
        "http://receiver.example\\@127.0.0.1:{}/",
        "http://a:b@127.0.0.1:{}/",
    ],
)
def test_no_trick_of_the_url_reaches_a_server(out: Call, server: _Server, url: str) -> None:
    answer = out(url.format(server.server_port), limits=Limits(connect_seconds=0.3))

    assert isinstance(answer, Failed)
    assert server.connections == 0


def resolver(*answers: str) -> Callable[..., list[Any]]:
    """A name server that gives one answer after another, the last one for ever."""
    left = list(answers)

    def resolve(host: str, port: int, **_options: object) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::80ff:fffe",
        "3fff::1",
        "2001:db8::1",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "fd00:ec2::254",
        "ff02::1",
    ],
)
def test_a_public_name_with_an_inside_address_is_refused(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(address))

    answer = out(f"http://receiver.example:{server.server_port}/", limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"
    assert server.connections == 0


def test_a_name_that_changes_its_address_after_the_check_is_refused(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("8.8.8.8", "127.0.0.1"))
    socket.getaddrinfo("receiver.example", 443)  # whoever checked by resolving was content

    answer = out(f"http://receiver.example:{server.server_port}/", limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"
    assert server.connections == 0


def test_one_inside_address_among_several_is_enough_to_refuse(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = resolver("8.8.8.8")("", 1) + resolver("127.0.0.1")("", server.server_port)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: both)

    answer = out("http://receiver.example/", limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"


def test_a_socket_that_is_connected_elsewhere_than_told_sends_nothing(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Misled(socket.socket):
        def connect(self, _address: Any) -> None:
            super().connect(("127.0.0.1", server.server_port))

    monkeypatch.setattr(socket, "getaddrinfo", resolver("8.8.8.8"))
    monkeypatch.setattr(socket, "socket", Misled)

    answer = out("http://receiver.example/", limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"
    assert server.requests == []


def test_without_the_guard_the_same_request_arrives(out: Call, server: _Server) -> None:
    """The negative control: the server of these tests can be reached."""
    answer = out(f"http://127.0.0.1:{server.server_port}/hook", limits=OPEN)

    assert isinstance(answer, Sent | Answered)
    assert server.requests == ["/hook"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(out: Call, server: _Server, status: int) -> None:
    answer = out(f"http://127.0.0.1:{server.server_port}/redirect/{status}", limits=OPEN)

    assert isinstance(answer, Sent | Answered)
    assert answer.status_code == status
    assert server.requests == [f"/redirect/{status}"]


def test_a_call_that_is_hung_up_on_is_not_repeated(out: Call, server: _Server) -> None:
    answer = out(f"http://127.0.0.1:{server.server_port}/hang-up", limits=OPEN)

    assert isinstance(answer, Failed)
    assert server.requests == ["/hang-up"]


def test_a_password_file_of_the_machine_is_not_used(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    out(f"http://127.0.0.1:{server.server_port}/hook", limits=OPEN)

    assert server.authorizations == [None]


def test_a_name_that_turns_inside_while_a_connection_is_kept_gains_nothing(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding between two calls: a kept connection stays where it was checked, a new one is checked anew."""
    real = socket.getaddrinfo
    turned: list[str] = []

    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        found = real("127.0.0.1", port, **options)
        if turned:
            return [(*one[:4], ("169.254.169.254", port)) for one in found]
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"http://receiver.example:{server.server_port}/hook"
    first = out(url, limits=OPEN)
    turned.append("now")

    kept = out(url, limits=OPEN)
    webhook.session.cache_clear()
    anew = out(url, limits=OPEN)

    assert isinstance(first, Sent | Answered)
    assert isinstance(kept, Sent | Answered)
    assert isinstance(anew, Failed)
    assert anew.error == "unsafe_address"
    assert server.connections == 1


def test_a_certificate_for_another_name_is_refused_before_anything_is_sent(
    out: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name in the address is what TLS checks, whatever address it came to; nobody can sit in between."""

    class Plain(BaseHTTPRequestHandler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Plain) as plain:
        thread = Thread(target=plain.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1"))
        answer = out(f"https://receiver.example:{plain.server_port}/", limits=OPEN)
        plain.shutdown()
        thread.join()

    assert isinstance(answer, Failed)
    assert answer.error in {"tls_failed", "connection_lost"}


def test_a_proxy_of_the_environment_is_not_used(
    out: Call, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")

    # A proxy would be asked to resolve this name; we find no address for it.
    answer = out("http://receiver.invalid/", limits=OPEN)

    assert isinstance(answer, Failed)
    assert answer.error == "name_not_resolved"
    assert server.connections == 0


def test_a_connection_is_kept_and_a_cookie_is_not(out: Call, server: _Server) -> None:
    for _ in range(5):
        out(f"http://127.0.0.1:{server.server_port}/hook", limits=OPEN)

    assert len(server.requests) == 5
    assert server.connections == 1
    assert not webhook.session(OPEN).cookies
