"""Which of the claimed notices go out now: not into a closed store, and not as a storm.

Called by the sweep inside the transaction of its claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from bridge.calendars import next_open
from bridge.db import Act
from bridge.errors import NeverOpens
from bridge.models.base import new_id
from bridge.notice_wording import TEST_MARK
from bridge.notices import Template
from bridge.queries import notice_queue as queries
from bridge.queries.notice_queue import Claimed, Settled
from bridge.services.calendars import CalendarShelf
from bridge.services.notice_sending import digest_item
from bridge.settings import Settings


@dataclass(frozen=True, slots=True)
class Picked:
    """What is to be sent, the cases that digests tell of, and channel and fate of what was set aside."""

    wanted: list[Claimed]
    told_of: set[UUID]
    set_aside: list[tuple[str, str]]


def pick(
    act: Act, claims: Sequence[Claimed], *, shelf: CalendarShelf, config: Settings, now: datetime
) -> Picked:
    """Put back what would reach a closed store, without counting the attempt; make one digest of a storm.

    "A storm" is more notices for one reader on one channel than `notice_digest_over`. A store that
    waits at the counter, and an administrator's test, are told at any hour and alone.
    """
    set_aside: list[tuple[str, str]] = []
    awake = _postpone(act, claims, shelf, now, set_aside)
    wanted: list[Claimed] = []
    for _, share in groupby(sorted(awake, key=_reader), key=_reader):
        group = list(share)
        storm = [one for one in group if one.template != Template.DIGEST and not _is_at_once(one)]
        if len(storm) <= config.notice_digest_over:
            wanted += group
            continue
        digest = _digest_of(storm, now)
        queries.gather(
            act,
            digest,
            now,
            members=[one.id for one in storm],
            lease_seconds=config.notice_lease_seconds,
        )
        set_aside += [(one.channel, "digested") for one in storm]
        wanted += [digest, *(one for one in group if one not in storm)]
    return Picked(wanted, {UUID(text) for one in wanted for text in _cases_of(one)}, set_aside)


def _postpone(
    act: Act,
    claims: Sequence[Claimed],
    shelf: CalendarShelf,
    now: datetime,
    set_aside: list[tuple[str, str]],
) -> list[Claimed]:
    minding = [one for one in claims if not _is_at_once(one)]
    stores = {one.quiet_store_id for one in minding if one.quiet_store_id}
    units = {one.quiet_unit_id for one in minding if one.quiet_unit_id}
    if stores or units:
        shelf.fill(act, store_ids=stores, unit_ids=units)
    opens = {one.id: _opens(one, shelf, now) for one in minding}
    later = [one for one in minding if opens[one.id] > now]
    queries.settle(act, [Settled(one.id, one.attempt, "queued", opens[one.id]) for one in later], now)
    set_aside += [(one.channel, "postponed") for one in later]
    asleep = {one.id for one in later}
    return [one for one in claims if one.id not in asleep]


def _opens(claim: Claimed, shelf: CalendarShelf, now: datetime) -> datetime:
    if claim.quiet_store_id is not None:
        calendar = shelf.store(claim.quiet_store_id)
    elif claim.quiet_unit_id is not None:
        calendar = shelf.unit(claim.quiet_unit_id)
    else:
        return now
    try:
        return next_open(calendar, now)
    except NeverOpens:
        # Nobody is there to be disturbed, and waiting for a year would hide it.
        return now


def _digest_of(storm: Sequence[Claimed], now: datetime) -> Claimed:
    return replace(
        storm[0],
        id=new_id(),
        template=Template.DIGEST.value,
        facts={"items": [digest_item(one) for one in storm]},
        escalation_id=None,
        number=None,
        store=None,
        stops_on="nothing",
        attempt=1,
        created_at=now,
        perhaps_sent_since=None,
    )


def _is_at_once(claim: Claimed) -> bool:
    is_live = claim.template == Template.QUESTION_ASKED and claim.facts.get("is_live") is True
    return is_live or claim.facts.get(TEST_MARK) is True


def _reader(claim: Claimed) -> tuple[str, str]:
    return claim.channel, str(claim.contact_point_id or claim.person_id)


def _cases_of(claim: Claimed) -> list[str]:
    items = claim.facts.get("items", ()) if claim.template == Template.DIGEST else ()
    return [item["escalation_id"] for item in items if item.get("escalation_id")]
