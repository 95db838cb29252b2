import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bridge import codes
from bridge.logs import configure_logging, redact
from bridge.settings import read_settings

CODE = "K7QF3M9T2XH2"


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Read the lines written so far; afterwards the run logs as it did before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(read_settings(log_level="INFO"))
    yield lambda: [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_event_is_one_line_of_json_with_its_ids_and_utc_time(logged: Callable[[], Any]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("code_refused", store_id="s-1", status=409)

    [line] = logged()
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "code_refused",
        "level": "info",
        "request_id": "r-1",
        "status": 409,
        "store_id": "s-1",
    }


def test_records_of_other_libraries_look_the_same(logged: Callable[[], Any]) -> None:
    logging.getLogger("some.library").warning("code %s seen", CODE, extra={"mail": "ana@shop.example"})

    [line] = logged()
    assert line["event"] == f"code {codes.masked(CODE)} seen"
    assert (line["logger"], line["level"], line["mail"]) == ("some.library", "warning", "[masked]")


def test_configuring_twice_writes_each_line_once(logged: Callable[[], Any]) -> None:
    configure_logging(read_settings(log_level="INFO"))
    logging.getLogger("some.library").warning("once")
    structlog.get_logger().info("once")

    assert len(logged()) == 2


def test_lines_below_the_level_are_not_written(logged: Callable[[], Any]) -> None:
    structlog.get_logger().debug("quiet")

    assert logged() == []


def test_a_traceback_is_masked_too(logged: Callable[[], Any]) -> None:
    try:
        raise ValueError(f"no such code {CODE}")
    except ValueError:
        structlog.get_logger().exception("bug")

    [line] = logged()
    assert CODE not in line["exception"]
    assert "ValueError" in line["exception"]


def test_values_inside_lists_and_mappings_are_masked(logged: Callable[[], Any]) -> None:
    structlog.get_logger().info("deep", rows=[{"code": CODE, "who": ("ana@shop.example", 3, None)}])

    [line] = logged()
    assert line["rows"] == [{"code": codes.masked(CODE), "who": ["[masked]", 3, None]}]


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "Bearer abcdefgh.ijkl-mnop",
        "authorization: bearer ABCDEFGH",
        "Basic dXNlcjpwYXNz",
        "ana.agent+x@shop.example",
        "+49 170 1234567",
        "+1 (555) 123-4567",
        "(555) 123-4567 8",
        "0049 170 1234567",
        "0170/1234567",
        "redis://:password@127.0.0.1:6379/0",
        "postgresql://bridge:password@db/bridge",
    ],
)
def test_whatever_looks_like_a_secret_or_a_person_is_masked(secret: str) -> None:
    masked = redact(f"before {secret}, after")

    assert "[masked]" in masked
    assert masked.startswith(("before ", "[masked]"))
    for part in ("MfKQ9r8", "abcdefgh", "ABCDEFGH", "dXNlcj", "shop", "1234", "password"):
        assert part not in masked


@given(
    st.text(codes.ALPHABET, min_size=11, max_size=11),
    st.sampled_from(["{}", "x {} y", "code={}.", "/a/{}/b"]),
)
def test_every_drawn_code_is_masked_however_it_is_written(eleven: str, around: str) -> None:
    code = eleven + codes.check_character(eleven)
    if code.isalpha() or code.isdecimal():
        return

    for written in (code, code.lower(), codes.grouped(code)):
        masked = redact(around.format(written))
        assert written not in masked


@pytest.mark.parametrize(
    "plain",
    [
        "code_refused",
        "/api/v1/lookups",
        "0192f3ac-1111-7abc-8def-0123456789ab",
        "2026-11-22T08:46:59.689305Z",
        "192.168.100.200",
        "10.0.0.1:8080",
        "store 12, 3 of 4 done",
        "status_500",
    ],
)
def test_ids_times_and_addresses_stay_readable(plain: str) -> None:
    assert redact(plain) == plain
