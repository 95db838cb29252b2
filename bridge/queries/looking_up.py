"""What a batch of posts is about, locked and asked for once instead of post by post.

Taking one post in asks a dozen small questions: is the post here, its thread, its author? `look_up` locks
the names of a whole batch and asks each question once for all, with the statements that ask for one; what
they find is remembered (`known.py`). Nothing commits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from bridge.queries import doors, identities, intake, known
from bridge.queries.known import Lock, Name


@dataclass(frozen=True, slots=True)
class Sought:
    """The names that one post brings along; an empty one is not sought. `door` is of `account_id`.

    Under its `aliases` the post may have been pasted.
    """

    brand_id: UUID
    network: str
    post_id: str
    thread_id: str
    parent_id: str
    handle: str
    author_id: str
    account_id: UUID
    door: str
    aliases: tuple[str, ...]
    address: str


def look_up(session: Session, sought: Sequence[Sought]) -> None:
    """Lock all names of a batch, then find out what stands under them."""
    known.lock_all(session, sorted({lock for one in sought for lock in _locks(one)}))
    groups: dict[tuple[UUID, str], list[Sought]] = defaultdict(list)
    for one in sought:
        groups[one.brand_id, one.network].append(one)
    for (brand_id, network), group in groups.items():
        known.put_all(session, _posts_and_threads(session, network, group))
        _look_up_people(session, brand_id, network, group)
    wanted = {(one.account_id, one.door) for one in sought if one.door}
    if wanted:
        threads = doors.threads_of_doors(session, wanted)
        known.put_all(session, {("door", *door): threads.get(door) for door in wanted})


def _locks(one: Sought) -> Iterable[Lock]:
    yield known.post_lock(one.network, one.post_id), known.POST_LOCK
    yield f"thread {one.network} {one.thread_id}", known.POST_LOCK
    if one.parent_id:
        yield f"thread {one.network} {one.parent_id}", known.POST_LOCK
    if one.door:
        yield known.post_lock(f"door {one.account_id}", one.door), known.POST_LOCK
    if one.address:
        yield known.post_lock("address", one.address), known.POST_LOCK
    if one.handle:
        yield known.handle_lock(one.brand_id, one.network, one.handle), known.HANDLE_LOCK
    if one.author_id:
        yield f"author {one.brand_id} {one.network} {one.author_id}", known.HANDLE_LOCK


def _posts_and_threads(session: Session, network: str, sought: Sequence[Sought]) -> dict[Name, object]:
    ids = {name for one in sought for name in (one.post_id, one.parent_id, *one.aliases) if name}
    deleted = doors.deleted_among(session, network, ids)
    posts = intake.posts_called(session, network, ids)
    # A new thread is called after its conversation, or after its post.
    called = {name for one in sought for name in (one.thread_id, one.post_id)}
    threads = intake.threads_called(session, network, called)
    found: dict[Name, object] = {("deleted", network, name): name in deleted for name in ids}
    for name in ids:
        post, thread = posts.get(name, (None, None))
        found |= {("post", network, name): post, ("thread of post", network, name): thread}
    return found | {("thread", network, name): threads.get(name) for name in called}


def _look_up_people(session: Session, brand_id: UUID, network: str, sought: Sequence[Sought]) -> None:
    handles = {one.handle for one in sought if one.handle}
    authors = {one.author_id for one in sought if one.author_id}
    people = identities.with_ids(session, brand_id, network, authors)
    holders = identities.with_handles(session, brand_id, network, handles)
    known.put_spellings(session, {one.spelling: one.in_small for one in (*people.values(), *holders)})
    # The handle that somebody has by now, in whatever capitals, so that it can be taken from them.
    known.put_spellings(session, {one.person.handle: one.in_small for one in holders if one.person})
    for one in holders:
        known.put_handle(session, brand_id, network, one.spelling, one.person)
    of_ids = {name: people[name].person if name in people else None for name in authors}
    known.put_all(session, {("author", brand_id, network, name): person for name, person in of_ids.items()})
