"""Bad bytes, bad fields, bad headers, bad queries, on every route: refused as documented, nothing changed.

The matrix is the one of the security design (R-4): what cannot be read is 400, a field that is
not allowed is 422, and nothing is ever a 5xx. Routes come from the URL map, fields from the
OpenAPI document, so a new route or field is tested without a line in here.
"""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.docs import document, path_of
from tests.api.stage import (
    PREFIX,
    Stage,
    address,
    build_stage,
    contract_of,
    endpoints,
    headers_of,
    json_body,
    reads_raw_body,
    routes,
    send,
    takes_body,
)
from tests.clockwork import stay_signed_in
from tests.conftest import Servers
from tests.contract.bad_values import CONTROLS, bad_fields
from tests.keeping import filled

ENDPOINTS = endpoints()
JSON = "application/json"
PROBLEM = "application/problem+json"


def untouched(servers: Servers) -> Stage:
    """Everything as it was before somebody sent anything."""

    def make() -> Stage:
        made = build_stage()
        stay_signed_in()  # that they were here is written down once a minute
        return made

    return filled(servers.database_url, "whom bad input changes nothing for", make)


@pytest.fixture(scope="module")
def stage(environment: Servers) -> Stage:
    return untouched(environment)


@pytest.fixture(scope="module")
def client(checked_app: Flask) -> Iterator[FlaskClient]:
    with checked_app.test_client() as client:
        yield client


@pytest.fixture(scope="module")
def spec(checked_app: Flask) -> dict[str, Any]:
    return document(checked_app.extensions["bridge_api"])


@pytest.fixture(scope="module")
def tables(environment: Servers) -> Iterator["Tables"]:
    with psycopg.connect(environment.database_url, autocommit=True) as connection:
        yield Tables(connection)


