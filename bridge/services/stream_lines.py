"""One line of a stream: opened, read, and opened again as the network asks, in a thread of its own.

What is told is written down as a delivery, and read like any other. Whatever goes wrong ends the line and not
the thread; the searches find what was told meanwhile.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from bridge import db
from bridge.channels import asking_for
from bridge.channels.accounts import Account
from bridge.channels.calling import Answered, Call
from bridge.channels.coming_in import CHANNEL_FAILED, Item
from bridge.channels.guard import Limits
from bridge.channels.lines import Line, open_line
from bridge.channels.streams import Over, Stream, Trouble
from bridge.channels.webhook import Failed
from bridge.clock import utc_now
from bridge.errors import DatabaseUnavailable
from bridge.queries import channel_accounts as queries
from bridge.searches import Search
from bridge.services import receiving
from bridge.settings import Settings

STOOD_SECONDS: Final = 60
"""A line on which something came so long after it was opened was a good one: tries are counted anew."""
AFTER_A_FAULT_SECONDS: Final = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an account is to be told: for whom, by which stream, what is searched for."""

    account: Account
    stream: Stream = field(compare=False)
    searches: Sequence[Search]


@dataclass(frozen=True, slots=True)
class Work:
    """What all lines share."""

    config: Settings
    call: Call
    limits: Limits


class HeldLine:
    """One account's line: opened, read, and opened again as the network asks, until it is closed.

    `wanted` is set by the thread that looks, everything else by the line's own.
    """

    def __init__(self, account_id: UUID, wanted: Wanted, work: Work) -> None:
        self.account_id, self.wanted = account_id, wanted
        self.since: datetime | None = None
        """Since when the line is open; None while it is not."""
        self._work = work
        self._carries: Wanted | None = None
        self._stood_seconds = 0.0
        self._closed = threading.Event()
        self._line: Line | None = None
        self._thread = threading.Thread(target=self._hold, name=f"stream-{account_id}", daemon=True)

    def start(self) -> None:
        """Hold it from now on."""
        self._thread.start()

    def is_for(self, wanted: Wanted | None) -> bool:
        """Whether it is what is wanted, and lives."""
        is_same = wanted is not None and wanted.stream.key == self.wanted.stream.key
        return is_same and self._thread.is_alive()

    def close(self) -> None:
        """Let nothing more come."""
        self._closed.set()
        if (line := self._line) is not None:
            line.close()

    def join(self, seconds: float) -> None:
        """Wait until nobody reads it."""
        self._thread.join(max(seconds, 0))

    def _hold(self) -> None:
        tries = 0
        while not self._closed.is_set():
            try:
                why = self._once()
                tries = 1 if self._stood_seconds >= STOOD_SECONDS else tries + 1
                wait_seconds = self._told(why, tries)
            except Exception:
                log.exception("stream_failed", account_id=str(self.account_id))
                wait_seconds = AFTER_A_FAULT_SECONDS
            self._closed.wait(wait_seconds)

    def _told(self, why: Trouble, tries: int) -> float:
        """Say why there is no line. Returns how long to wait."""
        if self._closed.is_set():
            return 0
        word, wait_seconds = _word(why), self.wanted.stream.wait_seconds(why, tries)
        log.info("stream_ended", account_id=str(self.account_id), error=word, wait_seconds=wait_seconds)
        if self._stood_seconds < STOOD_SECONDS:
            with suppress(DatabaseUnavailable), db.statement() as connection:
                queries.note_trouble(connection, self.account_id, error=f"stream_{word}"[:120], now=utc_now())
        return wait_seconds

    def _once(self) -> Trouble:
        """Open the line and read it to its end. Says how that was."""
        self._stood_seconds = 0
        try:
            return self._tune() or self._read()
        except DatabaseUnavailable:
            return Failed("database_unavailable", 0)  # what was just told is found by the searches
        except Exception:
            log.exception("channel_failed", account_id=str(self.account_id))
            return Failed(CHANNEL_FAILED, 0)
        finally:
            self.since = self._line = None

    def _tune(self) -> Answered | Failed | None:
        """Let the line carry what is wanted now."""
        wanted = self.wanted
        why = wanted.stream.tune(wanted.searches, call=self._work.call)
        if why is None:
            self._carries = wanted
        return why

    def _read(self) -> Trouble:
        if self._closed.is_set():
            return Failed("closed", 0)
        line = open_line(self.wanted.stream.request(), limits=self._work.limits)
        if not isinstance(line, Line):
            return line
        self._line, self.since, opened = line, utc_now(), time.monotonic()
        if self._closed.is_set():
            line.close()
        tuning = _Tuning(opened)
        for text in line:
            wanted = self.wanted
            heard = wanted.stream.heard(text, wanted.searches) if text.strip() else None
            if isinstance(heard, Over):
                return heard
            if heard is not None:
                self._keep(heard)
            self._stood_seconds = time.monotonic() - opened
            if wanted != self._carries and tuning.is_due:
                self._tune_again(tuning)
        return line.ended

    def _tune_again(self, tuning: "_Tuning") -> None:
        """While the line is open, as patiently as it would be opened."""
        why = self._tune()
        if why is None:
            tuning.tries = 0
            return
        tuning.tries += 1
        wait_seconds = self.wanted.stream.wait_seconds(why, tuning.tries)
        tuning.not_before = time.monotonic() + wait_seconds
        log.warning(
            "stream_not_tuned", account_id=str(self.account_id), error=_word(why), wait_seconds=wait_seconds
        )

    def _keep(self, item: Item) -> None:
        with db.statement() as connection:
            receiving.keep(
                connection,
                self.account_id,
                delivery_id=item.delivery_id,
                body=item.body,
                how="poll",
                config=self._work.config,
                now=utc_now(),
            )


@dataclass(slots=True)
class _Tuning:
    """How often an open line could not be changed in a row, and when to try again."""

    not_before: float
    tries: int = 0

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self.not_before


def _word(why: Trouble) -> str:
    return why.error if isinstance(why, Over) else asking_for.trouble(why)
