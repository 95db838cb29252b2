"""What a store's people do in a simulation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from bridge import db
from bridge.decision import Asked, Decided, Refusal
from bridge.idempotency import Replayed
from bridge.lifecycle import Action
from bridge.models.directory import Store
from bridge.reasons import Question, TransferReason
from bridge.services import asking, calendar_changes, counter, decisions, transferring, undoing
from bridge.services.counter import LookedUp, Source
from bridge.simulation.doing import Doing
from bridge.simulation.world import Member, Shop


class StoreDeeds(Doing):
    """Associates and managers."""

    def acknowledge(self, by: Member, case_id: UUID, now: datetime, *, note: str) -> bool:
        """Say that the store is ready."""
        asked = Asked(Action.ACKNOWLEDGE, self._nonce(), escalation_id=case_id, set_aside_note=note)
        return isinstance(self._decide("acknowledge", by, asked, now), Decided)

    def look_up(self, by: Member, code: str, now: datetime) -> LookedUp | None:
        """Check what the customer shows."""

        def look() -> LookedUp:
            with db.statement() as connection:
                return counter.look_up(
                    connection, by.token, text=code, source=Source.SCAN, now=now, settings=self.settings
                )

        return self._tried("look_up", look)

    def decide(self, name: str, by: Member, now: datetime, **asked: Any) -> Decided | Refusal | None:
        """Honour, or decline."""
        return self._decide(name, by, Asked(nonce=self._nonce(), **asked), now)

    def undo(self, by: Member, decision_id: UUID, now: datetime) -> bool:
        """Take a slip of the finger back."""
        done = self._done(
            "undo",
            lambda act: undoing.undo(
                act,
                by.actor,
                decision_id,
                reason_text="wrong case",
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )
        return done is not None

    def annul(self, by: Member, decision_id: UUID, now: datetime) -> bool:
        """Take a mistake back that was found later."""
        done = self._done(
            "annul",
            lambda act: undoing.annul(
                act,
                by.actor,
                decision_id,
                reason_text="wrong case",
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )
        return done is not None

    def ask(self, by: Member, case_id: UUID, now: datetime, *, question: Question, is_live: bool) -> bool:
        """Ask the agent."""
        done = self._done(
            "ask_live" if is_live else "ask",
            lambda act: asking.ask(
                act,
                by.actor,
                case_id,
                question=question,
                text="",
                is_live=is_live,
                once=self._once(),
                now=now,
                settings=self.settings,
            ),
        )
        return done is not None

    def offer(
        self, by: Member, case_id: UUID, to: Shop, now: datetime, *, by_store: bool, reason: TransferReason
    ) -> UUID | None:
        """Offer a case to another store."""
        done = self._done(
            "offer",
            lambda act: transferring.offer(
                act,
                by.actor,
                case_id,
                by_store=by_store,
                to_number=to.number,
                reason=reason,
                note="",
                once=self._once(),
                now=now,
            ),
        )
        return done.subject_id if done else None

    def settle(self, by: Member, transfer_id: UUID, action: Action, now: datetime) -> bool:
        """Accept or refuse what was offered."""
        done = self._done(
            action.value,
            lambda act: transferring.decide(
                act, by.actor, transfer_id, action, note="", once=self._once(), now=now
            ),
        )
        return done is not None

    def withdraw(self, by: Member, transfer_id: UUID, now: datetime) -> bool:
        """Take an offer back."""
        done = self._done(
            "withdraw",
            lambda act: transferring.withdraw(
                act, by.actor, transfer_id, note="", once=self._once(), now=now
            ),
        )
        return done is not None

    def shut(self, by: Member, shop: Shop, now: datetime, until: datetime) -> None:
        """A store shuts without plan."""

        def declare() -> bool:
            with db.transaction() as session:
                store = session.get_one(Store, shop.id)
                calendar_changes.declare_closure(
                    session, store, label="Pipe burst", actor=by.actor, now=now, ends_at=until
                )
            return True

        self._tried("closure", declare)

    def _decide(self, name: str, by: Member, asked: Asked, now: datetime) -> Decided | Refusal | None:
        def judge() -> Decided | Refusal:
            with db.act() as act:
                judged = decisions.decide(
                    act, by.token, asked, once=self._once(), now=now, settings=self.settings
                )
            assert not isinstance(judged, Replayed), "every deed has a key of its own"
            return judged

        done = self._tried(name, judge)
        if isinstance(done, Refusal):
            self.count[name] -= 1
            self.refused[f"{name}: {done.why}"] += 1
        return done
