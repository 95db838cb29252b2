"""The sweep by which an outcome goes back to where it was promised. Safe to run twice, and to lose.

1. What is not true any more is taken back, as far as it was not tried: the case lives again, or the
   customer was told otherwise.
2. Each case that ended, whose store can take nothing back any more and whose customer was not told, gets
   its message from the issued promise, in the thread's language: in private, or in public without anything;
   and a note for colleagues where the conversation is also in a care tool.
3. Whose message was sent, is told: `told_at`, and the agent's list is shorter by one.

The act at the counter knows nothing of it: what was not written when we died is written by the next sweep.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlmodel import Session

from bridge import db, outcome_notes
from bridge.channels.abilities import Capabilities, Kind
from bridge.channels.going_out import Purpose
from bridge.channels.registry import channels
from bridge.clock import utc_now
from bridge.errors import Conflict, InvalidInput
from bridge.models.intake import Thread
from bridge.queries import doors, records
from bridge.queries import telling_back as queries
from bridge.queries.telling_back import TOPIC
from bridge.roles import Actor
from bridge.services import closing, outcome_texts, writing
from bridge.services.outcome_texts import OutcomeTexts
from bridge.settings import Settings
from bridge.texts import LOCALES, money
from bridge.vault import Vault
from bridge.ways_back import Sends, Step, WayOut, Which, note_for_colleagues, ways_to_customer

BATCH: Final = 50
SWEEP_SECONDS: Final = 20.0
GRACE: Final = timedelta(seconds=5)
"""A decision may be taken back until the window's last moment; that act has to end before we look."""
NEWS_FOR: Final = timedelta(days=7)
"""An outcome of the week before last is no news: its agent tells it, or nobody does."""

log = structlog.get_logger()


def tell_due(config: Settings, *, clock: Callable[[], datetime] = utc_now) -> Counter[str]:
    """Write what is due and note what was sent. Commits as it goes. Returns how many of each."""
    now, count = clock(), Counter[str]()
    with db.work() as act:
        count["cancelled"] = queries.cancel_stale(act, now)
    count["written"] = _write_due(config, now)
    count["told"] = _note_sent(now)
    return +count


def _write_due(config: Settings, now: datetime) -> int:
    before = now - timedelta(seconds=config.undo_window_seconds) - GRACE
    able = [name for name, channel in channels().items() if _can_tell(channel.capabilities)]
    written, ends = 0, time.monotonic() + SWEEP_SECONDS
    after = (now - NEWS_FOR, UUID(int=0))
    while able and time.monotonic() < ends:
        with db.statement() as connection:
            rows = queries.due(
                connection, since=now - NEWS_FOR, before=before, channels=able, after=after, limit=BATCH
            )
        for row in rows:
            written += _write_one(row, config, now)
        if len(rows) < BATCH:
            break
        after = (rows[-1].ended_at, rows[-1].id)
    return written


def _write_one(due: Any, config: Settings, now: datetime) -> int:
    """Write the messages of one ending, with the case locked. A fault stops no other case."""
    try:
        with db.transaction() as session:
            if not queries.lock_untold(session, due.id, version=due.version):
                return 0
            return _write_messages(session, due, config, now)
    except (InvalidInput, Conflict) as error:
        log.warning("outcome_not_written", escalation_id=str(due.id), error=error.message)
        return 0


@dataclass(frozen=True, slots=True)
class _Ending:
    """One ending with what its messages are made of."""

    due: Any
    row: Any
    outcome: OutcomeTexts
    thread: Thread


