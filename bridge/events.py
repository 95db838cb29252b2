"""The body of an event as a receiver gets it: Standard Webhooks' envelope, or a CloudEvent. Pure.

Both hold the same data, and both are canonical, so that every try sends the same bytes. As a CloudEvent
the event's id is the `webhook-id` of its headers. Sources: Standard Webhooks 1.0.0; CloudEvents 1.0.2,
structured content mode of its HTTP binding.
"""

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson

SUBJECTS: Final = ("escalation_id", "thread_id", "endpoint_id")
VERSION: Final = "v1"


class Format(StrEnum):
    """In which shape a receiver wants its events."""

    STANDARD = "standard"
    CLOUDEVENTS = "cloudevents"


CONTENT_TYPES: Final = {
    Format.STANDARD: "application/json",
    Format.CLOUDEVENTS: "application/cloudevents+json; charset=utf-8",
}


def body_of(
    form: Format, *, id: UUID, topic: str, at: datetime, data: Mapping[str, object], base_url: str
) -> bytes:
    """The exact bytes that are signed and sent."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event: dict[str, object] = {"type": topic, "timestamp": moment, "data": data}
    if form is Format.CLOUDEVENTS:
        event = {
            "specversion": "1.0",
            "id": str(id),
            "source": source_of(base_url, topic),
            "type": type_of(base_url, topic),
            "time": moment,
            "datacontenttype": "application/json",
            "data": data,
        }
        subject = next((data[name] for name in SUBJECTS if data.get(name)), None)
        if subject:
            event["subject"] = str(subject)
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)


def source_of(base_url: str, topic: str) -> str:
    """Where a CloudEvent comes from: our address and the kind of thing that it is about."""
    return f"{base_url.rstrip('/')}/{topic.partition('.')[0]}s"


def type_of(base_url: str, topic: str) -> str:
    """A CloudEvent's type: our host backwards, the topic, and the version of its data."""
    host = urlsplit(base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = [label for label in reversed(host.split(".")) if label]
    else:
        labels = []  # An address turned round is the name of nobody.
    return ".".join([*labels, topic, VERSION])
