"""What the cases of Facebook and Instagram share: signing as Meta does, and its answers. No case itself."""

from datetime import UTC, datetime
from uuid import UUID

import orjson

from bridge.channels.accounts import Account
from bridge.channels.coming_in import Incoming
from bridge.channels.going_out import Message, Purpose
from bridge.channels.meta_hooks import signature
from tests.channels.answers import answer

AT = datetime(2026, 11, 22, 5, 20, tzinfo=UTC)
SECONDS = int(AT.timestamp())
SECRETS = {
    "access_token": ("meta-token-one",),
    "app_secret": ("meta-app-secret",),
    "verify_token": ("meta-verify",),
}
TEXT = "We have sent you a message."


def account(channel: str, external_id: str, **more: object) -> Account:
    """An account of ours."""
    given = {"base_url": f"https://graph.{channel}.com", "handle": "northlight", "secrets": SECRETS} | more
    return Account(
        id=UUID("00000000-0000-7000-8000-000000000001"), channel=channel, external_id=external_id, **given
    )  # type: ignore[arg-type]


def signed(told: object, *, secret: str = "meta-app-secret") -> Incoming:
    """The batch as Meta delivers it, both signatures beside each other."""
    body = orjson.dumps(told)
    headers = {
        "content-type": "application/json",
        "x-hub-signature": "sha1=0000000000000000000000000000000000000000",
        "x-hub-signature-256": signature(secret, body),
    }
    return Incoming("POST", headers, {}, body)


def talk(about: str, *, sender: str, to: str, **message: object) -> dict[str, object]:
    """One item of `messaging[]`."""
    return {
        "sender": {"id": sender},
        "recipient": {"id": to},
        "timestamp": SECONDS * 1000,
        "message": {"mid": "m_1", "text": "Order 55512"} | message,
    }


def message(purpose: Purpose, reference: dict[str, object], **more: object) -> Message:
    """One message of ours."""
    given = {
        "id": UUID("00000000-0000-7000-8000-00000000000a"),
        "purpose": purpose,
        "text": TEXT,
        "thread_id": "400",
        "reply_to": "400",
        "reference": reference,
        "since": AT,
    }
    return Message(**given | more)  # type: ignore[arg-type]


def error(code: int, subcode: int | None = None, status: int = 400, **headers: str):  # type: ignore[no-untyped-def]
    """An error as the Graph tells it."""
    told = {"message": "(#0) Something", "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    return answer(status, {"error": told | ({"error_subcode": subcode} if subcode else {})}, **headers)


TOO_MUCH = (
    error(
        32,
        x_business_use_case_usage='{"200":[{"type":"pages","call_count":100,"total_cputime":25,'
        '"total_time":25,"estimated_time_to_regain_access":12}]}',
    ),
    720.0,
)
