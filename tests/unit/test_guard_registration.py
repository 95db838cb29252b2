"""Which addresses may be registered, and that there is one way out. Pure."""

import ast
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.channels import webhook
from bridge.channels.guard import check_url, refuse_unsafe
from bridge.errors import UnsafeAddress
from tests.inside_addresses import LOCAL_FORMS

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


def test_the_refusal_says_how_an_address_may_begin() -> None:
    for allow_private, said in ((False, "begin with https://"), (True, "begin with http:// or https://")):
        with pytest.raises(UnsafeAddress, match=f"{said}$"):
            check_url("ftp://receiver.example/", allow_private=allow_private)


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


def test_nothing_else_calls_out() -> None:
    """Whoever opens a connection by other means would not be guarded. Mail goes to the host of a setting."""
    allowed = {"channels/webhook.py", "channels/calling.py", "channels/guard.py"}
    root = Path(webhook.__file__).parents[1]
    others = []
    for path in root.rglob("*.py"):
        name = path.relative_to(root).as_posix()
        if name in allowed or name.startswith("embedded/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            others += [
                f"{name}: {one}" for one in modules if one.partition(".")[0] in _CALLERS or one in _CALLERS
            ]
    assert others == []


_CALLERS = {"requests", "urllib3", "urllib.request", "http.client", "httpx", "aiohttp", "socket", "websocket"}
