"""Tokens on X: an access token lives two hours, and a refresh token works once.

The caller holds the account's lock and stores both before one is used. Source: docs.x.com, OAuth 2.0
Authorization Code Flow with PKCE.
"""

from base64 import b64encode
from urllib.parse import quote

from bridge.channels.calling import Answered, Request
from bridge.channels.protocol import Account, Call, NotNow, Refreshed
from bridge.channels.webhook import Failed
from bridge.channels.x.answers import question, trouble, wait_seconds

TOKENS: str = "/2/oauth2/token"
_REFUSED = frozenset({400, 401, 403})


def renew(account: Account, *, call: Call) -> Refreshed | None:
    """New tokens; None when somebody has to sign in again. Raises NotNow.

    An account that was connected with a token of its own is first asked who it is.
    """
    if account.secret("access_token") and not account.external_id:
        known = _who(account, call)
        if known is not None:
            return known
    refresh_token = account.secret("refresh_token")
    if not refresh_token:
        return None
    client_id, client_secret = account.settings.get("client_id", ""), account.secret("client_secret")
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    headers = basic(client_id, client_secret) if client_secret else {}
    told = call(Request("POST", f"{account.base_url}{TOKENS}", headers, form=form))
    if isinstance(told, Answered):
        given = told.object()
        access, fresh = given.get("access_token"), given.get("refresh_token", refresh_token)
        lasts = given.get("expires_in")
        if told.is_good and isinstance(access, str) and access and isinstance(fresh, str):
            return Refreshed(
                secrets={"access_token": access, "refresh_token": fresh},
                expires_in_seconds=float(lasts) if isinstance(lasts, int | float) else None,
            )
        if told.status_code in _REFUSED:
            return None
    raise _not_now(told)


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """How a confidential client says who it is (RFC 6749, 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _who(account: Account, call: Call) -> Refreshed | None:
    told = call(question(account, "/2/users/me", {}))
    if isinstance(told, Failed):
        raise _not_now(told)
    data = told.object().get("data") if told.is_good else None
    if isinstance(data, dict) and isinstance(data.get("id"), str) and isinstance(data.get("username"), str):
        return Refreshed(
            secrets={"access_token": account.secret("access_token")},
            external_id=data["id"],
            handle=data["username"],
        )
    if told.status_code == 401:
        return None
    raise _not_now(told)


def _not_now(told: Answered | Failed) -> NotNow:
    if isinstance(told, Failed):
        return NotNow(told.error)
    return NotNow(trouble(told), status_code=told.status_code, retry_after_seconds=wait_seconds(told))
