"""What a batch of posts is about, locked and asked for once instead of post by post.

Taking one post in asks a dozen small questions: is the post here, its thread, its author? `look_up` locks
the names of a whole batch, in one order, so that two batches wait for each other and never for ever, and
then asks each question once for all. `find` gives what was found, or asks as ever when nobody looked that
name up; whoever makes something new calls `put`, whoever changes whose a handle is `put_person`, and
whoever renames a thread or a post `forget`. It all stands in the session and ends with its transaction.
Nothing commits.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlmodel import Session, col, select

from bridge.models.intake import Post, SocialIdentity, Thread

Name = tuple[object, ...]
T = TypeVar("T")

POST_LOCK: Final = 5
HANDLE_LOCK: Final = 6
UNKNOWN: Final = object()
"""What is put under a name that has to be asked for again."""
_PLACE: Final = "known"


@dataclass(frozen=True, slots=True)
class Sought:
    """The names that one post brings along; an empty one is not sought. `door` is of `account_id`."""

    brand_id: UUID
    network: str
    post_id: str
    thread_id: str
    parent_id: str
    handle: str
    author_id: str
    account_id: UUID
    door: str
    address: str = ""


@dataclass(slots=True)
class _Known:
    locked: set[tuple[str, int]]
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

_DOORS: Final = sa.text(
    """
    SELECT account_id, external_id, thread_id FROM thread_doors
    WHERE (account_id, external_id) IN (SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:doors AS text[])))
    """
)

_DELETED: Final = sa.text(
    "SELECT external_id FROM deleted_posts WHERE network = :network AND external_id = ANY (CAST(:ids AS text[]))"
)

# As `identity_by_handle` and `identity_by_external_id` in `intake.py` find one.
_PEOPLE: Final = sa.text(
    """
    SELECT 'handle' AS kind, sought.handle AS name, lower(sought.handle) AS in_small, i.id, i.handle
    FROM unnest(CAST(:handles AS text[])) AS sought (handle)
    LEFT JOIN social_identities i ON i.brand_id = :brand_id AND i.network = :network
         AND lower(i.handle) = lower(sought.handle) AND i.retired_at IS NULL
    UNION ALL (
        SELECT DISTINCT ON (external_id) 'author', external_id, lower(handle), id, handle FROM social_identities
        WHERE brand_id = :brand_id AND network = :network AND external_id = ANY (CAST(:authors AS text[]))
        ORDER BY external_id, created_at
    )
    """
)


def lock(session: Session, name: str, kind: int) -> None:
    """Wait for whoever works on this name; held until the transaction ends."""
    known = session.info.get(_PLACE)
    if known is None or (name, kind) not in known.locked:
        session.connection().execute(_LOCK, {"name": name, "kind": kind})


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


def look_up(session: Session, sought: Sequence[Sought]) -> None:
    """Lock all names of a batch, then find out what stands under them."""
    locks = sorted({lock for one in sought for lock in _locks(one)})
    names, kinds = [name for name, _ in locks], [kind for _, kind in locks]
    session.connection().execute(_LOCK_ALL, {"names": names, "kinds": kinds})
    known = session.info[_PLACE] = _Known(set(locks))
    doors = _doors(session, {(one.account_id, one.door) for one in sought if one.door})
    groups: dict[tuple[UUID, str], list[Sought]] = defaultdict(list)
    for one in sought:
        groups[one.brand_id, one.network].append(one)
    for (brand_id, network), group in groups.items():
        known.answers |= _posts_and_threads(session, network, group, also=doors.values())
        people, in_small = _people(session, brand_id, network, group)
        known.answers |= people
        known.in_small |= in_small
    for (account_id, door), thread_id in doors.items():
        thread = None if thread_id is None else session.get(Thread, thread_id)
        known.answers["door", account_id, door] = thread


def post_lock(network: str, external_id: str) -> str:
    """The name by which a post is locked."""
    return f"{network} {external_id}"


def handle_lock(brand_id: UUID, network: str, handle: str) -> str:
    """The name by which a handle is locked; its capitals do not count."""
    return f"{brand_id} {network} {handle}"


def _locks(one: Sought) -> Iterable[tuple[str, int]]:
    yield post_lock(one.network, one.post_id), POST_LOCK
    yield f"thread {one.network} {one.thread_id}", POST_LOCK
    if one.parent_id:
        yield f"thread {one.network} {one.parent_id}", POST_LOCK
    if one.door:
        yield post_lock(f"door {one.account_id}", one.door), POST_LOCK
    if one.address:
        yield post_lock("address", one.address), POST_LOCK
    if one.handle:
        yield handle_lock(one.brand_id, one.network, one.handle), HANDLE_LOCK
    if one.author_id:
        yield f"author {one.brand_id} {one.network} {one.author_id}", HANDLE_LOCK


def _doors(session: Session, sought: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID | None]:
    if not sought:
        return {}
    values = {"accounts": [account for account, _ in sought], "doors": [door for _, door in sought]}
    rows = session.connection().execute(_DOORS, values)
    found = {(row.account_id, row.external_id): row.thread_id for row in rows}
    return {door: found.get(door) for door in sought}


def _posts_and_threads(
    session: Session, network: str, sought: Sequence[Sought], *, also: Iterable[UUID | None]
) -> dict[Name, object]:
    ids = [*{name for one in sought for name in (one.post_id, one.parent_id) if name}]
    deleted = {*session.connection().execute(_DELETED, {"network": network, "ids": ids}).scalars()}
    posts = session.exec(
        select(Post).where(Post.network == network, col(Post.external_id) == _any(ids, sa.Text))
    ).all()
    # A new thread is called after its conversation, or after its post.
    called = [*{name for one in sought for name in (one.thread_id, one.post_id)}]
    of_posts = [*{post.thread_id for post in posts} | {one for one in also if one}]
    threads = session.exec(
        select(Thread).where(
            sa.or_(
                sa.and_(col(Thread.network) == network, col(Thread.external_id) == _any(called, sa.Text)),
                col(Thread.id) == _any(of_posts, sa.Uuid),
            )
        )
    ).all()
    by_id = {thread.id: thread for thread in threads}
    by_name = {thread.external_id: thread for thread in threads if thread.network == network}
    found: dict[Name, object] = {("deleted", network, name): name in deleted for name in ids}
    found |= {("post", network, name): None for name in ids}
    found |= {("thread of post", network, name): None for name in ids}
    found |= {("post", network, post.external_id): post for post in posts}
    found |= {("thread of post", network, post.external_id): by_id[post.thread_id] for post in posts}
    return found | {("thread", network, name): by_name.get(name) for name in called}


def _people(
    session: Session, brand_id: UUID, network: str, sought: Sequence[Sought]
) -> tuple[dict[Name, object], dict[str, str]]:
    """Who has these handles and ids, and the handles in small letters."""
    handles = [*{one.handle for one in sought if one.handle}]
    authors = [*{one.author_id for one in sought if one.author_id}]
    values = {"brand_id": brand_id, "network": network, "handles": handles, "authors": authors}
    rows = session.connection().execute(_PEOPLE, values).all()
    ids = [*{row.id for row in rows if row.id is not None}]
    people = session.exec(
        select(SocialIdentity)
        .where(col(SocialIdentity.id) == _any(ids, sa.Uuid))
        .execution_options(populate_existing=True)
    ).all()
    by_id = {person.id: person for person in people}
    found: dict[Name, object] = {("author", brand_id, network, name): None for name in authors}
    in_small: dict[str, str] = {row.handle: row.in_small for row in rows if row.handle is not None}
    for row in rows:
        if row.kind == "handle":
            in_small[row.name] = row.in_small
        name = row.in_small if row.kind == "handle" else row.name
        found[row.kind, brand_id, network, name] = by_id.get(row.id)
    return found, in_small


def _any(values: Sequence[object], kind: Any) -> Any:
    return sa.any_(sa.literal(list(values), pg.ARRAY(kind())))