class Tables:
    """A checksum over every row of the database."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self._connection = connection
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        self._query = " UNION ALL ".join(
            f"SELECT '{name}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{name}\" t"
            for (name,) in names
        )

    def state(self) -> dict[str, tuple[int, str]]:
        return {name: (rows, sums) for name, rows, sums in self._connection.execute(self._query).fetchall()}


def body_of(stage: Stage, endpoint: str) -> dict[str, Any]:
    return dict(stage.calls[endpoint].json or {})


def test_there_is_a_matrix_row_for_every_write_route(stage: Stage) -> None:
    assert sorted(stage.calls) == ENDPOINTS


def unreadable(body: dict[str, Any]) -> dict[str, tuple[int, bytes]]:
    """Bodies that cannot be read, each with the status that refuses it."""
    good = json.dumps(body).encode()
    inside = good[1:-1] + b"," if body else b""
    deep = b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"
    return {
        "empty": (400, b""),
        "half": (400, b'{"a": '),
        "an array": (400, b"[" + good + b"]"),
        "a text": (400, b'"text"'),
        "null": (400, b"null"),
        "a number": (400, b"5"),
        "two values": (400, good + good),
        "a comment": (400, good + b"// and so on"),
        "not UTF-8": (400, b'{"a": "\xff\xfe"}'),
        "UTF-16": (400, good.decode().encode("utf-16")),
        "a byte order mark": (400, b"\xef\xbb\xbf" + good),
        "gzip": (400, gzip.compress(good)),
        "NaN": (400, b"{" + inside + b'"a": NaN}'),
        "Infinity": (400, b"{" + inside + b'"a": Infinity}'),
        "-Infinity": (400, b"{" + inside + b'"a": -Infinity}'),
        "1e400": (400, b"{" + inside + b'"a": 1e400}'),
        "a key twice": (400, b"{" + inside + b'"a": 1, "a": 2}'),
        "deep": (400, deep),
        "21 levels": (400, b'{"a":' + b"[" * 20 + b"]" * 20 + b"}"),
        "5,000 digits": (400, b'{"a": ' + b"9" * 5000 + b"}"),
        "a decimal of 5,000 digits": (400, b'{"a": 1.' + b"9" * 5000 + b"}"),
        "NUL in a text": (400, b"{" + inside + b'"a": "x\\u0000y"}'),
        "NUL in a key": (400, b"{" + inside + b'"a\\u0000": 1}'),
        "half a surrogate pair": (400, b"{" + inside + b'"a": "\\ud800"}'),
        "half a pair in a key": (400, b"{" + inside + b'"\\udc00": 1}'),
        "a raw control": (400, b'{"a": "\x01"}'),
        "10 MB": (413, b'{"a": "' + b"x" * 10_000_000 + b'"}'),
        "over 64 KiB": (413, b'{"a": "' + b"x" * 66_000 + b'"}'),
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_body_that_cannot_be_read_is_refused(
    client: FlaskClient, stage: Stage, tables: Tables, endpoint: str
) -> None:
    before = tables.state()

    for what, (status, raw) in unreadable(body_of(stage, endpoint)).items():
        if what == "empty" and not takes_body(client.application, endpoint):
            continue
        answer = send(client, stage, endpoint, data=raw, content_type=JSON)
        # Who reads the bytes itself has a limit of its own; this is read, and is nothing good.
        has_own_limit = what == "over 64 KiB" and reads_raw_body(client.application, endpoint)
        assert_refused(answer, {422 if has_own_limit else status}, what)

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "text/json", ""])
def test_a_body_of_another_media_type_is_refused(
    client: FlaskClient, stage: Stage, tables: Tables, endpoint: str, media_type: str
) -> None:
    before = tables.state()
    raw = json.dumps(body_of(stage, endpoint)).encode()

    answer = send(client, stage, endpoint, data=raw, content_type=media_type)

    assert_refused(answer, {415}, media_type)
    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_field_that_nobody_knows_is_refused(
    client: FlaskClient, stage: Stage, tables: Tables, spec: dict[str, Any], endpoint: str
) -> None:
    before = tables.state()
    has_shape = takes_body(client.application, endpoint)
    status = 422 if has_shape else 400
    known = set(body_schema(client.application, spec, endpoint)["properties"]) if has_shape else set()

    for name in {"unknown", "id", "brand_id", "status", "version_", "__proto__", "", "é" * 500} - known:
        answer = send(client, stage, endpoint, json={**body_of(stage, endpoint), name: "x"})
        assert_refused(answer, {status}, name[:20])

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_field_s_wrong_value_is_refused(
    client: FlaskClient, stage: Stage, tables: Tables, spec: dict[str, Any], endpoint: str
) -> None:
    if not takes_body(client.application, endpoint):
        return
    before = tables.state()

    for name, value in bad_fields(spec, body_schema(client.application, spec, endpoint)):
        answer = send(client, stage, endpoint, json={**body_of(stage, endpoint), name: value})
        assert_refused(answer, {422}, f"{name}: {str(value)[:60]!r}")
        assert name in answer.json["errors"]["json"] or endpoint == "accounts.sign_in", answer.json

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_missing_field_is_refused(
    client: FlaskClient, stage: Stage, tables: Tables, spec: dict[str, Any], endpoint: str
) -> None:
    if not takes_body(client.application, endpoint):
        return
    before = tables.state()
    schema = body_schema(client.application, spec, endpoint)

    for name in schema.get("required", []):
        body = body_of(stage, endpoint)
        del body[name]
        assert_refused(send(client, stage, endpoint, json=body), {422}, name)

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_control_and_direction_marks_are_refused_in_names(
    client: FlaskClient, stage: Stage, tables: Tables, spec: dict[str, Any], endpoint: str
) -> None:
    if not takes_body(client.application, endpoint):
        return
    before = tables.state()
    schema = body_schema(client.application, spec, endpoint)
    names = {"name", "handle", "display_name", "email", "store_number", "device_name", "receipt_ref"}

    for name in names & set(schema["properties"]):
        for value in (CONTROLS, "a\u202eb", "a\u2066b", "a\nb", "a\tb", "\u200f"):
            answer = send(client, stage, endpoint, json={**body_of(stage, endpoint), name: value})
            assert_refused(answer, {422}, f"{name} {value!r}")

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_bad_key_is_refused(client: FlaskClient, stage: Stage, tables: Tables, endpoint: str) -> None:
    if not contract_of(client.application, endpoint).key:
        return
    before = tables.state()
    call = stage.calls[endpoint]
    method, path = address(client.application, endpoint, call.path)
    member = stage.cast.members[call.who or ""]
    plain = headers_of(client.application, endpoint, member)
    plain.pop("Idempotency-Key")

    for key in (None, "", '""', "a" * 256, "clé", "a b", '"a', "a\tb", 'a"b', "\x7f"):
        headers = dict(plain) if key is None else {**plain, "Idempotency-Key": key}
        answer = client.open(path, method=method, headers=headers, **json_body(call.json))
        assert_refused(answer, {400}, repr(key)[:40])
    twice = [*plain.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert_refused(client.open(path, method=method, headers=twice, **json_body(call.json)), {400}, "two keys")

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_bad_version_is_refused(client: FlaskClient, stage: Stage, tables: Tables, endpoint: str) -> None:
    if not contract_of(client.application, endpoint).version:
        return
    before = tables.state()

    for version, status in (
        ("", 428),
        ("*", 412),
        ('W/"1"', 412),
        ('"99"', 412),
        ('"-1"', 412),
        ('"1_0"', 412),
        ('"1", "2"', 412),
        ('"' + "9" * 400 + '"', 412),
        ("\u0661", 412),
    ):
        answer = send(client, stage, endpoint, headers={"If-Match": version})
        assert_refused(answer, {status}, version[:20])

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_another_method_changes_nothing(
    client: FlaskClient, stage: Stage, tables: Tables, endpoint: str
) -> None:
    before = tables.state()
    call = stage.calls[endpoint]
    method, path = address(client.application, endpoint, call.path)
    member = stage.cast.members[call.who or "ada"]
    headers = {**member.headers, "X-HTTP-Method-Override": method, "X-Method-Override": method}

    for other in ("GET", "HEAD", "OPTIONS", "TRACE", "PUT"):
        answer = client.open(f"{path}?_method={method}", method=other, headers=headers)
        assert answer.status_code < 500, other
        if other in {"TRACE", "PUT"} - {method}:
            assert_refused(answer, {405}, other)
            assert method in answer.headers["Allow"]

    assert tables.state() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_hostile_texts_are_kept_or_refused(
    client: FlaskClient, stage: Stage, spec: dict[str, Any], endpoint: str, environment: Servers
) -> None:
    """Quotes, tags, formulas, paths and odd letters are texts like any other: never a crash."""
    if not takes_body(client.application, endpoint):
        return
    schema = body_schema(client.application, spec, endpoint)
    texts = [
        name
        for name, found in schema["properties"].items()
        if found.get("type") == "string" and not {"enum", "format"} & set(found)
    ]

    for text in HOSTILE:
        for name in texts:
            answer = send(client, stage, endpoint, json={**body_of(stage, endpoint), name: text})
            assert answer.status_code < 500, f"{name}: {text!r}: {answer.json}"
    stage.__dict__.update(untouched(environment).__dict__)


HOSTILE = [
    "' OR '1'='1",
    "'; DROP TABLE people; --",
    "%s %(now)s {0} $1 :x \\",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x","y")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "../../etc/passwd",
    "C:\\con\\nul",
    "http://169.254.169.254/latest/meta-data",
    "👩‍👩‍👧‍👦 \U0001f1fa\U0001f1f8",
    "\uffff\ufffe",
    "a\u202eb",
    "\ufb00 \uff21\uff22\uff23 \u00df \u0130",
    "Z̸̡̢̛̗̘̙̜̝̞̟̠" * 5,
    "\u200b",
]


def queries(spec: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The query parameters of every GET route that has any."""
    found = {}
    for path, methods in spec["paths"].items():
        parameters = [p for p in methods.get("get", {}).get("parameters", []) if p.get("in") == "query"]
        if parameters:
            found[path] = parameters
    return found


