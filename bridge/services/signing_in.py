"""A person signs in as an account of ours, on the network itself; the tokens go straight under seal.

`begin` and `finish` are one try of one administrator: what is between them is kept in that browser, sealed,
and ends after ten minutes. Whoever signs in as another account than the one that was connected is told
so, and nothing is stored.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final
from uuid import UUID

import orjson

from bridge import db
from bridge.channels.abilities import SignIn
from bridge.channels.accounts import Account
from bridge.channels.calling import Call
from bridge.channels.registry import channel as channel_named
from bridge.channels.signing_in import SignInFailed, Try, authorize_url, new_try, trade
from bridge.errors import Conflict, NotFound
from bridge.roles import Actor
from bridge.services import channel_accounts
from bridge.settings import Settings
from bridge.vault import Vault

PLACE: Final = "channel_sign_in"
PATH: Final = "/setup/channels/signed-in"
A_TRY_LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to go, and what to keep until they come back."""

    url: str
    kept: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account speaks for us again; `handle` is who it is, where the network says so."""

    account_id: UUID
    handle: str


def redirect_uri(config: Settings) -> str:
    """Where the network sends people back to: one exact address, to be registered there."""
    return f"{config.base_url.rstrip('/')}{PATH}"


def begin(actor: Actor, account_id: UUID, *, config: Settings, now: datetime) -> Begun:
    """Begin a try. Raises NotFound, and SignInFailed for an account that has no way of signing in."""
    account, its = _account(actor, account_id, config=config, now=now)
    begun = new_try()
    told = {
        "account": str(account_id),
        "credential": str(actor.credential_id),
        "state": begun.state,
        "verifier": begun.verifier,
        "until": (now + A_TRY_LASTS).isoformat(),
    }
    url = authorize_url(account, its, begun, redirect_uri=redirect_uri(config))
    return Begun(url, Vault(config.encryption_keys).seal(orjson.dumps(told), place=PLACE))


def finish(
    actor: Actor,
    kept: bytes,
    *,
    state: str,
    code: str,
    error: str,
    config: Settings,
    now: datetime,
    call: Call | None = None,
) -> SignedIn:
    """Trade what came back for tokens and store them, outside and inside a transaction in turn.

    Raises SignInFailed with one word: `other_browser` for what this browser's session did not begin,
    `too_late`, `other_account`, or what the network said.
    """
    told = _opened(kept, config)
    same_session = compare_digest(told.get("credential", ""), str(actor.credential_id))
    if not same_session or not compare_digest(
        told.get("state", "").encode(), state.encode("utf-8", "replace")
    ):
        raise SignInFailed("other_browser")
    if told["until"] <= now.isoformat():
        raise SignInFailed("too_late")
    if error:
        raise SignInFailed(error[:60] if error.isascii() and error.replace("_", "").isalnum() else "refused")
    account_id = UUID(told["account"])
    account, its = _account(actor, account_id, config=config, now=now)
    ask = call or channel_accounts.caller(config)
    got = trade(
        account,
        its,
        Try(told["state"], told["verifier"]),
        code=code,
        redirect_uri=redirect_uri(config),
        call=ask,
    )
    who = channel_named(account.channel).who(account, got.secrets["access_token"], call=ask)
    if who.error:
        raise SignInFailed(who.error)
    if account.external_id and who.external_id and account.external_id != who.external_id:
        raise SignInFailed("other_account")
    with db.transaction() as session:
        try:
            channel_accounts.refuse_twin(
                session,
                actor,
                channel=account.channel,
                external_id=who.external_id,
                base_url=account.base_url,
                account_id=account_id,
            )
        except Conflict as twin:
            raise SignInFailed("connected_already") from twin
        channel_accounts.signed_in(
            session,
            actor,
            account_id,
            got=got,
            external_id=who.external_id,
            handle=who.handle,
            config=config,
            now=now,
        )
    return SignedIn(account_id, who.handle or account.handle)


def _account(actor: Actor, account_id: UUID, *, config: Settings, now: datetime) -> tuple[Account, SignIn]:
    with db.transaction() as session:
        channel_accounts.find(session, actor, account_id)
    vault = Vault(config.encryption_keys)
    with db.statement() as connection:
        found = channel_accounts.opened(connection, [account_id], vault=vault, now=now).get(account_id)
    if found is None:
        raise NotFound("there is no such account")
    its = channel_named(found.account.channel).capabilities.sign_in
    if its is None:
        raise SignInFailed("no_sign_in")
    return found.account, its


def _opened(kept: bytes, config: Settings) -> dict[str, str]:
    try:
        told: dict[str, str] = orjson.loads(Vault(config.encryption_keys).open(kept, place=PLACE))
    except ValueError as error:
        raise SignInFailed("other_browser") from error
    return told
