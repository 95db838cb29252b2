"""Connect an account of ours, keep its secrets sealed, replace them, and take it away again.

A secret is opened for the length of one call and never leaves this package; it is in no log, no task
and no answer. Each change is audited in the stream "configuration", without the secret.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from bridge import db
from bridge.channels.abilities import Capabilities, Field
from bridge.channels.accounts import Account, Refreshed
from bridge.channels.calling import Call, Request, call
from bridge.channels.guard import Limits, check_url
from bridge.channels.registry import channel as channel_named
from bridge.db import Act, Connection
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.models.base import new_id
from bridge.models.channels import ChannelAccount, ChannelSecret
from bridge.names import plain_name, without_at
from bridge.queries import channel_accounts as queries
from bridge.roles import Actor
from bridge.services import audit
from bridge.settings import Settings
from bridge.vault import Vault
from bridge.ways_back import Sends

AUDIT_STREAM: Final = "configuration"
SECRETS_PLACE: Final = "channel_secrets"
ACCOUNTS_MAX: Final = 200
VALUE_MAX_CHARACTERS: Final = 4_000
NO_SUCH_FIELD: Final = "This channel has no such field."
NEEDED: Final = "This is needed."
ROTATION_OVERLAP: Final = timedelta(hours=24)
ANSWER_MAX_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """An account with its secrets open, and what the worker has to know beside it."""

    account: Account
    brand_id: UUID
    is_open: bool
    token_state: str
    cursor: Mapping[str, Any]
    poll_failures: int = 0
    reread_after: UUID | None = None
    refused_at: datetime | None = None


def limits_of(config: Settings) -> Limits:
    """How far a call to a network or a care tool may go."""
    return Limits(
        allow_private=config.webhook_allow_private_addresses,
        connect_seconds=config.webhook_connect_timeout_seconds,
        read_seconds=config.webhook_read_timeout_seconds,
        response_max_bytes=ANSWER_MAX_BYTES,
    )


def caller(config: Settings) -> Call:
    """The way out, for a channel."""
    limits = limits_of(config)

    def ask(request: Request) -> Any:
        return call(request, limits=limits)

    return ask


# What somebody does who connects an account.


def connect(
    session: Session,
    actor: Actor,
    *,
    channel: str,
    name: str,
    base_url: str = "",
    external_id: str = "",
    handle: str = "",
    values: Mapping[str, str],
    config: Settings,
    now: datetime,
) -> ChannelAccount:
    """Add an account. `values` holds the channel's fields, secret ones too, by name.

    Raises NotFound for an unknown channel, InvalidInput for a field that is missing or unknown and for
    a missing server (`base_url`) where the channel has no usual one, UnsafeAddress for a base URL that we
    would not call, and Conflict for a name that is taken or an account that is connected already (`twin` is
    its name).
    """
    brand_id = _brand_of(actor)
    capabilities = channel_named(channel).capabilities
    name = plain_name(name, field_name="name", longest=80)
    url = base_url.rstrip("/") or capabilities.default_url.rstrip("/")
    handles = {field.name for field in capabilities.fields if field.is_handle}
    values = {key: without_at(value) if key in handles else value for key, value in values.items()}
    _check_values(capabilities, values, base_url=url)
    if url:
        check_url(url, allow_private=config.webhook_allow_private_addresses)
    taken = session.exec(
        select(ChannelAccount).where(
            col(ChannelAccount.brand_id) == brand_id, col(ChannelAccount.deleted_at).is_(None)
        )
    ).all()
    if any(one.channel == channel and one.name.lower() == name.lower() for one in taken):
        raise Conflict("there is an account of this name already")
    refuse_twin(session, actor, channel=channel, external_id=external_id, base_url=url)
    if len(taken) >= ACCOUNTS_MAX:
        raise Conflict(f"there are {ACCOUNTS_MAX} accounts already; take one away first")
    secret_names = {field.name for field in capabilities.fields if field.is_secret}
    account = ChannelAccount(
        brand_id=brand_id,
        channel=channel,
        name=name,
        base_url=url,
        external_id=external_id,
        handle=without_at(handle),
        settings={key: value for key, value in values.items() if key not in secret_names},
        poll_at=now if capabilities.polls_every_seconds else None,
        created_at=now,
        created_by=actor.id if actor.kind == "person" else None,
    )
    session.add(account)
    session.flush()  # the secrets' rows refer to it
    vault = Vault(config.encryption_keys)
    for key in sorted(secret_names & values.keys()):
        if values[key]:
            _add_secret(session, account.id, key, values[key], vault=vault, now=now)
    _audit(session, "channel_connected", actor, account, now, channel=channel)
    return account


def refuse_twin(
    session: Session,
    actor: Actor,
    *,
    channel: str,
    external_id: str,
    base_url: str,
    account_id: UUID | None = None,
) -> None:
    """Raise Conflict, with its name as `twin`, when a working account of ours is this one at the network."""
    if not external_id:
        return
    by_server = channel_named(channel).capabilities.ids_of_server
    twin = queries.taken_by(
        session,
        _brand_of(actor),
        channel=channel,
        external_id=external_id,
        base_url=base_url,
        by_server=by_server,
        other_than=account_id,
    )
    if twin is not None:
        raise Conflict(f"this account is connected already, as {twin}", twin=twin)


def replace_secret(
    session: Session,
    actor: Actor,
    account_id: UUID,
    *,
    name: str,
    value: str,
    overlap: timedelta = ROTATION_OVERLAP,
    config: Settings,
    now: datetime,
) -> None:
    """Put a new secret in the place of an old one, which counts for `overlap` longer; locks the account.

    A new access token also starts an account again that had stopped. Raises NotFound and InvalidInput.
    """
    account = find(session, actor, account_id, for_update=True)
    fields = {one.name: one for one in channel_named(account.channel).capabilities.fields if one.is_secret}
    wrong = _problem_with(fields[name], value, is_needed=True) if name in fields else NO_SUCH_FIELD
    if wrong:
        raise InvalidInput("The secret is not valid.", fields={name[:40]: [wrong]})
    older = select(ChannelSecret).where(
        col(ChannelSecret.account_id) == account.id, col(ChannelSecret.name) == name
    )
    for secret in session.exec(older):
        secret.expires_at = min(secret.expires_at or now + overlap, now + overlap)
        session.add(secret)
    _add_secret(session, account.id, name, value, vault=Vault(config.encryption_keys), now=now)
    account.token_state, account.paused_until = "ok", None
    session.add(account)
    _audit(session, "channel_secret_replaced", actor, account, now, secret=name)


def signed_in(
    session: Session,
    actor: Actor,
    account_id: UUID,
    *,
    got: Refreshed,
    external_id: str,
    handle: str,
    config: Settings,
    now: datetime,
) -> ChannelAccount:
    """A person signed in as the account: its old tokens end, new ones count. Locks it, as a refresh does."""
    account = find(session, actor, account_id, for_update=True)
    older = select(ChannelSecret).where(
        col(ChannelSecret.account_id) == account.id,
        col(ChannelSecret.name).in_({"access_token", "refresh_token"}),
    )
    for secret in session.exec(older):
        secret.expires_at = now
        session.add(secret)
    vault = Vault(config.encryption_keys)
    for name, value in sorted(got.secrets.items()):
        _add_secret(session, account.id, name, value, vault=vault, now=now)
    lasts = got.expires_in_seconds
    account.token_expires_at = now + timedelta(seconds=lasts) if lasts else None
    account.token_state, account.paused_until, account.poll_failures = "ok", None, 0
    if channel_named(account.channel).capabilities.polls_every_seconds:
        account.poll_at = now
    account.external_id = external_id or account.external_id
    account.handle = without_at(handle) or account.handle
    session.add(account)
    _audit(session, "channel_signed_in", actor, account, now)
    return account


def switch(
    session: Session, actor: Actor, account_id: UUID, *, enabled: bool, reason: str = "", now: datetime
) -> ChannelAccount:
    """Switch an account on or off; what waits to be sent stays and waits. Locks it."""
    account = find(session, actor, account_id, for_update=True)
    account.enabled, account.disabled_reason = enabled, "" if enabled else reason[:200]
    session.add(account)
    _audit(session, "channel_switched", actor, account, now, enabled=enabled)
    return account


def choose_outcomes(
    session: Session, actor: Actor, account_id: UUID, *, sends: Sends, now: datetime
) -> ChannelAccount:
    """Say which outcomes go back by themselves through this account; the rest wait. Locks it."""
    account = find(session, actor, account_id, for_update=True)
    account.sends_outcomes = sends.value
    session.add(account)
    _audit(session, "channel_outcomes_chosen", actor, account, now, sends=sends.value)
    return account


def disconnect(session: Session, actor: Actor, account_id: UUID, *, now: datetime) -> None:
    """Take an account away: its secrets end now, its threads and messages stay as history."""
    account = find(session, actor, account_id, for_update=True)
    account.deleted_at, account.enabled = now, False
    account.name = f"{account.name[:60]} (until {now:%Y-%m-%d %H:%M:%S})"[:80]
    session.add(account)
    for secret in session.exec(select(ChannelSecret).where(col(ChannelSecret.account_id) == account.id)):
        secret.expires_at, secret.cipher = now, b""
        session.add(secret)
    _audit(session, "channel_disconnected", actor, account, now)


def list_accounts(session: Session, actor: Actor) -> list[ChannelAccount]:
    """The brand's accounts that are not taken away, by channel and name."""
    query = select(ChannelAccount).where(
        col(ChannelAccount.brand_id) == _brand_of(actor), col(ChannelAccount.deleted_at).is_(None)
    )
    return list(session.exec(query.order_by(col(ChannelAccount.channel), col(ChannelAccount.name))))