def test_a_bad_query_is_malformed(
    client: FlaskClient, stage: Stage, tables: Tables, spec: dict[str, Any]
) -> None:
    before = tables.state()
    readers = {
        "/api/v1/counter/inbox": "sam",
        "/api/v1/counter/escalations/{escalation_id}/other-stores": "sam",
        "/api/v1/people": "ada",
        "/api/v1/devices": "sam",
    }

    for path, parameters in queries(spec).items():
        who = readers.get(path, "hana" if "webhooks" not in path else "ada")
        headers = stage.cast.members[who].headers
        rule = next(r.endpoint for _, r in routes(client.application) if path_of(r.rule) == path)
        _, place = address(client.application, rule, {})
        bad = ["unknown=1", "sort=;drop", "%00=1"]
        for parameter in parameters:
            name = parameter["name"]
            bad += [f"{name}=%00", f"{name}=a&{name}=b", *(f"{name}={v}" for v in bad_query(parameter))]
        for query in bad:
            assert_refused(client.get(f"{place}?{query}", headers=headers), {400}, f"{path}?{query}")

    assert tables.state() == before


def bad_query(parameter: dict[str, Any]) -> list[str]:
    """Values that the parameter does not allow."""
    schema = parameter["schema"]
    if parameter["name"] == "cursor":
        return ["x", "AAAA", "%ff", "é", "=" * 900, "A" * 901, "e30"]
    if schema.get("type") == "integer":
        return [
            "0",
            "-1",
            "100000",
            "1_0",
            "1.0",
            "1e1",
            "+5",
            "%205",
            "%D9%A1",
            "",
            "x",
            "99999999999999999999",
        ]
    if schema.get("type") == "number":
        return ["x", "NaN", "inf", "1e3", "1_0", "", "999", "-999", "0x1", "%D9%A1"]
    if schema.get("type") == "boolean":
        return ["yes", "1", "True", "on", ""]
    if "enum" in schema:
        return ["no such word", "", "%27%3B--"]
    return ["%01", "a%E2%80%AEb", "x" * 1000] if schema.get("format") != "uuid" else ["x", "1"]


