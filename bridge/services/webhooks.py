"""Webhook endpoints: who is told what, and with which secret it is signed. Called by api and web.

Each change is audited in the stream "configuration". Nothing here sends: a test event is
an outcome like any other, and the sweep delivers it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bridge.channels.guard import check_url
from bridge.channels.signing import new_secret
from bridge.errors import Conflict, InvalidInput, NotFound
from bridge.events import Format
from bridge.models.outcomes import Outcome, WebhookEndpoint, WebhookSecret
from bridge.notices import Template, to_each
from bridge.queries import notices as notice_queries
from bridge.queries import unsent
from bridge.queries.review_queue import people_with
from bridge.roles import THE_CLOCK, Actor, Role
from bridge.services import audit
from bridge.settings import Settings
from bridge.telling import test_payload
from bridge.topics import ROTATION_OVERLAP, ROTATION_OVERLAP_MAX, TEST_TOPIC, TOPICS, unknown_topics
from bridge.vault import Vault

AUDIT_STREAM: Final = "configuration"
SECRETS_PLACE: Final = "webhook_secrets"
ENDPOINTS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint together with its new secret, which is never shown again."""

    endpoint: WebhookEndpoint
    secret: str


def register(
    session: Session,
    actor: Actor,
    *,
    url: str,
    topics: Sequence[str],
    description: str = "",
    format: Format | str = Format.STANDARD,
    config: Settings,
    now: datetime,
) -> WithSecret:
    """Add a receiver. Raises UnsafeAddress, InvalidInput for unknown topics, Conflict beyond a hundred."""
    brand_id = _brand_of(actor)
    require_address(url, config=config)
    wanted = _checked_topics(topics)
    living = select(sa.func.count()).select_from(WebhookEndpoint)
    living = living.where(
        col(WebhookEndpoint.brand_id) == brand_id, col(WebhookEndpoint.deleted_at).is_(None)
    )
    if session.exec(living).one() >= ENDPOINTS_MAX:
        raise Conflict(f"there are {ENDPOINTS_MAX} endpoints already; delete one first")
    endpoint = WebhookEndpoint(
        brand_id=brand_id,
        url=url,
        description=description,
        topics=wanted,
        format=Format(format).value,
        created_at=now,
        created_by=actor.id if actor.kind == "person" else None,
    )
    session.add(endpoint)
    session.flush()  # the secret's row refers to it
    secret = _add_secret(session, endpoint, config=config, now=now)
    _audit(session, "webhook_registered", actor, endpoint, now, url=url, topics=" ".join(wanted))
    return WithSecret(endpoint, secret)


def require_address(url: str, *, config: Settings) -> None:
    """Raise UnsafeAddress for one that we would not call; `register` asks the same."""
    check_url(url, allow_private=config.webhook_allow_private_addresses)


def list_endpoints(session: Session, actor: Actor) -> list[WebhookEndpoint]:
    """The brand's endpoints that are not deleted, newest first."""
    query = select(WebhookEndpoint).where(
        col(WebhookEndpoint.brand_id) == _brand_of(actor), col(WebhookEndpoint.deleted_at).is_(None)
    )
    return list(session.exec(query.order_by(col(WebhookEndpoint.id).desc())))


def show_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """One endpoint of the brand. Raises NotFound."""
    return _find(session, actor, endpoint_id)


def update(
    session: Session,
    actor: Actor,
    endpoint_id: UUID,
    *,
    topics: Sequence[str] | None = None,
    enabled: bool | None = None,
    description: str | None = None,
    format: Format | str | None = None,
    now: datetime,
) -> WebhookEndpoint:
    """Change what is given; locks the endpoint. Switching it off cancels what it is owed.

    Another format counts for every try from now on, also of what is owed already.
    """
    endpoint = _find(session, actor, endpoint_id, for_update=True)
    if topics is not None:
        endpoint.topics = _checked_topics(topics)
    if description is not None:
        endpoint.description = description
    if format is not None:
        endpoint.format = Format(format).value
    if enabled is not None and enabled != endpoint.enabled:
        endpoint.enabled = enabled
        endpoint.disabled_reason = "" if enabled else "switched_off"
        if not enabled:
            unsent.cancel(session, endpoint.id, now=now)
    session.add(endpoint)
    _audit(
        session,
        "webhook_updated",
        actor,
        endpoint,
        now,
        topics=" ".join(endpoint.topics),
        format=endpoint.format,
        enabled=int(endpoint.enabled),
    )
    return endpoint


def delete(session: Session, actor: Actor, endpoint_id: UUID, *, now: datetime) -> None:
    """Take a receiver out of use for good; its history stays, what it is owed is cancelled."""
    endpoint = _find(session, actor, endpoint_id, for_update=True)
    endpoint.enabled, endpoint.disabled_reason, endpoint.deleted_at = False, "deleted", now
    session.add(endpoint)
    for secret in _live_secrets(session, endpoint, now):
        secret.expires_at = now
        session.add(secret)
    unsent.cancel(session, endpoint.id, now=now)
    _audit(session, "webhook_deleted", actor, endpoint, now)


