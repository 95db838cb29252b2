"""A burst of posts, and what came of it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from bridge import db
from bridge.clock import utc_now
from bridge.models import ChannelAccount
from bridge.services import listening
from bridge.settings import settings
from tests.channels.cases.listening import mention
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, read_all

FACTS = """
SELECT 'thread' AS kind, t.external_id AS name, concat_ws('|', t.network, t.permalink, t.visibility, t.mention_type,
       t.triage, t.first_post_at, t.last_post_at, t.addressed_to, t.language, i.external_id, i.handle) AS facts
FROM threads t JOIN social_identities i ON i.id = t.identity_id
UNION ALL
SELECT 'post', p.external_id, concat_ws('|', t.external_id, p.author_handle, p.posted_at, p.text, p.erased_at IS NULL,
       p.edited_at, p.reference, encode(p.text_sha256, 'hex'))
FROM posts p JOIN threads t ON t.id = p.thread_id
UNION ALL
SELECT 'person', concat_ws('|', i.external_id, i.handle), concat_ws('|', i.retired_at IS NULL,
       (SELECT count(*) FROM social_identities o WHERE o.customer_id = i.customer_id))
FROM social_identities i
UNION ALL
SELECT 'door', d.external_id, concat_ws('|', t.external_id, d.last_customer_at, d.state)
FROM thread_doors d JOIN threads t ON t.id = d.thread_id
UNION ALL
SELECT 'deleted', external_id, network FROM deleted_posts
UNION ALL
SELECT 'delivery', delivery_id, concat_ws('|', state, events, kinds, error) FROM inbound_deliveries
ORDER BY 1, 2, 3
"""


def facts() -> list[tuple[str, ...]]:
    """Everything that came of what came in, without the names that differ from run to run."""
    with db.statement() as connection:
        return [tuple(row) for row in connection.execute(FACTS).fetchall()]


def counts() -> dict[str, int]:
    sql = """
        SELECT (SELECT count(*) FROM threads) AS threads, (SELECT count(*) FROM posts) AS posts,
               (SELECT count(*) FROM social_identities) AS people,
               (SELECT count(*) FROM inbound_deliveries WHERE state = 'done') AS read,
               (SELECT count(*) FROM inbound_deliveries WHERE state = 'queued') AS waiting
    """
    with db.statement() as connection:
        return dict(connection.execute(sql).fetchone()._asdict())  # type: ignore[union-attr]


def hear(account_id: UUID, handles: list[str], *, first: int = 0) -> None:
    """One mention of each of these customers, in that order, each a conversation and a delivery of its own."""
    told = [
        mention(
            permalink=f"https://x.com/{handle.strip('!')}/status/{first + number}",
            text=f"complaint {first + number}",
            author={"handle": handle},
        )
        for number, handle in enumerate(handles, 1)
    ]
    names = [f"m-{first + number}" for number in range(len(told))]
    checked = listening.check(told, names=names, config=settings(), now=utc_now())
    with db.statement() as connection:
        listening.keep(connection, account_id, checked, how="intake", config=settings(), now=utc_now())


def one_batch(account: ChannelAccount, authors: Sequence[tuple[str, str]], *, first: int = 0) -> None:
    """A post of each of these authors (id, name), each a conversation of its own, come in side by side."""
    moment = utc_now().replace(microsecond=0) - timedelta(minutes=3)
    for number, (author, name) in enumerate(authors, first):
        told = event(id=f"p{number}", at=moment.isoformat(), author={"id": author, "name": name})
        come_in(account, delivery(told, at=moment), now=moment + timedelta(milliseconds=number))
    read_all()


def people() -> list[tuple[str, ...]]:
    """Who is called how (id and handle; whether it is theirs by now, and how many handles they have)."""
    return [row[1:] for row in facts() if row[0] == "person"]


def customers() -> int:
    with db.statement() as connection:
        return int(connection.execute("SELECT count(*) FROM customers").fetchone()[0])  # type: ignore[index]
