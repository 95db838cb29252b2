"""One code for each verdict that a code can get at store 10, and two late cases elsewhere.

Each is made as it would come about: promised days ago, seen by the store, given in part, declined,
withdrawn. `/demo/codes` lists them with what one should see; a test checks every one of them.
What the device says alone (no network, locked) has no code.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bridge import codes, db
from bridge.db import Connection
from bridge.demo.past import Past
from bridge.demo.staff import Hands
from bridge.lifecycle import Action
from bridge.promises import (
    DeclineReason,
    Level,
    PriorChannel,
    PromiseLine,
    PromiseType,
    SecondFact,
    StoreScope,
)
from bridge.queries import demo as queries
from bridge.reasons import Question, RevokeReason
from bridge.services import capturing
from bridge.services.issuing import CODE_PLACE, Wanted
from bridge.simulation.deeds import Deeds
from bridge.simulation.world import Member
from bridge.vault import Vault
from bridge.verdicts import Verdict

STORE: Final = "10"
FACT: Final = "417"
SHELF: Final = "Shelf B, left of the till"
UNKNOWN_CODE: Final = codes.grouped("W4RM9HCTK2D" + codes.check_character("W4RM9HCTK2D"))
"""A code as we make them, that nobody ever promised anything with."""

HANDLES: Final = {
    "genuine": "ella_b",
    "no_permission": "marcus.t",
    "check_first": "priya_reads",
    "needs_approval": "joystick_joe",
    "genuine_part_left": "deaf_in_one_ear",
    "genuine_set_aside": "morning_beans",
    "already_used": "typewriter_ty",
    "other_store": "inkblot_annie",
    "not_yet": "toast_of_town",
    "replaced": "late_cyclist",
    "on_hold": "wide_angle_wil",
    "declined_before": "tea_at_four",
    "expired": "snooze_button",
    "withdrawn": "no_signal_nan",
    "locked_code": "strapped_in",
    "late_store": "dust_bunny_ben",
    "late_agent": "one_dead_line",
    "reviewed": "stitch_and_tell",
}
Minutes = float
HOUR: Final = 60.0
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Piece:
    """A verdict, who has to look, and what is presented: the code of a thread, or a text."""

    verdict: Verdict
    viewer: str = "Priya"
    text: str = ""
    first: Verdict | None = None
    """Which other piece to use or to do something with before; the page says what."""
    slip_of: Verdict | None = None
    """Which other piece's code is presented, with one sign wrong."""

    @property
    def thread(self) -> str:
        """The name of the conversation with the promise; empty for a text that is no code of ours."""
        return "" if self.text or self.first else f"demo-{(self.slip_of or self.verdict).value}"


