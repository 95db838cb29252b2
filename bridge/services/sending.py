"""The sweep that sends what we say. Called by a task every few seconds; safe to run twice.

1. Claim what is due at accounts that work, with a lease, and COMMIT.
2. Outside any transaction, one thread for each account: what may have been sent already is looked for
   first, and only what is certainly not there is sent. A dead token is refreshed once.
3. Settle each at once: state, attempt, and the brand's post in the thread, in one transaction.

The network's window is asked once more before each try: a message that waited too long goes back to
waiting for a named person, or fails and says why. Nothing here ever releases one.

A crash between 2 and 3 leaves a message `sending`; when its lease ends it is looked for like any other
whose try had no clear end. After a 429 or a dead token the rest of that account waits unharmed.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Final

import structlog

from bridge import codes, db, windows
from bridge.channels.abilities import Idempotency
from bridge.channels.accounts import NotNow
from bridge.channels.calling import Call
from bridge.channels.going_out import Message, Purpose, Result, Told
from bridge.channels.registry import channel as channel_named
from bridge.channels.registry import channels
from bridge.clock import utc_now
from bridge.logs import redact
from bridge.models.base import new_id
from bridge.queries import channel_accounts as account_queries
from bridge.queries import channel_messages as queries
from bridge.queries.channel_messages import ClaimedMessage
from bridge.sending import after
from bridge.services import channel_accounts
from bridge.services.channel_accounts import Opened
from bridge.services.writing import TEXT_PLACE
from bridge.settings import Settings
from bridge.vault import Vault
from bridge.windows import Way, Window

BATCH_MAX: Final = 40
THREADS: Final = 8
LEASE_SECONDS: Final = 120
EXCERPT_MAX: Final = 300
PAUSE_SECONDS: Final = 60
PAUSE_MAX_SECONDS: Final = 24 * 3600
TOO_MUCH: Final = frozenset({429, 503})
# A look that failed in any of these ways tells nothing about the try before it.
_SAYS_NOTHING: Final = frozenset({Result.RETRY, Result.FINAL, Result.HAND_OFF})

log = structlog.get_logger()


def send_due(
    config: Settings, *, clock: Callable[[], datetime] = utc_now, call: Call | None = None
) -> Counter[str]:
    """Send one batch of what is due. Commits as it goes. Returns how many came to which state."""
    now, vault = clock(), Vault(config.encryption_keys)
    with db.work() as act:
        queries.expire_waiting(act, now)
        claimed = queries.claim(
            act,
            now,
            channels=channels(),
            limit=BATCH_MAX,
            lease_until=now + timedelta(seconds=LEASE_SECONDS),
        )
    count: Counter[str] = Counter()
    if not claimed:
        return count
    with db.statement() as connection:
        accounts = channel_accounts.opened(
            connection, {one.account_id for one in claimed}, vault=vault, now=now
        )
    claimed.sort(key=lambda one: (one.account_id, one.row.created_at, one.id))
    ask = call or channel_accounts.caller(config)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="send") as threads:
        turns = [
            threads.submit(_Turn(accounts[account_id], ask, vault, clock).run, list(share))
            for account_id, share in groupby(claimed, key=lambda one: one.account_id)
        ]
        for turn in turns:
            count.update(turn.result())
    return count


@dataclass
class _Turn:
    """One account's share of a sweep. `opened` changes when its token is refreshed on the way."""

    opened: Opened
    call: Call
    vault: Vault
    clock: Callable[[], datetime]

    def __post_init__(self) -> None:
        self.channel = channel_named(self.opened.account.channel)

    def run(self, share: Sequence[ClaimedMessage]) -> Counter[str]:
        """Send everything, in the order in which it was written."""
        count: Counter[str] = Counter()
        stopped = False
        for one in share:
            if stopped:
                _put_back(one, self.clock())
                count["put_back"] += 1
                continue
            told = self._send(one)
            count[self._hold(one, told) if told.result is Result.TOO_LATE else self._settle(one, told)] += 1
            stopped = _stops_the_turn(told)
        return count

    def _send(self, one: ClaimedMessage) -> Told:
        """Look first where it may have happened; refresh a dead token once."""
        is_look, message = one.may_have_been_sent, _message(one, self.vault)
        told = self._attempt(one, message, is_look=is_look)
        if told.result is Result.SIGNED_OUT:
            try:
                refreshed = channel_accounts.refresh(
                    self.opened, call=self.call, vault=self.vault, now=self.clock()
                )
            except NotNow as not_now:
                return _later(not_now, is_look=is_look)
            if refreshed is None:
                return told
            self.opened = refreshed
            told = self._attempt(one, message, is_look=is_look)
        if told.result is Result.NOT_THERE:
            told = self._attempt(one, message, is_look=False)
        return told

    def _attempt(self, one: ClaimedMessage, message: Message, *, is_look: bool) -> Told:
        """One call, written down. A channel that fails in itself leaves the message unclear, never lost.

        No try is made when the network's window is over and nobody released the message.
        """
        started_at = self.clock()
        if not is_look:
            window = self._window(one, started_at)
            if window.way is Way.CLOSED or (window.way is Way.PERSON and one.row.released_by is None):
                return Told(result=Result.TOO_LATE, error=window.why)
            message = replace(message, is_late=window.way is Way.PERSON)
        ask = self.channel.find if is_look else self.channel.send
        try:
            told = ask(self.opened.account, message, call=self.call)
        except Exception as error:
            log.exception("channel_failed", channel=self.opened.account.channel, message_id=str(one.id))
            told = Told(result=Result.UNKNOWN, error=type(error).__name__)
        if is_look and told.result in _SAYS_NOTHING:
            told = replace(told, result=Result.UNKNOWN)
        with db.work() as act:
            queries.note_attempt(
                act,
                {
                    "id": one.id,
                    "is_look": is_look,
                    "started_at": started_at,
                    "result": told.result.value,
                    "status_code": told.status_code,
                    "error": told.error[:120],
                    "excerpt": redact(told.excerpt)[:EXCERPT_MAX],
                },
            )
        return told

    def _window(self, one: ClaimedMessage, now: datetime) -> Window:
        can_do = self.channel.capabilities
        if one.row.purpose == Purpose.PRIVATE_MESSAGE:
            return windows.for_message(
                now,
                last_private_at=one.row.last_private_at,
                free_hours=can_do.private_window_hours,
                person_hours=can_do.human_window_hours,
            )
        if one.row.purpose == Purpose.PRIVATE_REPLY and one.row.posted_at is not None:
            return windows.for_reply(now, posted_at=one.row.posted_at, hours=can_do.private_reply_hours)
        return Window(Way.FREE)

    def _hold(self, one: ClaimedMessage, told: Told) -> str:
        """The window is over, by our clock or by the network's word: a person decides, or it fails."""
        now, can_do = self.clock(), self.channel.capabilities
        was_tried = told.status_code is not None
        window = self._window(one, now)
        if was_tried:
            window = windows.after_refusal(
                now,
                was_late=window.way is not Way.FREE,
                last_private_at=one.row.last_private_at,
                person_hours=can_do.human_window_hours,
            )
        until = window.until if window.way is Way.PERSON else None
        with db.work() as act:
            queries.hold(
                act,
                one,
                was_tried=was_tried,
                release_until=until,
                error=window.why or told.error,
                now=now,
            )
        state = "failed_final" if until is None else "waiting"
        log.info("message_held", message_id=str(one.id), state=state, error=window.why)
        return state

    def _settle(self, one: ClaimedMessage, told: Told) -> str:
        now, can_do = self.clock(), self.channel.capabilities
        following = after(
            told.result.value,
            attempts=one.attempts,
            looks=one.looks,
            can_look=can_do.can_read_back or can_do.idempotency is not Idempotency.NONE,
            now=now,
            jitter=random.random(),
            retry_after_seconds=told.retry_after_seconds,
        )
        with db.work() as act:
            ours = queries.settle(
                act,
                one,
                state=following.state,
                next_at=following.at,
                now=now,
                error=told.error,
                external_id=told.external_id,
                permalink=told.permalink,
                visibility=told.visibility,
                hand_off_url=told.hand_off_url,
            )
            if ours and following.state == "sent" and one.row.purpose != Purpose.NOTE:
                self._say(act, one, told, now)
                self._meet(act, one, told, now)
        if _stops_the_turn(told):
            self._stop_account(told, now)
        log.info(
            "message_settled",
            message_id=str(one.id),
            channel=self.opened.account.channel,
            state=following.state,
            error=told.error,
            attempt=one.attempts,
        )
        return following.state

    def _say(self, act: db.Act, one: ClaimedMessage, told: Told, now: datetime) -> None:
        """Show it in the thread; a code is masked there, because posts are stored as they read."""
        text = codes.mask(self.vault.open(bytes(one.row.text_cipher), place=TEXT_PLACE).decode())
        account = self.opened.account
        queries.say_in_thread(
            act,
            {
                "post_id": new_id(),
                "thread_id": one.thread_id,
                "account_id": one.account_id,
                "external_id": (told.external_id or f"message-{one.id}")[:120],
                "handle": account.handle or account.channel,
                "text": text,
                "text_sha256": sha256(text.encode()).digest(),
                "person_id": one.row.created_by,
                "now": now,
            },
        )

    def _meet(self, act: db.Act, one: ClaimedMessage, told: Told, now: datetime) -> None:
        """Who answers the private words under another name is the same customer."""
        who = told.recipient
        if who is not None and who.external_id != one.row.to_external_id:
            names = {"handle": (who.handle or who.external_id)[:80], "external_id": who.external_id[:80]}
            queries.also_called(act, {"id": new_id(), "thread_id": one.thread_id, "now": now, **names})

    def _stop_account(self, told: Told, now: datetime) -> None:
        is_dead = told.result is Result.SIGNED_OUT
        seconds = told.pause_seconds or told.retry_after_seconds or PAUSE_SECONDS
        wait = timedelta(seconds=min(seconds, PAUSE_MAX_SECONDS))
        with db.statement() as connection:
            account_queries.note_trouble(
                connection,
                self.opened.account.id,
                error="signed_out" if is_dead else told.error or "near_limit",
                now=now,
                paused_until=None if is_dead else now + wait,
                token_state="signed_out" if is_dead else None,
            )