def find(session: Session, actor: Actor, account_id: UUID, *, for_update: bool = False) -> ChannelAccount:
    """One account of the brand. Raises NotFound."""
    query = select(ChannelAccount).where(
        col(ChannelAccount.id) == account_id,
        col(ChannelAccount.brand_id) == _brand_of(actor),
        col(ChannelAccount.deleted_at).is_(None),
    )
    found = session.exec(query.with_for_update() if for_update else query).first()
    if found is None:
        raise NotFound("there is no such account")
    return found


# What the worker and the receiver need.


def opened(
    connection: Connection, ids: Collection[UUID], *, vault: Vault, now: datetime
) -> dict[UUID, Opened]:
    """The accounts with their secrets open. One that is switched off comes with `is_open` false."""
    return {row.id: of_row(row, vault) for row in queries.accounts(connection, ids, now)}


def of_row(row: Any, vault: Vault) -> Opened:
    """An account from its row; a secret that does not open (another key) is as good as missing."""
    secrets: dict[str, tuple[str, ...]] = {}
    for name, cipher in zip(row.names, row.ciphers, strict=True):
        try:
            plain = vault.open(bytes(cipher), place=SECRETS_PLACE).decode()
        except ValueError:
            continue
        secrets[name] = (*secrets.get(name, ()), plain)
    account = Account(
        id=row.id,
        channel=row.channel,
        base_url=row.base_url,
        external_id=row.external_id,
        handle=row.handle,
        settings=row.settings,
        secrets=secrets,
        streamed_since=row.streamed_since,
    )
    return Opened(
        account,
        row.brand_id,
        row.is_open,
        row.token_state,
        row.cursor,
        row.poll_failures,
        row.reread_after,
        row.refused_at,
    )