def test_a_cursor_of_another_list_is_refused(client: FlaskClient, stage: Stage) -> None:
    page = client.get(f"{PREFIX}/threads?filter=all&limit=1", headers=stage.cast.ana.headers).json
    assert page["next_cursor"]

    for path in ("escalations", "stores", "units", "outcomes", "board"):
        answer = client.get(f"{PREFIX}/{path}?cursor={page['next_cursor']}", headers=stage.cast.ana.headers)
        assert_refused(answer, {400}, path)


@pytest.mark.parametrize(
    "path",
    ["%00", "..%2f..%2fetc", "%2e%2e", "C:%5Cnul", "%ff%fe", "a" * 5000, "%F0%9F%92%A9", "1%27--", "../x"],
)
def test_odd_addresses_find_nothing(client: FlaskClient, stage: Stage, path: str) -> None:
    for place in ("stores", "threads", "escalations", "people", "webhooks", "outcomes"):
        answer = client.get(f"{PREFIX}/{place}/{path}", headers=stage.cast.ada.headers)
        assert_refused(answer, {403, 404}, place)


def test_a_token_that_is_none_is_refused(client: FlaskClient, stage: Stage) -> None:
    for token in ("", "x" * 100_000, "é", "a b", "\x7f", "null", "Bearer"):
        answer = client.get(f"{PREFIX}/me", headers={"Authorization": f"Bearer {token}"})
        assert_refused(answer, {401}, token[:10])
    assert_refused(client.get(f"{PREFIX}/me", headers={"Authorization": "Basic YTpi"}), {401}, "basic")


def assert_refused(answer: TestResponse, statuses: set[int], what: str) -> None:
    asked = f"{answer.request.method} {answer.request.path}"
    said = f"{what}: {asked} {answer.status_code} {answer.get_data(as_text=True)[:300]}"
    assert answer.status_code in statuses, said
    assert answer.content_type == PROBLEM, said
    assert answer.request.method == "HEAD" or answer.json["status"] == answer.status_code


def body_schema(app: Flask, spec: dict[str, Any], endpoint: str) -> dict[str, Any]:
    rule = next(app.url_map.iter_rules(endpoint))
    method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"})).lower()
    shape = spec["paths"][path_of(rule.rule)][method]["requestBody"]["content"][JSON]["schema"]
    reference = next(iter(shape.get("oneOf", [shape])))["$ref"]
    found: dict[str, Any] = spec["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found
