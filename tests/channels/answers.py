"""Answers of the other side, made by hand."""

import orjson

from bridge.channels.calling import Answered, Request


def answer(status_code: int, body: object = None, **headers: str) -> Answered:
    """An answer with a JSON body; header names may be written with underscores."""
    raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    return Answered(
        status_code, {name.replace("_", "-"): value for name, value in headers.items()}, raw, 0.01
    )


def must_not_call(_request: Request) -> Answered:
    """A side that has no say: the test fails when it is asked."""
    raise AssertionError("nothing is asked")
