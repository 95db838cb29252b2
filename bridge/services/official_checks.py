"""The clock of our official accounts: both links looked at, and what looks like them noticed.

Due rows are claimed with a lease and committed; the network is asked outside any transaction, through the
guard; each result is a statement of its own. Safe to run twice.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bridge import db
from bridge.channels.calling import Answered, Call, Request, call
from bridge.channels.guard import Limits
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.look_alikes import alike
from bridge.mutual_links import (
    PAGE_MAX_BYTES,
    Result,
    Said,
    account_question,
    bluesky_says,
    domain_question,
    judged,
    mastodon_says,
    names_account,
    profile_url,
)
from bridge.queries import official as queries
from bridge.services.official import ours_of
from bridge.settings import Settings

CHECK_EVERY: Final = timedelta(hours=24)
TRY_AGAIN_AFTER: Final = timedelta(hours=2)
ACCOUNTS_MAX: Final = 5
"""Each may cost three calls of some seconds; a task has 45."""
LOOK_BACK: Final = timedelta(hours=3)
AUTHORS_MAX: Final = 5000
NOT_FOUND: Final = frozenset({400, 404, 410})

log = structlog.get_logger()


def check_due(
    config: Settings, *, ask: Call | None = None, clock: Callable[[], datetime] = utc_now
) -> Counter[str]:
    """Look at the links of accounts that are due. Commits as it goes; counts results."""
    now, ask = clock(), ask or caller(config)
    with db.work() as act:
        rows = list(queries.claim_checks(act, now, again_at=now + TRY_AGAIN_AFTER, limit=ACCOUNTS_MAX))
    counted: Counter[str] = Counter()
    for row in rows:
        result, reason = look(row, ask)
        done = clock()
        wait = TRY_AGAIN_AFTER if result is Result.UNKNOWN else CHECK_EVERY
        with db.statement() as connection:
            queries.write_check(connection, row, result=result, reason=reason, next_at=done + wait, now=done)
        counted[result.value] += 1
        if result is not Result.BOTH:
            log.info("official_account_checked", handle_id=str(row.id), result=result.value, reason=reason)
    return counted


def caller(config: Settings) -> Call:
    """The way out: guarded, at most a megabyte."""
    limits = Limits(
        allow_private=config.webhook_allow_private_addresses,
        connect_seconds=config.webhook_connect_timeout_seconds,
        read_seconds=config.webhook_read_timeout_seconds,
        response_max_bytes=PAGE_MAX_BYTES,
    )
    return lambda request: call(request, limits=limits)


def look(row: Any, ask: Call) -> tuple[Result, str]:
    """Ask both sides of one account."""
    return judged(_page(row, ask), _account(row, ask), external_id=row.external_id)


def _page(row: Any, ask: Call) -> Said:
    url = profile_url(row.network, row.handle)
    if not row.site_url:
        return Said(links=False, reason="no_page_given")
    if url is None:
        return Said(links=False, reason="no_address_known")
    answer = _get(row.site_url, ask)
    if isinstance(answer, str):
        return Said(links=None, reason=answer)
    links = names_account(answer.body.decode("utf-8", "replace"), url)
    return Said(links, "" if links else "page_without_link")


def _account(row: Any, ask: Call) -> Said:
    question = account_question(row.network, row.handle)
    if question is None:
        return Said(links=False, reason="network_does_not_tell")
    answer = _get(question, ask)
    if answer == "not_found":
        return Said(links=False, reason="account_not_found")
    if isinstance(answer, str):
        return Said(links=None, reason=answer)
    profile = answer.object()
    if row.network == "mastodon":
        return mastodon_says(profile, row.site_url)
    domain = domain_question(row.network, row.handle, row.site_url)
    told = _get(domain, ask) if domain else ""
    did = told.body[:200].decode("utf-8", "replace") if isinstance(told, Answered) else None
    return bluesky_says(profile, row.site_url, domain_did=did)


def _get(url: str, ask: Call) -> Answered | str:
    """The answer if it is a whole good one, else one word for why not."""
    answer = ask(Request("GET", url, headers={"Accept": "text/html, application/json"}))
    if isinstance(answer, Failed):
        return answer.error
    if answer.status_code in NOT_FOUND:
        return "not_found"
    if not answer.is_good:
        return f"status_{answer.status_code}"
    return answer if answer.is_whole else "too_long"


@dataclass(frozen=True, slots=True)
class Noticed:
    """How many authors were looked at, and how many of them look like us."""

    looked_at: int
    alike: int


def notice_look_alikes(*, now: datetime) -> Noticed:
    """Look at everybody who wrote lately, and remember who could be taken for us."""
    found = 0
    with db.statement() as connection:
        authors = queries.authors_since(connection, now - LOOK_BACK, limit=AUTHORS_MAX)
        rows = queries.ours(connection, {one.brand_id for one in authors})
        for author in authors:
            accounts = [ours_of(row) for row in rows if row.brand_id == author.brand_id]
            like = alike(author.handle, accounts, network=author.network, external_id=author.external_id)
            if like is not None:
                queries.note_sighting(connection, author, official_handle_id=like.ours.id, why=like.why.value)
                found += 1
    if found:
        log.info("look_alikes_noticed", looked_at=len(authors), alike=found)
    return Noticed(len(authors), found)