def refresh(opened_account: Opened, *, call: Call, vault: Vault, now: datetime) -> Opened | None:
    """Get a new token for a dead one, under the account's lock. None when somebody has to sign in again.

    Whoever waited for the lock finds the token that the first one fetched, and fetches none. All new
    secrets are stored, and committed, before one of them is used: a refresh token works once. Raises
    NotNow when the other side could not be asked; then nothing changes.
    """
    account = opened_account.account
    channel = channel_named(account.channel)
    with db.work() as act:
        if queries.lock(act, account.id) is None:
            return None
        row = queries.accounts_in(act, [account.id], now)[0]
        fresh = of_row(row, vault)
        if fresh.account.secrets != account.secrets:
            return fresh
        got = channel.refresh(fresh.account, call=call)
        if got is None:
            queries.stop(act, account.id, error="signed_out", now=now)
            return None
        for name, value in got.secrets.items():
            _store_secret(act, account.id, name, value, vault=vault, now=now)
        expires = now + timedelta(seconds=got.expires_in_seconds) if got.expires_in_seconds else None
        queries.signed_in(
            act,
            account.id,
            token_expires_at=expires,
            external_id=got.external_id,
            handle=got.handle,
            facts=got.facts,
        )
        return of_row(queries.accounts_in(act, [account.id], now)[0], vault)


def _store_secret(act: Act, account_id: UUID, name: str, value: str, *, vault: Vault, now: datetime) -> None:
    cipher = vault.seal(value.encode(), place=SECRETS_PLACE)
    queries.replace_secret(act, account_id, secret_id=new_id(), name=name, cipher=cipher, until=now, now=now)


def _add_secret(
    session: Session, account_id: UUID, name: str, value: str, *, vault: Vault, now: datetime
) -> None:
    cipher = vault.seal(value.encode(), place=SECRETS_PLACE)
    session.add(ChannelSecret(account_id=account_id, name=name, cipher=cipher, created_at=now))


def _check_values(capabilities: Capabilities, values: Mapping[str, str], *, base_url: str) -> None:
    known = {field.name: field for field in capabilities.fields}
    wrong = {name: [NO_SUCH_FIELD] for name in values if name not in known}
    if capabilities.needs_server and not base_url:
        wrong["base_url"] = [NEEDED]
    for field in capabilities.fields:
        problem = _problem_with(field, values.get(field.name, ""), is_needed=field.is_required)
        if problem:
            wrong[field.name] = [problem]
    if wrong:
        raise InvalidInput("The account is not described completely.", fields=wrong)


def _problem_with(field: Field, value: str, *, is_needed: bool) -> str:
    """What is wrong with a field's value; empty when it is good. An optional field may be left out."""
    if not value.strip():
        return NEEDED if is_needed else ""
    if len(value) > VALUE_MAX_CHARACTERS:
        return f"At most {VALUE_MAX_CHARACTERS} signs."
    return field.rule.says if field.rule is not None and not field.rule.fits(value) else ""


def _brand_of(actor: Actor) -> UUID:
    assert actor.brand_id is not None
    return actor.brand_id


def _audit(
    session: Session, action: str, actor: Actor, account: ChannelAccount, now: datetime, **facts: object
) -> None:
    audit.record(
        session,
        stream=AUDIT_STREAM,
        action=action,
        actor=actor,
        facts={"account_id": str(account.id), **facts},
        now=now,
    )
