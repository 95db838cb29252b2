"""Sessions: a short access token and a refresh token that is used once.

Source: com.atproto.server.createSession and refreshSession. A refresh token that is dead too is
replaced by signing in with the app password; only when that is refused somebody has to look.
"""

from bridge.channels.accounts import Account, Refreshed
from bridge.channels.asking_for import not_now
from bridge.channels.bluesky.asked import is_signed_out, wait_seconds
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.webhook import Failed


def renew(account: Account, *, call: Call) -> Refreshed | None:
    """A new pair of tokens; None when the app password is refused. Raises NotNow."""
    token = account.secret("refresh_token")
    if token:
        asked = _request(account, "refreshSession", headers={"Authorization": f"Bearer {token}"})
        told = call(asked)
        found = _session(told)
        if found is not None:
            return found
        if not is_signed_out(told):
            raise not_now(told, wait=wait_seconds)
    login = {
        # People type a handle as it is shown.
        "identifier": (account.settings.get("identifier", "") or account.handle).strip().removeprefix("@"),
        "password": account.secret("app_password"),
    }
    told = call(_request(account, "createSession", json=login))
    found = _session(told)
    if found is not None:
        return found
    if isinstance(told, Answered) and told.status_code in {400, 401, 403}:
        return None
    raise not_now(told, wait=wait_seconds)


def _request(
    account: Account, method: str, *, headers: dict[str, str] | None = None, json: object = None
) -> Request:
    return Request(
        "POST", f"{account.base_url}/xrpc/com.atproto.server.{method}", headers=headers or {}, json=json
    )


def _session(told: Answered | Failed) -> Refreshed | None:
    if isinstance(told, Failed) or not told.is_good:
        return None
    given = told.object()
    access, refresh, did = given.get("accessJwt"), given.get("refreshJwt"), given.get("did")
    if not all(isinstance(one, str) and one for one in (access, refresh, did)):
        return None
    handle = given.get("handle")
    return Refreshed(
        secrets={"access_token": str(access), "refresh_token": str(refresh)},
        external_id=str(did),
        handle=handle if isinstance(handle, str) and handle != "handle.invalid" else "",
    )
