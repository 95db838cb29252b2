"""What was found out at once for a whole batch of posts, and the locks on its names.

`look_up` (in `looking_up.py`) fills it. `find` gives what was found, or asks as ever when nobody looked that
name up; whoever makes something new calls `put`, whoever changes whose a handle is `put_person`, and
whoever renames a thread or a post `forget`. It all stands in the session and ends with its transaction.
Nothing commits.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from bridge.models.intake import SocialIdentity

Name = tuple[object, ...]
Lock = tuple[str, int]
"""A name and of which kind it is."""
T = TypeVar("T")

POST_LOCK: Final = 5
HANDLE_LOCK: Final = 6
UNKNOWN: Final = object()
"""What is put under a name that has to be asked for again."""
_PLACE: Final = "known"


@dataclass(slots=True)
class _Known:
    locked: set[Lock]
    answers: dict[Name, Any] = field(default_factory=dict)
    in_small: dict[str, str] = field(default_factory=dict)
    """Each handle that was looked up, and the database's word for it in small letters."""


# Of handles the database says which are the same, here as in its unique key: Python's small letters are not
# always PostgreSQL's ("İ", and "Σ" at a word's end).
_KEY: Final = f"hashtextextended(CASE kind WHEN {HANDLE_LOCK} THEN lower(name) ELSE name END, kind)"

_LOCK: Final = sa.text(
    f"""
    SELECT pg_advisory_xact_lock({_KEY})
    FROM (VALUES (CAST(:name AS text), CAST(:kind AS bigint))) AS sought (name, kind)
    """
)

# Sorted, so that of two batches with names in common one waits and neither waits for the other.
_LOCK_ALL: Final = sa.text(
    f"""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT {_KEY} AS key
        FROM unnest(CAST(:names AS text[]), CAST(:kinds AS bigint[])) AS sought (name, kind)
        ORDER BY key
    ) AS in_one_order
    """
)


def lock(session: Session, name: str, kind: int) -> None:
    """Wait for whoever works on this name; held until the transaction ends."""
    known = session.info.get(_PLACE)
    if known is None or (name, kind) not in known.locked:
        session.connection().execute(_LOCK, {"name": name, "kind": kind})


def lock_all(session: Session, locks: Collection[Lock]) -> None:
    """Lock the names of a batch, in one order, so that two batches wait for each other and never for ever.

    What is found out from now on is remembered.
    """
    names, kinds = [name for name, _ in locks], [kind for _, kind in locks]
    session.connection().execute(_LOCK_ALL, {"names": names, "kinds": kinds})
    session.info[_PLACE] = _Known(set(locks))


def find(session: Session, name: Name | None, ask: Callable[[], T]) -> T:
    """What stands under a name that was looked up; otherwise what `ask` says now."""
    known = session.info.get(_PLACE)
    answer = UNKNOWN if known is None or name is None else known.answers.get(name, UNKNOWN)
    return ask() if answer is UNKNOWN else cast(T, answer)


def once(session: Session, name: Name, ask: Callable[[], T]) -> T:
    """As `find`, for what a batch never changes: what `ask` says is remembered for the rest of the batch."""
    known = session.info.get(_PLACE)
    if known is not None and name not in known.answers:
        known.answers[name] = ask()
    return find(session, name, ask)


def put(session: Session, name: Name, found: object) -> None:
    """It stands under this name from now on."""
    known = session.info.get(_PLACE)
    if known is not None:
        known.answers[name] = found


def handle_name(session: Session, brand_id: UUID, network: str, handle: str) -> Name | None:
    """Under what a handle's owner is remembered: one name for all its spellings, as the database tells them.

    None for a spelling that was not looked up.
    """
    known = session.info.get(_PLACE)
    in_small = None if known is None else known.in_small.get(handle)
    return None if in_small is None else ("handle", brand_id, network, in_small)


def put_handle(session: Session, brand_id: UUID, network: str, handle: str, found: object) -> None:
    """As `put`. A spelling that was not looked up may be another one of a handle that was: all are forgotten."""
    name = handle_name(session, brand_id, network, handle)
    if name is None:
        forget_people(session)
    else:
        put(session, name, found)


def put_all(session: Session, found: Mapping[Name, object]) -> None:
    """As `put`, for many."""
    for name, one in found.items():
        put(session, name, one)


def put_spellings(session: Session, in_small: Mapping[str, str]) -> None:
    """These handles are those, in the database's small letters."""
    known = session.info.get(_PLACE)
    if known is not None:
        known.in_small |= in_small


def put_person(session: Session, person: SocialIdentity) -> None:
    """It has this handle and this id from now on, or a retired handle; the one it had is nobody's."""
    known = session.info.get(_PLACE)
    if known is None:
        return
    for name, answer in known.answers.items():
        if answer is person and name[0] == "handle":
            known.answers[name] = None
    if person.external_id is not None:
        put(session, ("author", person.brand_id, person.network, person.external_id), person)
    if person.retired_at is None:
        put_handle(session, person.brand_id, person.network, person.handle, person)


def forget(session: Session) -> None:
    """Names changed: everything is asked for anew. The locks stay."""
    known = session.info.get(_PLACE)
    if known is not None:
        known.answers.clear()


def forget_people(session: Session) -> None:
    """Whose handle is whose is asked for anew."""
    known = session.info.get(_PLACE)
    if known is not None:
        for name in [name for name in known.answers if name[0] in {"handle", "author"}]:
            del known.answers[name]


def post_lock(network: str, external_id: str) -> str:
    """The name by which a post is locked."""
    return f"{network} {external_id}"


def handle_lock(brand_id: UUID, network: str, handle: str) -> str:
    """The name by which a handle is locked; its capitals do not count."""
    return f"{brand_id} {network} {handle}"
