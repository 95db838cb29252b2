import ipaddress
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.channels import webhook
from bridge.channels.guard import Limits, check_url, refuse_unsafe
from bridge.channels.webhook import Failed, Sent
from bridge.errors import UnsafeAddress

OPEN = Limits(allow_private=True)
CLOSED = Limits()

LOCAL_FORMS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.0x1",
    "127.0.0.01",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "\uff11\uff12\uff17.0.0.1",  # full-width digits
    "\u2460\u2461\u2466.0.0.1",  # circled digits
    "127\u30020\u30020\u30021",  # ideographic full stops
    "localhost",
    "localhost.",
    "LOCALHOST",
    "printer.localhost",
    "localhost.localdomain.local",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:1::1]",
    "[2001:0:7f00:1::80ff:fffe]",  # Teredo
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[fc00::1]",
    "[ff02::1]",
    "[3fff::1]",
    "[2001:db8::1]",
    "[5f00::1]",
    "[100::1]",
    "[4000::1]",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]

ODD_URLS = [
    "http://receiver.example/hook",
    "ftp://receiver.example/hook",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "javascript:alert(1)",
    "//receiver.example/hook",
    "receiver.example/hook",
    "https:receiver.example",
    "https:///receiver.example",
    "https://",
    "https:///hook",
    "https://?x",
    "",
    " https://receiver.example",
    "https://receiver.example/a b",
    "https://receiver.example/\n",
    "https://receiver.example\t/",
    "https://receiver.example/\r\nHost: x",
    "https://receiver.example/\x00",
    "https://127.0.0.1\\@receiver.example/",
    "https://receiver.example\\.127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https://user@receiver.example/",
    "https://user:password@receiver.example/",
    "https://127.0.0.1@receiver.example/",
    "https://receiver.example@127.0.0.1/",
    "https://receiver.example#@127.0.0.1/",
    "https://receiver.example/#fragment",
    "https://receiver.example:0/",
    "https://receiver.example:/",
    "https://receiver.example:65536/",
    "https://receiver.example:-1/",
    "https://receiver.example:443:80/",
    "https://receiver.example:http/",
    "https://[::1/",
    "https://[v1.x]/",
    "https://receiver..example/",
    "https://.receiver.example/",
    "https://-receiver.example/",
    "https://receiver-.example/",
    "https://rec_eiver.example/",
    "https://receiver.example,127.0.0.1/",
    "https://b\u00fccher.example/",
    "https://receiver\u3002example/",
    "https://intranet/",
    "https://db.internal/",
    "https://printer.local/",
    "https://router.home.arpa/",
    "https://example.onion/",
    "https://" + "a" * 64 + ".example/",
    "https://" + ".".join(["a" * 60] * 5) + "/",
    "https://receiver.example/" + "a" * 500,
]


@pytest.mark.parametrize("url", ODD_URLS)
def test_an_odd_url_is_refused_at_registration(url: str) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(url)


@pytest.mark.parametrize("host", LOCAL_FORMS)
def test_every_spelling_of_an_inside_address_is_refused_at_registration(host: str) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example/hook",
        "https://receiver.example",
        "https://receiver.example:8443/a/b?c=d&e=%20",
        "https://xn--bcher-kva.example/",
        "https://RECEIVER.example/",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
        "https://3com.example/",
        "https://1.2.3.4.example/",
    ],
)
def test_an_ordinary_url_is_accepted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/hook", "http://localhost:9000/", "https://10.0.0.1/"])
def test_the_setting_allows_private_addresses_and_plain_http(url: str) -> None:
    check_url(url, allow_private=True)

    with pytest.raises(UnsafeAddress):
        check_url(url)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fd00:ec2::254]", "224.0.0.1", "[::ffff:10.0.0.1]", "2130706433"]
)
def test_even_the_setting_does_not_allow_metadata_multicast_or_odd_forms(host: str) -> None:
    with pytest.raises(UnsafeAddress):
        check_url(f"http://{host}/", allow_private=True)


@given(st.ip_addresses())
def test_an_address_that_python_calls_private_is_never_called(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        with pytest.raises(UnsafeAddress):
            refuse_unsafe(str(address), allow_private=False)


class _Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/redirect":
            self.send_response(307)
            self.send_header("Location", "/inside")
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
def test_no_spelling_of_an_inside_address_reaches_a_server(server: _Server, host: str) -> None:
    answer = webhook.post(
        f"http://{host}:{server.server_port}/", b"{}", {}, limits=Limits(connect_seconds=0.3)
    )

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
def test_no_trick_of_the_url_reaches_a_server(server: _Server, url: str) -> None:
    answer = webhook.post(url.format(server.server_port), b"{}", {}, limits=Limits(connect_seconds=0.3))

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
    "address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254"]
)
def test_a_public_name_with_an_inside_address_is_refused(
    server: _Server, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(address))

    answer = webhook.post(f"http://receiver.example:{server.server_port}/", b"{}", {}, limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"
    assert server.connections == 0


def test_a_name_that_changes_its_address_after_the_check_is_refused(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("8.8.8.8", "127.0.0.1"))
    socket.getaddrinfo("receiver.example", 443)  # whoever checked by resolving was content

    answer = webhook.post(f"http://receiver.example:{server.server_port}/", b"{}", {}, limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"
    assert server.connections == 0


def test_one_inside_address_among_several_is_enough_to_refuse(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = resolver("8.8.8.8")("", 1) + resolver("127.0.0.1")("", server.server_port)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: both)

    answer = webhook.post("http://receiver.example/", b"{}", {}, limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"


def test_a_socket_that_is_connected_elsewhere_than_told_sends_nothing(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Misled(socket.socket):
        def connect(self, _address: Any) -> None:
            super().connect(("127.0.0.1", server.server_port))

    monkeypatch.setattr(socket, "getaddrinfo", resolver("8.8.8.8"))
    monkeypatch.setattr(socket, "socket", Misled)

    answer = webhook.post("http://receiver.example/", b"{}", {}, limits=CLOSED)

    assert isinstance(answer, Failed)
    assert answer.error == "unsafe_address"
    assert server.requests == []


def test_without_the_guard_the_same_request_arrives(server: _Server) -> None:
    """The negative control: the server of these tests can be reached."""
    answer = webhook.post(f"http://127.0.0.1:{server.server_port}/hook", b"{}", {}, limits=OPEN)

    assert isinstance(answer, Sent)
    assert server.requests == ["/hook"]


def test_a_redirect_is_an_answer_and_is_not_followed(server: _Server) -> None:
    answer = webhook.post(f"http://127.0.0.1:{server.server_port}/redirect", b"{}", {}, limits=OPEN)

    assert isinstance(answer, Sent)
    assert answer.status_code == 307
    assert server.requests == ["/redirect"]


def test_a_proxy_of_the_environment_is_not_used(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")

    # A proxy would be asked to resolve this name; we find no address for it.
    answer = webhook.post("http://receiver.invalid/", b"{}", {}, limits=OPEN)

    assert isinstance(answer, Failed)
    assert answer.error == "name_not_resolved"
    assert server.connections == 0


def test_a_connection_is_kept_and_a_cookie_is_not(server: _Server) -> None:
    for _ in range(5):
        webhook.post(f"http://127.0.0.1:{server.server_port}/hook", b"{}", {}, limits=OPEN)

    assert len(server.requests) == 5
    assert server.connections == 1
    assert not webhook.session(OPEN).cookies
