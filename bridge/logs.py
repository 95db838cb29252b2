"""Logs: one JSON object a line on standard output, ours and every library's alike.

An event has a static snake_case name and identifiers as keywords, never a code, a token, a
handle or a message text. Should one slip in, `redact` masks it: a last resort, not a
permission. Request and task ids travel in context variables (`structlog.contextvars`).
"""

import logging
import os
import re
from collections.abc import MutableMapping
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from bridge import codes
from bridge.settings import Settings

MASK: Final = "[masked]"
STRING_MAX_CHARACTERS: Final = 8000
_DEPTH_MAX: Final = 4

# Each alternative is something that must not be in a log, whatever its key.
_SECRET: Final = re.compile(
    r"""
      whsec_[A-Za-z0-9+/=_-]+
    | \b(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}
    | (?<=://)[^\s/@]+(?=@)                                 # user:password@ in a URL
    | [\w.+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PHONE_DIGITS_MIN: Final = 9
_PHONE: Final = re.compile(r"(?<![\w.:-])(?:\+|00)?\(?\d(?:[ ().\-/]{0,2}\d){6,14}(?![\w:-])")
_FIGURE: Final = re.compile(r"\d")
_IPV4: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
# Ids of ours are in most lines and never masked; `codes.mask` would leave them too, only slower.
_PLAIN: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}|[a-z_./<>: ]+|/api/v1[a-z_./<>:-]*"
)

# What libraries say below these levels repeats our own lines or, for urllib3, names receivers' URLs.
_LIBRARIES: Final = {
    "urllib3": logging.ERROR,
    "kombu": logging.WARNING,
    "celery.app.trace": logging.CRITICAL,
    "celery.beat": logging.WARNING,
    "celery.worker.strategy": logging.WARNING,
}


def redact(text: str) -> str:
    """Mask whatever looks like a code, a token, a secret, a mail address or a phone number."""
    if _PLAIN.fullmatch(text):
        return text
    text = text[:STRING_MAX_CHARACTERS]
    if "@" in text or "_" in text or " " in text:
        text = _SECRET.sub(MASK, text)
    # A drawn code holds at least one figure, and a phone number many.
    has_figure = _FIGURE.search(text) is not None
    if len(text) >= codes.CODE_SIGNS and (has_figure or not text.islower()):
        text = codes.mask(text)
    if has_figure and len(text) >= _PHONE_DIGITS_MIN:
        text = _PHONE.sub(_mask_phone, text)
    return text


def _mask_phone(match: re.Match[str]) -> str:
    found = match[0]
    digits = sum(sign.isdigit() for sign in found)
    international = found.startswith(("+", "00"))
    if _IPV4.fullmatch(found) or (digits < _PHONE_DIGITS_MIN and not international):
        return found
    return MASK


def _redact_value(value: object, depth: int = 0) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict | list | tuple | set | frozenset) and depth < _DEPTH_MAX:
        if isinstance(value, dict):
            return {redact(str(key)): _redact_value(one, depth + 1) for key, one in value.items()}
        return [_redact_value(one, depth + 1) for one in value]
    if value is None or isinstance(value, int | float):
        return value
    return redact(str(value))


def _redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if value.__class__ is not int and not key.startswith("_"):
            event[key] = _redact_value(value)
    return event


def _render(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


class _StandardOutput:
    """Writes whole lines straight to file descriptor 1: no lock, no buffer, safe after a fork.

    A full disk or a closed pipe loses the line and not the request.
    """

    def msg(self, line: bytes) -> None:
        """Write one line. All levels come here."""
        rest = line + b"\n"
        try:
            while rest:
                rest = rest[os.write(1, rest) :]
        except OSError:
            pass

    log = debug = info = warning = warn = error = critical = exception = fatal = msg


class _Bridge(logging.Handler):
    """Brings the records of `logging` (ours or a library's) into the same form."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._output = _StandardOutput()

    def emit(self, record: logging.LogRecord) -> None:
        """Format and write; a record that cannot be formatted is reported by `logging` itself."""
        try:
            self._output.msg(self.format(record).encode("utf-8", "backslashreplace"))
        except Exception:
            self.handleError(record)


def configure_logging(config: Settings) -> None:
    """Set up structlog and `logging` for this process. Calling it again changes nothing but the level."""
    level = logging.getLevelNamesMapping()[config.log_level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        _redact_event,
        # After the mask, so that it does not look at what we write ourselves.
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[*shared, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: _StandardOutput(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name, *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            lambda logger, method, event: _render(logger, method, event).decode(),
        ],
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _Bridge)]
    root.addHandler(_Bridge(formatter))
    root.setLevel(level)
    for name, least in _LIBRARIES.items():
        logging.getLogger(name).setLevel(max(level, least))
    logging.captureWarnings(capture=True)