def _later(not_now: NotNow, *, is_look: bool) -> Told:
    """The dead token could not be replaced just now: nothing was sent, and nobody has to sign in."""
    return Told(
        result=Result.UNKNOWN if is_look else Result.RETRY,
        error=f"refresh_{not_now.reason}",
        status_code=not_now.status_code,
        retry_after_seconds=not_now.retry_after_seconds,
    )


def _stops_the_turn(told: Told) -> bool:
    """Whether whatever follows through this account would be answered alike."""
    return told.pause_seconds is not None or told.status_code in TOO_MUCH or told.result is Result.SIGNED_OUT


def _put_back(one: ClaimedMessage, now: datetime) -> None:
    """Nothing was tried: the message is what it was."""
    with db.work() as act:
        queries.put_back(act, one, now=now)


def _message(one: ClaimedMessage, vault: Vault) -> Message:
    row = one.row
    return Message(
        id=one.id,
        purpose=Purpose(row.purpose),
        text=vault.open(bytes(row.text_cipher), place=TEXT_PLACE).decode(),
        thread_id=row.thread_external_id,
        reply_to=row.post_external_id or "",
        reference=row.reference or {},
        door=row.door or "",
        to_external_id=row.to_external_id or "",
        to_handle=row.to_handle,
        language=row.language,
        since=row.first_tried_at,
        released_by=row.released_by_name or "",
    )