def rotate_secret(
    session: Session,
    actor: Actor,
    endpoint_id: UUID,
    *,
    overlap: timedelta = ROTATION_OVERLAP,
    config: Settings,
    now: datetime,
) -> WithSecret:
    """Make a new secret; the present one signs too for `overlap`. An older one stops at once.

    An overlap of zero is for a secret that leaked. Raises InvalidInput over seven days.
    """
    if not timedelta(0) <= overlap <= ROTATION_OVERLAP_MAX:
        raise InvalidInput("the overlap is too long", fields={"overlap": ["0 hours to 7 days"]})
    endpoint = _find(session, actor, endpoint_id, for_update=True)
    for secret in _live_secrets(session, endpoint, now):
        secret.expires_at = now + overlap if secret.expires_at is None else now
        session.add(secret)
    new = _add_secret(session, endpoint, config=config, now=now)
    _audit(
        session,
        "webhook_secret_rotated",
        actor,
        endpoint,
        now,
        overlap_seconds=int(overlap.total_seconds()),
    )
    return WithSecret(endpoint, new)


def send_test(session: Session, actor: Actor, endpoint_id: UUID, *, now: datetime) -> Outcome:
    """Owe the endpoint a `webhook.test`, whatever it subscribed to. Raises Conflict when it is off."""
    endpoint = _find(session, actor, endpoint_id)
    if not endpoint.enabled:
        raise Conflict("the endpoint is switched off")
    outcome = Outcome(
        channel="webhook",
        topic=TEST_TOPIC,
        endpoint_id=endpoint.id,
        payload=test_payload(endpoint.id, now=now),
        created_at=now,
        next_at=now,
    )
    session.add(outcome)
    _audit(session, "webhook_tested", actor, endpoint, now)
    return outcome


def switch_off_gone(session: Session, endpoint_id: UUID, *, now: datetime) -> None:
    """Switch an endpoint off because its receiver answered 410 Gone; cancels what it is owed.

    What was delivered before, and was only being sent again, stays delivered. Administrators are told.
    """
    query = select(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint_id).with_for_update()
    endpoint = session.exec(query).one()
    unsent.stays_delivered(session, endpoint.id)
    if not endpoint.enabled:
        return
    endpoint.enabled, endpoint.disabled_reason = False, "gone"
    session.add(endpoint)
    unsent.cancel(session, endpoint.id, now=now)
    _audit(session, "webhook_gone", THE_CLOCK, endpoint, now)
    admins = people_with(session, endpoint.brand_id, roles=[Role.ADMIN.value], now=now)
    told = to_each(
        (person.id for person in admins),
        brand_id=endpoint.brand_id,
        key=f"webhook:{endpoint.id}:gone:{now.timestamp():.0f}",
        template=Template.RECEIVER_GONE,
        facts={"receiver": _known_as(endpoint), "webhook_id": str(endpoint.id)},
        now=now,
    )
    notice_queries.put_with_session(session, told)


def _known_as(endpoint: WebhookEndpoint) -> str:
    """A receiver without its path, which may hold a secret: notices travel through mail servers."""
    host = urlsplit(endpoint.url).hostname or ""
    return f"{endpoint.description} ({host})" if endpoint.description else host


def _brand_of(actor: Actor) -> UUID:
    if actor.brand_id is None:
        raise NotFound("there is no such endpoint")
    return actor.brand_id


def _find(session: Session, actor: Actor, endpoint_id: UUID, *, for_update: bool = False) -> WebhookEndpoint:
    query = select(WebhookEndpoint).where(
        col(WebhookEndpoint.id) == endpoint_id,
        col(WebhookEndpoint.brand_id) == _brand_of(actor),
        col(WebhookEndpoint.deleted_at).is_(None),
    )
    endpoint = session.exec(query.with_for_update() if for_update else query).first()
    if endpoint is None:
        raise NotFound("there is no such endpoint")
    return endpoint


def _checked_topics(topics: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(topics))
    if not wanted:
        raise InvalidInput("no topic is given", fields={"topics": ["name at least one, or *"]})
    unknown = unknown_topics(wanted)
    if unknown:
        known = ", ".join(TOPICS)
        raise InvalidInput("there is no such topic", fields={"topics": [f"not one of *, {known}"]})
    return wanted


def _add_secret(session: Session, endpoint: WebhookEndpoint, *, config: Settings, now: datetime) -> str:
    secret = new_secret()
    cipher = Vault(config.encryption_keys).seal(secret.encode(), place=SECRETS_PLACE)
    session.add(WebhookSecret(endpoint_id=endpoint.id, cipher=cipher, created_at=now))
    return secret


def _live_secrets(session: Session, endpoint: WebhookEndpoint, now: datetime) -> list[WebhookSecret]:
    query = select(WebhookSecret).where(
        col(WebhookSecret.endpoint_id) == endpoint.id,
        sa.or_(col(WebhookSecret.expires_at).is_(None), col(WebhookSecret.expires_at) > now),
    )
    return list(session.exec(query))


def _audit(
    session: Session,
    action: str,
    actor: Actor,
    endpoint: WebhookEndpoint,
    now: datetime,
    **facts: object,
) -> None:
    facts = {"endpoint_id": str(endpoint.id), **facts}
    audit.record(session, stream=AUDIT_STREAM, action=action, actor=actor, facts=facts, now=now)