PIECES: Final = (
    Piece(Verdict.GENUINE),
    Piece(Verdict.GENUINE_PART_LEFT),
    Piece(Verdict.GENUINE_SET_ASIDE),
    Piece(Verdict.CHECK_FIRST),
    Piece(Verdict.NEEDS_APPROVAL),
    Piece(Verdict.NO_PERMISSION, viewer="Cory"),
    Piece(Verdict.ALREADY_USED),
    Piece(Verdict.JUST_DONE, first=Verdict.GENUINE),
    Piece(Verdict.OTHER_STORE),
    Piece(Verdict.NOT_YET),
    Piece(Verdict.REPLACED),
    Piece(Verdict.ON_HOLD),
    Piece(Verdict.DECLINED_BEFORE),
    Piece(Verdict.EXPIRED),
    Piece(Verdict.WITHDRAWN),
    Piece(Verdict.LOCKED_CODE),
    Piece(Verdict.UNKNOWN, text=UNKNOWN_CODE),
    Piece(Verdict.TYPO, text=f"{UNKNOWN_CODE[:-1]}{'7' if UNKNOWN_CODE[-1] != '7' else '8'}"),
    Piece(Verdict.NEAR_MISS, slip_of=Verdict.GENUINE_SET_ASIDE),
    Piece(Verdict.TOO_SHORT, text=UNKNOWN_CODE[:9]),
    Piece(Verdict.PRODUCT_CODE, text="012345678905"),
    Piece(Verdict.LOCKED_TRIES, first=Verdict.UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece with the code that is presented, and its case where there is one."""

    piece: Piece
    code: str
    case_id: UUID | None = None


def shown(connection: Connection, vault: Vault) -> list[Shown]:
    """Every piece that is there, in the order of PIECES; a case that nobody made is left out."""
    rows = {
        row.thread: row
        for row in queries.first_codes(connection, [piece.thread for piece in PIECES if piece.thread])
        if row.cipher is not None
    }
    found = []
    for piece in PIECES:
        if not piece.thread:
            found.append(Shown(piece, piece.text))
        elif (row := rows.get(piece.thread)) is not None:
            code = code_of(row.cipher, vault)
            found.append(
                Shown(piece, _slip(code)) if piece.slip_of else Shown(piece, code, row.escalation_id)
            )
    return found


def _slip(code: str) -> str:
    """The code with its third sign wrong."""
    other = codes.ALPHABET[codes.ALPHABET.index(code[2]) - 1]
    return f"{code[:2]}{other}{code[3:]}"


def code_of(cipher: bytes, vault: Vault) -> str:
    """The code as people read it."""
    return codes.grouped(vault.open(bytes(cipher), place=CODE_PLACE).decode())


@dataclass
class Showcase:
    """Plans every piece on the agenda of a past."""

    past: Past
    deeds: Deeds
    hands: Hands
    threads: dict[str, UUID] = field(default_factory=dict)

    def plan(self) -> None:
        """Put every piece on the agenda; nothing happens yet."""
        plain, ready = self._promise, self._ready
        plain("genuine", 20, 1_500, "Phone case")
        plain("no_permission", 18, 1_200, "Charging cable, 1 m")
        plain("check_first", 25, 2_200, "Desk lamp", second_fact=(SecondFact.ORDER_DIGITS, FACT))
        plain("needs_approval", 30, 8_000, "Game console, controller", level=Level.RECOMMEND)
        ready("genuine_part_left", 3 * DAY, 1_500, "Headphones, ear pads", then=(2 * DAY, self._part),
              seen_again=3 * HOUR)  # fmt: skip
        plain("genuine_set_aside", DAY, 3_400, "Coffee grinder", then=(DAY - 2 * HOUR, self._set_aside))
        ready("already_used", DAY, 1_500, "Keyboard, one key missing", then=(2 * HOUR, self._honour))
        plain("other_store", 2 * HOUR, 2_800, "Printer ink", store="40", then=(HOUR, self._seen_by("Mia")))
        starts = self.past.end + timedelta(days=2)
        plain("not_yet", HOUR, 4_500, "Toaster of the new series", valid_from=starts, days=9)
        ready("replaced", 2 * DAY, 1_500, "Bicycle lamp", then=(DAY, self._replace))
        ready("on_hold", 2 * HOUR, 6_000, "Camera strap and bag", then=(9, self._ask))
        advice = Level.RECOMMEND  # a declined one does not go to review, so that the counter sees it
        ready("declined_before", 2 * DAY, 3_900, "Kettle", level=advice, then=(DAY, self._decline))
        ready("expired", 9 * DAY, 2_000, "Alarm clock")
        ready("withdrawn", 2 * DAY, 2_400, "Router", then=(DAY, self._revoke))
        ready("locked_code", HOUR, 2_500, "Watch strap", second_fact=(SecondFact.ORDER_DIGITS, FACT),
              then=(30, self._answer_wrong))  # fmt: skip
        plain("late_store", 4 * DAY, 5_500, "Vacuum cleaner, hose", store="14")
        plain("reviewed", 2 * DAY, 6_400, "Sewing machine, pedal", store="17",
              then=(DAY, self._decline_by("Tyrell Banks")))  # fmt: skip
        plain("late_agent", 3 * DAY, 7_000, "Monitor with a dead line", store="23",
              then=(2 * DAY, self._ask_from("Ben Whitaker")))  # fmt: skip

    # How a piece comes about.

    def _promise(
        self,
        name: str,
        minutes_ago: Minutes,
        amount_minor: int,
        item: str,
        *,
        store: str = STORE,
        level: Level = Level.AUTHORISE,
        second_fact: tuple[SecondFact, str] | None = None,
        valid_from: datetime | None = None,
        days: int | None = None,
        then: tuple[Minutes, "Deed"] | None = None,
        seen: bool = False,
        seen_again: Minutes | None = None,
    ) -> None:
        """Ana promises it then; `then` is what happens later; with `seen` the store looks soon after."""
        at = self._ago(minutes_ago)
        wanted = Wanted(
            thread_id=UUID(int=0),
            lines=[PromiseLine(PromiseType.EXCHANGE, level, item, amount_minor=amount_minor)],
            store_scope=StoreScope.ONE,
            store_number=store,
            second_fact=second_fact,
            valid_from=valid_from,
            valid_until=at + timedelta(days=days) if days else None,
            prior_contacts=[(PriorChannel.PHONE, 2, "nobody answered")],
        )

        def make(now: datetime) -> None:
            thread_id = self._thread(name, item, now - timedelta(minutes=15), now)
            made = self.deeds.promise(self._hand("Ana"), replace(wanted, thread_id=thread_id), now)
            assert made is not None, name
            assert made.code is not None, name
            case = Case(made.id, made.code, thread_id, wanted)
            if seen:
                self.past.agenda.plan(now + timedelta(minutes=12), lambda at: self._seen(case, at))
            if seen_again is not None:
                self.past.agenda.plan(self._ago(seen_again), lambda at: self._seen(case, at))
            if then is not None:
                later, deed = then
                self.past.agenda.plan(self._ago(later), lambda at: deed(case, at))

        self.past.agenda.plan(at, make)

    def _ready(self, name: str, minutes_ago: Minutes, amount_minor: int, item: str, **more: object) -> None:
        """A promise that the store has seen."""
        self._promise(name, minutes_ago, amount_minor, item, seen=True, **more)  # type: ignore[arg-type]

    def _thread(self, name: str, item: str, posted_at: datetime, now: datetime) -> UUID:
        """The customer's post, taken by Ana."""
        ana = self._hand("Ana")
        captured = capturing.Captured(
            network="x",
            external_id=f"demo-{name}",
            handle=HANDLES[name],
            text=f"@NorthlightCare {item}: not what I paid for, and the store says to write to you.",
            posted_at=posted_at,
            addressed_to="NorthlightCare",
        )
        with db.transaction() as session:
            thread_id = capturing.capture(session, ana.actor, captured, now).thread.id
        assert self.deeds.claim(ana, thread_id, now), name
        return thread_id

    def _ago(self, minutes: Minutes) -> datetime:
        return self.past.end - timedelta(minutes=minutes)

    def _hand(self, name: str) -> Member:
        return self.hands[name].member

    # What happens to it.

    def _seen(self, case: "Case", now: datetime) -> None:
        assert self.deeds.acknowledge(self._hand("Cory"), case.id, now, note="")

    def _seen_by(self, name: str) -> "Deed":
        def look(case: Case, now: datetime) -> None:
            assert self.deeds.acknowledge(self._hand(name), case.id, now, note="")

        return look

    def _set_aside(self, case: "Case", now: datetime) -> None:
        assert self.deeds.acknowledge(self._hand("Priya"), case.id, now, note=SHELF)

    def _part(self, case: "Case", now: datetime) -> None:
        self._decide(case, now, action=Action.HONOUR, amount_minor=500, keep_rest=True)

    def _honour(self, case: "Case", now: datetime) -> None:
        self._decide(case, now, action=Action.HONOUR)

    def _decline(self, case: "Case", now: datetime) -> None:
        self._decide(case, now, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)

    def _decline_by(self, name: str) -> "Deed":
        def decline(case: Case, now: datetime) -> None:
            self._decide(case, now, by=name, action=Action.DECLINE, reason=DeclineReason.MANAGER_DISAGREES)

        return decline

    def _answer_wrong(self, case: "Case", now: datetime) -> None:
        for wrong in ("000", "123", "999"):
            self._decide(case, now, action=Action.HONOUR, second_fact=wrong)

    def _decide(self, case: "Case", now: datetime, *, by: str = "Priya", **asked: object) -> None:
        decided = self.deeds.decide("decide", self._hand(by), now, code=case.code, **asked)
        assert decided is not None

    def _ask(self, case: "Case", now: datetime) -> None:
        self._ask_from("Cory")(case, now)

    def _ask_from(self, name: str) -> "Deed":
        def ask(case: Case, now: datetime) -> None:
            assert self.deeds.ask(self._hand(name), case.id, now, question=Question.EQUAL_ITEM, is_live=False)

        return ask

    def _replace(self, case: "Case", now: datetime) -> None:
        ana = self._hand("Ana")
        assert self.deeds.claim(ana, case.thread_id, now)
        line = PromiseLine(
            PromiseType.EXCHANGE, Level.AUTHORISE, "Bicycle lamp, the brighter one", amount_minor=1_800
        )
        wanted = replace(case.wanted, thread_id=case.thread_id, lines=[line])
        made = self.deeds.replace(ana, case.id, wanted, now)
        assert made is not None
        assert made.code is not None
        newer = Case(made.id, made.code, case.thread_id, wanted)
        self.past.agenda.plan(now + timedelta(minutes=25), lambda at: self._seen(newer, at))

    def _revoke(self, case: "Case", now: datetime) -> None:
        assert self.deeds.revoke(self._hand("Kim"), case.id, RevokeReason.ERROR_IN_PROMISE, now)


@dataclass(frozen=True, slots=True)
class Case:
    """A promise of the showcase while it is being played."""

    id: UUID
    code: str
    thread_id: UUID
    wanted: Wanted


Deed = Callable[[Case, datetime], None]
