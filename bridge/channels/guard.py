"""Which addresses we call: the defence against requests forged into the inside of a network.

Two lines, and the second decides. `check_url` refuses at registration what is odd or
plainly private, so that an administrator hears it at once. `GuardedAdapter` looks at the
address itself just before connecting and at the connected socket just after, so that a
name that resolves differently the second time gains nothing. Source: OWASP, SSRF Prevention Cheat Sheet.
"""

import io
import ipaddress
import re
import socket
import time
from dataclasses import dataclass
from http import HTTPStatus, client
from typing import Any, Final
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util import parse_url

from bridge.errors import UnsafeAddress
from bridge.topics import URL_MAX_CHARACTERS

ADDRESSES_TRIED_MAX: Final = 4

_NETWORK = ipaddress.ip_network
# Python 3.11 calls many of these global; none is a place where a receiver of ours can live.
_NEVER: Final = tuple(
    map(
        _NETWORK,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "168.63.129.16/32",  # a cloud's host services, on a public address
            "169.254.0.0/16",  # link-local, with the clouds' metadata service
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "::ffff:0:0/96",  # IPv4 mapped
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # Teredo, ORCHID, benchmarking
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
            "fd00:ec2::/32",  # a cloud's metadata service
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
# Usable only where the settings allow private addresses: tests and the demo.
_INSIDE: Final = tuple(
    map(_NETWORK, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
_IPV6_GLOBAL: Final = _NETWORK("2000::/3")

_PRINTABLE: Final = re.compile(r"[!-~]+")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
_INSIDE_SUFFIXES: Final = (
    ".localhost",
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".corp",
    ".home",
    ".home.arpa",
    ".in-addr.arpa",
    ".ip6.arpa",
    ".onion",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one call may go. `read_seconds` bounds the whole answer, however slowly it drips.

    With `idle_seconds` an answer of 200 may go on without end, as long as something comes that often.
    """

    allow_private: bool = False
    connect_seconds: float = 3
    read_seconds: float = 10
    response_max_bytes: int = 64 * 1024
    idle_seconds: float | None = None


def check_url(url: str, *, allow_private: bool = False) -> None:
    """Refuse a URL that we would not call, without resolving its name. Raises UnsafeAddress.

    Odd spellings are refused rather than understood: two readers of one URL (ours and the
    HTTP client's) must not come to different hosts.
    """
    if len(url) > URL_MAX_CHARACTERS:
        raise UnsafeAddress(f"the address is longer than {URL_MAX_CHARACTERS} characters")
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise UnsafeAddress("the address holds a character that does not belong into a URL")
    try:
        parts, reread = urlsplit(url), parse_url(url)
        port = parts.port
    except (ValueError, LocationParseError) as error:
        raise UnsafeAddress("the address cannot be read as a URL") from error
    if parts.scheme not in (("https", "http") if allow_private else ("https",)):
        usual = "http:// or https://" if allow_private else "https://"
        raise UnsafeAddress(f"the address must begin with {usual}")
    if "@" in parts.netloc:
        raise UnsafeAddress("the address must not hold a user name or password")
    if "#" in url:
        raise UnsafeAddress("the address must not have a fragment")
    host = parts.hostname or ""
    if (parts.scheme, host, port) != (reread.scheme, (reread.host or "").strip("[]").lower(), reread.port):
        raise UnsafeAddress("the address can be read in two ways")
    if port == 0 or parts.netloc.endswith(":"):
        raise UnsafeAddress("the address has no usable port")
    _check_host(host, allow_private=allow_private)


def _check_host(host: str, *, allow_private: bool) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        _check_name(host, allow_private=allow_private)
        return
    if host != str(address):
        raise UnsafeAddress("the address is not written in its usual form")
    refuse_unsafe(host, allow_private=allow_private)


def _check_name(host: str, *, allow_private: bool) -> None:
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UnsafeAddress("the address has no proper host name")
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        # 2130706433, 0x7f.1, 127.1: a resolver takes these for IPv4 addresses.
        raise UnsafeAddress("the host name ends in a number")
    if allow_private:
        return
    if len(labels) == 1 or f".{host}".endswith(_INSIDE_SUFFIXES):
        raise UnsafeAddress("the host name is one of an internal network")


def refuse_unsafe(address: str, *, allow_private: bool) -> None:
    """Raise UnsafeAddress unless `address`, as the socket names it, may be called."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError as error:
        raise UnsafeAddress("the name does not resolve to an IP address") from error
    # An address and a network of another version are never in each other.
    never = any(parsed in network for network in _NEVER)
    if allow_private and not never and any(parsed in network for network in _INSIDE):
        return
    outside = parsed.version == 6 and parsed not in _IPV6_GLOBAL
    if never or outside or _is_special(parsed):
        raise UnsafeAddress("the address is not one of the public internet")


def _is_special(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not address.is_global or address.is_multicast or address.is_reserved


class _TimedReader(socket.SocketIO):
    """Reads from a socket until a deadline for the whole answer, not for each piece of it."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__(sock, "r")
        self._answering = sock
        self._deadline = deadline
        self._idle_seconds: float | None = None

    def go_on(self, idle_seconds: float) -> None:
        """From now on there is no deadline, as long as something comes that often."""
        self._idle_seconds = idle_seconds

    def readinto(self, buffer: Any) -> int | None:
        left = self._idle_seconds or self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._answering.settimeout(left)
        return super().readinto(buffer)


class _TimedSocket:
    """What `http.client` asks a response's socket for: a file to read from."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, *_mode: str) -> io.BufferedReader:
        reader = _TimedReader(self._sock, self._deadline)
        # As socket.makefile does, so that closing the answer does not close a kept connection.
        self._sock._io_refs += 1  # type: ignore[attr-defined]  # no public way to count a reader
        return io.BufferedReader(reader)


class _Answer(client.HTTPResponse):
    """An answer with one deadline for all of it; one of 200 may go on where the limits say so."""

    def __init__(self, sock: socket.socket, limits: Limits, *args: Any, **options: Any) -> None:
        deadline = time.monotonic() + limits.read_seconds
        super().__init__(_TimedSocket(sock, deadline), *args, **options)  # type: ignore[arg-type]  # it only calls makefile
        self._idle_seconds = limits.idle_seconds

    def begin(self) -> None:
        """Read the status and the headers."""
        super().begin()
        reader = getattr(self.fp, "raw", None)
        if self._idle_seconds and self.status == HTTPStatus.OK and isinstance(reader, _TimedReader):
            reader.go_on(self._idle_seconds)


class _Guarded(HTTPConnection):
    """A connection that looks at the address before and after it connects."""

    limits = Limits()

    def response_class(self, sock: socket.socket, *args: Any, **options: Any) -> client.HTTPResponse:  # type: ignore[override]  # http.client calls it like a class
        """Give the whole answer, headers and body, one deadline."""
        return _Answer(sock, self.limits, *args, **options)

    def _new_conn(self) -> socket.socket:
        """Connect to one of the name's addresses, all of which must be allowed.

        Raises UnsafeAddress before a packet is sent, or, should the system connect elsewhere
        than told, before a byte of ours is.
        """
        deadline = time.monotonic() + self.limits.connect_seconds
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, _as_gaierror(error)) from error
        for *_, address in found:
            refuse_unsafe(str(address[0]), allow_private=self.limits.allow_private)
        problem: OSError | None = None
        for family, kind, protocol, _, address in found[:ADDRESSES_TRIED_MAX]:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(deadline - time.monotonic(), 0.001))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(address)
                refuse_unsafe(sock.getpeername()[0], allow_private=self.limits.allow_private)
                return sock
            except TimeoutError as error:
                sock.close()
                raise ConnectTimeoutError(self, "the connection took too long") from error
            except OSError as error:
                sock.close()
                problem = error
            except BaseException:
                sock.close()
                raise
        raise NewConnectionError(self, f"no connection: {problem}") from problem


def _as_gaierror(error: Exception) -> socket.gaierror:
    return error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))


class GuardedAdapter(HTTPAdapter):
    """A transport for `requests` that connects only where `limits` allow, and never by a proxy."""

    def __init__(self, limits: Limits, *, connections_max: int) -> None:
        self._limits = limits
        super().__init__(pool_connections=connections_max, pool_maxsize=connections_max, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Let the pools make guarded connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._limits)

    def proxy_manager_for(self, *_args: Any, **_options: Any) -> Any:
        """Refuse: behind a proxy the guard would check the proxy's address."""
        raise UnsafeAddress("webhooks are never sent through a proxy")


def _pool_classes(limits: Limits) -> dict[str, type[HTTPConnectionPool]]:
    plain = type("GuardedHTTPConnection", (_Guarded,), {"limits": limits})
    secure = type("GuardedHTTPSConnection", (_Guarded, HTTPSConnection), {"limits": limits})
    return {
        "http": type("GuardedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("GuardedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
