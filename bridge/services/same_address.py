"""The same exact address is the same post, where no network's form of addresses tells which post it is.

An agent pastes it, a listening tool tells it under a name of its own, the network delivers it with its ids:
one conversation, whoever comes first. A page may hold many posts, as one of reviews does, so an address
alone never makes two posts one that the network itself tells apart. Nothing commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from bridge.models.intake import Post, SocialIdentity, Thread
from bridge.queries import identities
from bridge.queries import intake as queries
from bridge.queries import known as names


@dataclass(frozen=True, slots=True)
class Name:
    """How a post is called here."""

    network: str
    thread_id: str
    post_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A post that comes in by an address. `is_ours` says that a connected account delivered it."""

    address: str
    name: Name
    handle: str
    author_id: str
    text_sha256: bytes
    is_ours: bool

    @property
    def is_nameless(self) -> bool:
        """Whether it has no name but the address: somebody pasted it."""
        return self.name.post_id == self.address


def name_of(session: Session, told: Told) -> Name:
    """The name of the post that came by this address before; its own for one that is new. Locks the address.

    What came without a name of its own takes that of the network as soon as its account delivers it.
    """
    posts = queries.posts_at(session, told.address)
    if told.is_nameless:
        found = _the_only_one(posts) or next((post for post in posts if _is_like(post, told)), None)
        return told.name if found is None else _name(session, found)
    if queries.post_by_external_id(session, told.name.network, told.name.post_id) is not None:
        return told.name
    for post in posts:
        if _is_it(post, told):
            if not told.is_ours or post.account_id is not None:
                return _name(session, post)
            _call(session, post, told)
            break
    return told.name


def _the_only_one(posts: Sequence[Post]) -> Post | None:
    return posts[0] if len({post.thread_id for post in posts}) == 1 else None


def _is_it(post: Post, told: Told) -> bool:
    """Whether a post at the address is the one that comes with a name.

    One that was pasted is, by author or words: an agent may mistype either. One that has another name is by
    both, unless the network itself gave both names.
    """
    if post.external_id == told.address:
        return _is_by(post, told) or post.text_sha256 == told.text_sha256
    is_of_one_network = post.network == told.name.network and post.account_id is not None and told.is_ours
    return _is_by(post, told) and post.text_sha256 == told.text_sha256 and not is_of_one_network


def _is_like(post: Post, told: Told) -> bool:
    return _is_by(post, told) or post.text_sha256 == told.text_sha256


def _is_by(post: Post, told: Told) -> bool:
    return post.author_handle.lower() == told.handle.lower()


def _name(session: Session, post: Post) -> Name:
    return Name(post.network, session.get_one(Thread, post.thread_id).external_id, post.external_id)


def _call(session: Session, post: Post, told: Told) -> None:
    """From now on it is called as its network calls it, with the thread that was called after it."""
    thread, new = session.get_one(Thread, post.thread_id), told.name
    is_called_after_it = (thread.network, thread.external_id) == (post.network, post.external_id)
    post.network, post.external_id = new.network, new.post_id
    if (
        is_called_after_it
        and queries.thread_by_external_id(session, new.network, new.thread_id) is None
        and queries.thread_by_external_id(session, new.network, new.post_id) is None
    ):
        thread.network, thread.external_id = new.network, new.thread_id
        _bring_the_customer(session, thread, told)
    session.add_all((post, thread))
    session.flush()
    names.forget(session)


def _bring_the_customer(session: Session, thread: Thread, told: Told) -> None:
    """The customer goes along, unless they have other conversations or are known on the network already.

    Then they stay two handles, until somebody says that they are one person.
    """
    customer, network = session.get_one(SocialIdentity, thread.identity_id), told.name.network
    known = identities.identity_by_handle(session, customer.brand_id, network, told.handle)
    if known is None and told.author_id:
        known = identities.identity_by_external_id(session, customer.brand_id, network, told.author_id)
    if known is None and not queries.has_other_threads(session, thread):
        customer.network, customer.handle = network, told.handle
    elif known is not customer:
        return
    customer.external_id = customer.external_id or told.author_id or None
    session.add(customer)
