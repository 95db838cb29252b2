"""Keeping X delivering: the webhook is registered and valid, and subscribed to what we read.

Looked after once a day, for after a day of failing checks X sends nothing and says nothing. X takes an
https address without a port, of at most 200 characters; a bridge that has none polls. Three shapes of
answers are published for subscriptions. Source: docs.x.com/x-api/webhooks, activity.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.x.answers import question, signed_in, trouble
from bridge.channels.x.posts import rows
from bridge.clock import utc_now

EVERY: Final = timedelta(days=1)
AFTER_TROUBLE: Final = timedelta(minutes=15)
ADDRESS_MAX: Final = 200
TYPES: Final = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.create",
    "post.delete",
    "dm.received",
    "dm.sent",
    "chat.received",
    "oauth.revoke",
)
_PRIVATE: Final = frozenset(
    {
        "post.mention.create",
        "post.reply.create",
        "post.quote.create",
        "dm.received",
        "dm.sent",
        "chat.received",
    }
)
"""What X takes only with the account's own token."""

log = structlog.get_logger()


def takes(address: str) -> bool:
    """Whether X would deliver to this address."""
    parts = urlsplit(address)
    has_port = ":" in parts.netloc
    return parts.scheme == "https" and bool(parts.netloc) and not has_port and len(address) <= ADDRESS_MAX


def delivers(hook: object) -> bool:
    """Whether X delivers by itself, as far as we were told the last time."""
    return isinstance(hook, Mapping) and hook.get("is_valid") is True


def upkeep(account: Account, known: object, *, call: Call) -> dict[str, object]:
    """What is known of our webhook, asked again when its time has come. Raises nothing."""
    if not account.secret("app_token") or not takes(account.hook_url):
        return {}
    now = utc_now()
    before = dict(known) if isinstance(known, Mapping) else {}
    if str(before.get("until", "")) > now.isoformat():
        return before
    found = _webhook(account, call)
    if found is None:
        return {**before, "is_valid": False, "until": (now + AFTER_TROUBLE).isoformat()}
    is_valid = found.get("valid") is True and _subscribe(account, str(found["id"]), call)
    until = now + (EVERY if is_valid else AFTER_TROUBLE)
    return {"id": str(found["id"]), "is_valid": is_valid, "until": until.isoformat()}


def subscriptions(given: object) -> list[Mapping[str, Any]]:
    """The subscriptions of an answer: a list in `data`, one in `data`, or one in `data.subscription`."""
    data = given.get("data") if isinstance(given, Mapping) else None
    if isinstance(data, Mapping):
        inner = data.get("subscription", data)
        return [inner] if isinstance(inner, Mapping) else list(rows(inner))
    return [
        one.get("subscription", one)
        for one in rows(data)
        if isinstance(one.get("subscription", one), Mapping)
    ]


def _webhook(account: Account, call: Call) -> Mapping[str, Any] | None:
    """Ours, registered where it is missing and checked again where X had given it up."""
    told = call(question(account, "/2/webhooks", {}, by="app_token"))
    if not isinstance(told, Answered) or not told.is_good:
        _lost("webhooks_not_listed", told)
        return None
    for one in rows(told.object().get("data")):
        if one.get("url") == account.hook_url and isinstance(one.get("id"), str):
            if one.get("valid") is True:
                return one
            where = f"{account.base_url}/2/webhooks/{one['id']}"
            again = call(Request("PUT", where, signed_in(account, by="app_token")))
            is_valid = isinstance(again, Answered) and again.is_good
            return {**one, "valid": is_valid}
    asked = {"url": account.hook_url}
    made = call(
        Request("POST", f"{account.base_url}/2/webhooks", signed_in(account, by="app_token"), json=asked)
    )
    data = made.object().get("data") if isinstance(made, Answered) and made.is_good else None
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str):
        _lost("webhook_not_made", made)
        return None
    return data


def _subscribe(account: Account, webhook_id: str, call: Call) -> bool:
    """Subscribe to what is missing. True when everything that we read will be delivered."""
    told = call(question(account, "/2/activity/subscriptions", {}, by="app_token"))
    if not isinstance(told, Answered) or not told.is_good:
        _lost("subscriptions_not_listed", told)
        return False
    have = {
        one.get("event_type")
        for one in subscriptions(told.object())
        if isinstance(one.get("filter"), Mapping) and one["filter"].get("user_id") == account.external_id
    }
    is_complete = True
    for kind in TYPES:
        if kind in have:
            continue
        asked = {
            "event_type": kind,
            "filter": {"user_id": account.external_id},
            "tag": kind,
            "webhook_id": webhook_id,
        }
        by = "access_token" if kind in _PRIVATE else "app_token"
        where = f"{account.base_url}/2/activity/subscriptions"
        made = call(Request("POST", where, signed_in(account, by=by), json=asked))
        if not isinstance(made, Answered) or not made.is_good or not subscriptions(made.object()):
            _lost("subscription_not_made", made)
            is_complete = False
    return is_complete


def _lost(what: str, told: Any) -> None:
    log.warning(what, error=trouble(told))
