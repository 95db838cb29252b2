"""A token is good until somebody revokes it; there is nothing to renew.

When it was refused, and before the first question, the server is asked whether it knows us.
Source: GET /api/v1/accounts/verify_credentials and /api/v2/instance.
"""

from typing import Final

from bridge.channels.accounts import Account, Refreshed
from bridge.channels.asking_for import not_now
from bridge.channels.calling import Answered, Call
from bridge.channels.mastodon.asked import question, wait_seconds, whole_handle

LIMIT_MAX: Final = 100_000


def who_we_are(account: Account, *, call: Call) -> Refreshed | None:
    """Our id and handle, with the token as it is; None when it is revoked. Raises NotNow."""
    told = call(question(account, "v1/accounts/verify_credentials"))
    if isinstance(told, Answered):
        given = told.object()
        number, acct = given.get("id"), given.get("acct")
        if told.is_good and isinstance(number, str) and number and isinstance(acct, str) and acct:
            return Refreshed(
                secrets={"access_token": account.secret("access_token")},
                external_id=number,
                handle=whole_handle(acct, account),
                facts=_text_limit(account, call),
            )
        if told.status_code in {401, 403, 422}:
            return None
    raise not_now(told, wait=wait_seconds)


def _text_limit(account: Account, call: Call) -> dict[str, str]:
    """How many characters the server takes; it may be any number, and 500 where it does not say."""
    told = call(question(account, "v2/instance"))
    given: object = told.object() if isinstance(told, Answered) and told.is_good else None
    for name in ("configuration", "statuses", "max_characters"):
        given = given.get(name) if isinstance(given, dict) else None
    is_number = isinstance(given, int) and not isinstance(given, bool)
    return {"text_limit": str(given)} if is_number and 0 < int(str(given)) <= LIMIT_MAX else {}
