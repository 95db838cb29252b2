"""SMS by Twilio's Messages resource (API 2010-04-01): Basic auth, a form, 201.

Creating a message knows no idempotency key. When it is not certain whether an earlier try got
through, the messages to that number are listed first, and one with our text and a date since
that try counts as sent. Error 21610 means that the person said STOP: nothing will ever go there.
"""

import base64
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from bridge.channels import webhook
from bridge.channels.answer import Answer, Result, of_http
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed, Sent
from bridge.settings import Settings

OPTED_OUT: Final = 21610
_FINAL: Final = (400,)
_OUR_TROUBLE: Final = (401, 403, 404)
_NOT_DELIVERED: Final = ("failed", "undelivered", "canceled")
_LISTING_MAX_CHARACTERS: Final = 60 * 1024
_CLOCKS_DIFFER: Final = timedelta(minutes=2)
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def is_number(text: str) -> bool:
    """Whether it is a telephone number as Twilio wants it (E.164): +15550100123."""
    return _NUMBER.fullmatch(text) is not None


def send(
    to: str, text: str, *, config: Settings, limits: Limits, perhaps_sent_since: datetime | None = None
) -> Answer:
    """Send once; raises nothing. Looks first when an earlier try may have got through."""
    if not (config.twilio_sid and config.twilio_token and config.twilio_from):
        return Answer(Result.FINAL, "sms_not_configured")
    if perhaps_sent_since is not None:
        found = _find(to, text, since=perhaps_sent_since, config=config, limits=limits)
        if found is not None:
            return found
    sender = "MessagingServiceSid" if config.twilio_from.startswith("MG") else "From"
    body = urlencode({"To": to, sender: config.twilio_from, "Body": text}).encode()
    told = webhook.post(
        _address(config),
        body,
        {**_login(config), "Content-Type": "application/x-www-form-urlencoded"},
        limits=limits,
    )
    return _judged(told)


def _find(to: str, text: str, *, since: datetime, config: Settings, limits: Limits) -> Answer | None:
    """SENT when the list holds our message, RETRY when it cannot be read, None when it is not there."""
    query = urlencode({"To": to, "PageSize": 100})
    told = webhook.get(
        f"{_address(config)}?{query}", _login(config), limits=limits, excerpt_max=_LISTING_MAX_CHARACTERS
    )
    if not isinstance(told, Sent) or told.status_code != 200:
        answer = of_http(told, final=())
        return Answer(
            Result.RETRY,
            "cannot_reconcile",
            answer.status_code,
            duration_seconds=answer.duration_seconds,
            retry_after_seconds=answer.retry_after_seconds,
            stops_turn=True,
        )
    messages = _json(told.excerpt).get("messages")
    for message in messages if isinstance(messages, list) else []:
        if (
            isinstance(message, dict)
            and message.get("body") == text
            and message.get("status") not in _NOT_DELIVERED
            and _made_at(message) >= since - _CLOCKS_DIFFER
        ):
            return Answer(Result.SENT, "", 200, "found in the list", told.duration_seconds)
    return None


def _judged(told: Sent | Failed) -> Answer:
    answer = of_http(told, final=_FINAL, disable=())
    if not isinstance(told, Sent) or answer.result is Result.SENT:
        return answer
    said = _json(told.excerpt)
    code = said.get("code")
    if code == OPTED_OUT:
        # One person's wish; the next number is another person's.
        return Answer(Result.DISABLE, "opted_out", told.status_code, told.excerpt, told.duration_seconds)
    if told.status_code in _OUR_TROUBLE:
        # The account's, not this number's; it is tried again, because an operator mends it.
        return Answer(
            Result.RETRY, "login_refused", told.status_code, "", told.duration_seconds, stops_turn=True
        )
    if answer.result is Result.FINAL and isinstance(code, int):
        return Answer(Result.FINAL, f"twilio_{code}", told.status_code, told.excerpt, told.duration_seconds)
    return answer


def _address(config: Settings) -> str:
    base, account = config.twilio_base_url.rstrip("/"), quote(config.twilio_sid, safe="")
    return f"{base}/2010-04-01/Accounts/{account}/Messages.json"


def _login(config: Settings) -> dict[str, str]:
    pair = base64.b64encode(f"{config.twilio_sid}:{config.twilio_token}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _made_at(message: dict[str, Any]) -> datetime:
    try:
        made = parsedate_to_datetime(str(message.get("date_created")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return made.replace(tzinfo=made.tzinfo or UTC)


def _json(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
