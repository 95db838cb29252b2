"""A start password: made by an administrator, seen once, and good for choosing one's own.

Whoever made it knows it, so nothing may be done with it in the person's name: a session that it
opened has no rights at all, and it proves nobody at a counter. API keys go on as they are.
"""

import secrets
from datetime import datetime

from sqlmodel import Session, col

from bridge.errors import InvalidInput, NotPermitted
from bridge.models import Credential, Person
from bridge.roles import Actor
from bridge.services import accounts, audit, proofs, sessions
from bridge.settings import Settings

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def drawn() -> str:
    """A password to begin with: 100 random bits in groups that can be read out; shown once."""
    signs = "".join(secrets.choice(_READABLE) for _ in range(20))
    return "-".join(signs[at : at + 5] for at in range(0, 20, 5))


def choose(
    session: Session, actor: Actor, password: str, *, now: datetime, settings: Settings
) -> tuple[str, datetime]:
    """Keep the person's own password; this session gets its rights and a new token, the others end.

    Returns the token and when the session ends. Raises InvalidInput for a password that is too short,
    too long or the start password again, and NotPermitted for whoever has chosen already.
    """
    assert actor.id is not None
    assert actor.credential_id is not None
    person = session.get_one(Person, actor.id, with_for_update=True)
    if not person.password_is_start:
        raise NotPermitted("this password was chosen before")
    if proofs.is_right(person.password_hash, password, settings=settings):
        raise InvalidInput("choose another", fields={"password": ["not the start password"]})
    person.password_hash = accounts.hash_password(password, settings=settings)
    person.password_is_start = False
    session.add(person)
    sessions.revoke(
        session,
        [
            col(Credential.person_id) == person.id,
            col(Credential.kind) != "api_key",
            col(Credential.id) != actor.credential_id,
        ],
        now=now,
    )
    facts = {"person": str(person.id)}
    audit.record(session, stream="accounts", action="password_chosen", actor=actor, facts=facts, now=now)
    return sessions.let_in(session, actor.credential_id, now=now)
