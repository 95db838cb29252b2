"""Tokens on X: an access token lives two hours, and a refresh token works once.

The caller holds the account's lock and stores both before one is used. Source: docs.x.com, OAuth 2.0
Authorization Code Flow with PKCE.
"""

from typing import Final

from bridge.channels.accounts import Account, NotNow, Refreshed, Who
from bridge.channels.asking_for import not_now
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.signing_in import basic
from bridge.channels.webhook import Failed
from bridge.channels.x.answers import trouble, wait_seconds

ENDPOINT: Final = "/2/oauth2/token"
_REFUSED: Final = frozenset({400, 401, 403})


def renew(account: Account, *, call: Call) -> Refreshed | None:
    """New tokens; None when somebody has to sign in again. Raises NotNow.

    An account that was connected with a token of its own is first asked who it is.
    """
    if account.secret("access_token") and not account.external_id:
        token = account.secret("access_token")
        found = who(account, token, call=call)
        if found.external_id:
            secrets = {"access_token": token}
            return Refreshed(secrets=secrets, external_id=found.external_id, handle=found.handle)
        if found.error != "signed_out":
            raise NotNow(found.error)
    refresh_token = account.secret("refresh_token")
    if not refresh_token:
        return None
    client_id, client_secret = account.settings.get("client_id", ""), account.secret("client_secret")
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    headers = basic(client_id, client_secret) if client_secret else {}
    told = call(Request("POST", f"{account.base_url}{ENDPOINT}", headers, form=form))
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
    raise not_now(told, wait=wait_seconds, error=trouble(told))


def who(account: Account, access_token: str, *, call: Call) -> Who:
    """The account that a token speaks for."""
    bearer = {"Authorization": f"Bearer {access_token}"}
    told = call(Request("GET", f"{account.base_url}/2/users/me", bearer))
    if isinstance(told, Failed):
        return Who(error=told.error)
    data = told.object().get("data") if told.is_good else None
    if isinstance(data, dict) and isinstance(data.get("id"), str) and isinstance(data.get("username"), str):
        return Who(data["id"], data["username"])
    return Who(error="signed_out" if told.status_code == 401 else trouble(told))