def _write_messages(session: Session, due: Any, config: Settings, now: datetime) -> int:
    thread = session.get_one(Thread, due.thread_id)
    with db.statement() as connection:
        row = records.one(connection, due.id, brand_id=due.brand_id, reach=None)
        outcome = outcome_texts.write(
            connection,
            row,
            channel=None,
            locale=_locale(thread.language, row.locale),
            has_private=False,  # the public text goes only where no private one can
            now=now,
        )
    if outcome is None:
        return 0
    ending, ways = _Ending(due, row, outcome, thread), ways_of(session, thread)
    note = note_for_colleagues(ways)
    written = 0 if note is None else _write(session, ending, note, config, now=now)
    for step in ways_to_customer(outcome.ending, ways):
        try:
            return written + _write(session, ending, step, config, now=now)
        except Conflict:
            continue  # its time is over, or the one private answer was given: the next way
    return written


def _write(session: Session, ending: _Ending, step: Step, config: Settings, *, now: datetime) -> int:
    done = writing.write(
        session,
        Actor(kind="clock", id=None, name="the clock", brand_id=ending.due.brand_id),
        ending.thread,
        purpose=Purpose(step.purpose),
        text=_text(step, ending, config),
        dedup_key=dedup_key(ending.due, ending.outcome.ending, step),
        account_id=step.account_id,
        escalation_id=ending.due.id,
        topic=TOPIC,
        waits_for_person=bool(step.waits_because),
        waits_because=step.waits_because,
        vault=Vault(config.encryption_keys),
        now=now,
    )
    return int(done.is_new)


def dedup_key(due: Any, ending: str, step: Step) -> str:
    """One message, and one note, for each ending of a case; another life's ending is another one."""
    whom = "note" if step.which is Which.NOTE else "customer"
    return f"outcome:{due.id}:{ending}:{due.ended_at.isoformat()}:{whom}"


def ways_of(session: Session, thread: Thread) -> list[WayOut]:
    """How an outcome can leave the thread, the door by which the customer spoke last first."""
    ways = []
    for door in doors.doors_of(session, thread.id):
        channel = channels().get(door.channel)
        if channel is None or not door.is_open:
            continue
        can = channel.capabilities
        ways.append(
            WayOut(
                account_id=door.account_id,
                sends=Sends(door.sends_outcomes),
                is_private=thread.visibility == "private",
                public=can.can_reply_public,
                private=can.can_send_private,
                reply=can.one_shot_private_reply,
                note=can.kind is Kind.CARE_TOOL and can.can_write_note,
            )
        )
    return ways


def _can_tell(can: Capabilities) -> bool:
    return can.can_reply_public or can.can_send_private or can.one_shot_private_reply or can.can_write_note


def _locale(language: str, promised_in: str) -> str:
    """The thread's language where we write it, else the one in which the promise was made."""
    short = language.partition("-")[0].lower()
    return short if short in LOCALES else promised_in


def _text(step: Step, ending: _Ending, config: Settings) -> str:
    outcome, row, spoken = ending.outcome, ending.row, ending.due.default_locale
    if step.which is Which.PRIVATE:
        return outcome.texts.private
    if step.which is Which.PUBLIC:
        return outcome.texts.public
    locale = spoken if spoken in LOCALES else "en"
    facts = {
        "number": str(row.number),
        "what": outcome_texts.phrase(row, locale),
        "store": f"{row.store_number} {row.store_name}" if row.store_number else "",
        "given": money(outcome.given_minor, row.currency, locale) if outcome.given_minor else "",
        "reason": outcome.reason,
        "link": f"{config.base_url}/escalations/{row.id}",
    }
    return outcome_notes.note(outcome.ending, facts, locale)


def _note_sent(now: datetime) -> int:
    with db.statement() as connection:
        rows: Sequence[Any] = queries.sent(connection, limit=BATCH)
    told = 0
    for row in rows:
        is_private = row.purpose in {Purpose.PRIVATE_MESSAGE, Purpose.PRIVATE_REPLY}
        post = f"{row.network}:{row.external_id}" if row.external_id and not is_private else None
        with db.act() as act:
            told += closing.note_told(
                act, row.id, channel="private" if is_private else "public", post=post, now=now
            )
    return told
