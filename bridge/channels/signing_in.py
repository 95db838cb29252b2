"""Signing in as an account of ours: OAuth 2.0 by authorization code, with PKCE.

A channel says in its record (`SignIn`) where to go and how; nothing here knows a network's name. The
verifier and the state are made for one try and checked by whoever began it. Sources: RFC 6749, RFC 7636
(S256 alone), RFC 9700.
"""

import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from bridge.channels.abilities import ClientAuthentication, SignIn
from bridge.channels.accounts import Account, Refreshed
from bridge.channels.calling import Answered, Call, Request
from bridge.channels.reasoned import Reasoned
from bridge.channels.webhook import Failed

TOKEN_MAX: Final = 4_000


class SignInFailed(Reasoned):
    """Nobody is signed in. The reason is what the other side said, or what was wrong with it."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try at signing in: what comes back has to name `state`, and only `verifier` trades it in."""

    state: str
    verifier: str


def new_try() -> Try:
    """Drawn anew each time: 256 bits each."""
    return Try(secrets.token_urlsafe(32), secrets.token_urlsafe(32))


def challenge(verifier: str) -> str:
    """What goes along at first, so that a stolen code is worth nothing (S256)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorize_url(account: Account, its: SignIn, begun: Try, *, redirect_uri: str) -> str:
    """Where a person says yes. Raises SignInFailed without a client id."""
    client_id = _client_id(account, its)
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": its.scope_separator.join(its.scopes),
        "state": begun.state,
        **its.asks,
    }
    if its.uses_pkce:
        asked |= {"code_challenge": challenge(begun.verifier), "code_challenge_method": "S256"}
    parts = urlsplit(_address(account, its.authorize_url))
    query = "&".join(piece for piece in (parts.query, urlencode(asked, quote_via=quote)) if piece)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def trade(
    account: Account, its: SignIn, begun: Try, *, code: str, redirect_uri: str, call: Call
) -> Refreshed:
    """Trade the code for tokens, once. Raises SignInFailed."""
    if not 0 < len(code) <= TOKEN_MAX:
        raise SignInFailed("no_code")
    client_id = _client_id(account, its)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
    }
    if its.uses_pkce:
        form["code_verifier"] = begun.verifier
    client_secret, headers = account.secret(its.client_proof_field), {"Accept": "application/json"}
    if client_secret and its.authentication is ClientAuthentication.BASIC:
        headers |= basic(client_id, client_secret)
    elif client_secret:
        form["client_secret"] = client_secret
    told = call(Request("POST", _address(account, its.token_url), headers, form=form))
    if isinstance(told, Failed):
        raise SignInFailed(told.error)
    return _tokens(told)


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """How a confidential client says who it is (RFC 6749, 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _tokens(told: Answered) -> Refreshed:
    given = told.object()
    access, fresh, lasts = given.get("access_token"), given.get("refresh_token"), given.get("expires_in")
    if not told.is_good or not isinstance(access, str) or not 0 < len(access) <= TOKEN_MAX:
        said = given.get("error")
        is_word = isinstance(said, str) and said.isascii() and said.replace("_", "").isalnum()
        raise SignInFailed(str(said)[:60] if is_word else f"status_{told.status_code}")
    kind = given.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise SignInFailed("not_a_bearer_token")
    kept = {"access_token": access}
    if isinstance(fresh, str) and 0 < len(fresh) <= TOKEN_MAX:
        kept["refresh_token"] = fresh
    seconds = float(lasts) if isinstance(lasts, int | float) and not isinstance(lasts, bool) else 0.0
    return Refreshed(secrets=kept, expires_in_seconds=seconds if seconds > 0 else None)


def _client_id(account: Account, its: SignIn) -> str:
    found = account.settings.get(its.client_id_field, "")
    if not found:
        raise SignInFailed("no_client_id")
    return found


def _address(account: Account, given: str) -> str:
    """An address of its own, or a path on the account's server."""
    return f"{account.base_url}{given}" if given.startswith("/") else given
