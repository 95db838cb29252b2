"""A case at its store: seen or not, asked about, offered to another, and the customer at the counter."""

from datetime import datetime, timedelta
from uuid import UUID

from bridge.decision import Decided
from bridge.lifecycle import Action
from bridge.promises import DeclineReason, StoreScope
from bridge.reasons import Question, TransferReason
from bridge.simulation.behaviour import Counter, about, at_the_counter
from bridge.simulation.case import Case
from bridge.simulation.stage import after
from bridge.simulation.world import Member, Shop
from bridge.verdicts import MAY_HONOUR, Verdict

VISITS_MOST = 3
REASONS = (
    DeclineReason.OUT_OF_STOCK,
    DeclineReason.ITEM_DOES_NOT_MATCH,
    DeclineReason.TILL_CANNOT,
    DeclineReason.MANAGER_DISAGREES,
    DeclineReason.DAMAGED_BEYOND_TERMS,
)


class AtTheStore(Case):
    """What a store's people and the customer do."""

    def _expect_store(self, now: datetime) -> None:
        """The store that has it now may get ready, ask, or offer it to another."""
        habits, chance = self._shop.habits, self._chance
        store = self._stage.of_shop(self._shop)
        if chance.random() < habits.acknowledges:
            self._plan(after(store, now, about(chance, habits.usual_minutes)), self._acknowledge)
        if self._wish.scope is StoreScope.ONE and chance.random() < habits.transfers:
            self._plan(after(store, now, about(chance, 2 * habits.usual_minutes)), self._offer)
        if chance.random() < habits.asks:
            self._plan(after(store, now, about(chance, 2 * habits.usual_minutes)), self._ask)

    def _acknowledge(self, now: datetime) -> None:
        if self._shop.anybody is not None:
            note = "on the shelf behind the till" if self._chance.random() < 0.4 else ""
            self._deeds.acknowledge(self._shop.anybody, self._case, now, note=note)

    # Questions and transfers.

    def _ask(self, now: datetime) -> None:
        if self._shop.anybody is None:
            return
        question = self._chance.choice(list(Question))
        if self._deeds.ask(self._shop.anybody, self._case, now, question=question, is_live=False):
            self._expect_answer(now, live=False)

    def _expect_answer(self, now: datetime, *, live: bool) -> None:
        if live:
            if self._chance.random() < 0.7:
                self._plan(now + timedelta(minutes=self._chance.uniform(1, 12)), self._answer)
        elif self._chance.random() < 0.9:
            self._plan(after(self._stage.of_care(), now, about(self._chance, 45)), self._answer)

    def _answer(self, now: datetime) -> None:
        until = None
        if self._chance.random() < 0.1:
            until = self._deeds.status(self._case).valid_until + timedelta(days=2)
        if self._deeds.answer(self._agent, self._case, now, until=until) and until:
            self._plan(until + timedelta(hours=1), self._look_whether_it_ended)

    def _offer(self, now: datetime) -> None:
        if self._shop.manager is not None:
            self._offer_by(self._shop.manager, now, by_store=True)

    def _offer_from_care(self, now: datetime) -> None:
        self._offer_by(self._agent, now, by_store=False)

    def _offer_by(self, member: Member, now: datetime, *, by_store: bool) -> None:
        others = [
            shop for shop in self._stage.world.of_district[self._shop.district_id] if shop is not self._shop
        ]
        if not others:
            return
        to, chance = self._chance.choice(others), self._chance
        transfer_id = self._deeds.offer(
            member, self._case, to, now, by_store=by_store, reason=chance.choice(list(TransferReason))
        )
        if transfer_id is None:
            return
        what, theirs = chance.random(), self._stage.of_shop(to)
        at = after(theirs, now, about(chance, to.habits.usual_minutes))
        if what < 0.08:
            self._plan(now + about(chance, 60), lambda at: self._deeds.withdraw(member, transfer_id, at))
        elif to.manager is not None and chance.random() < to.habits.acknowledges:
            manager = to.manager
            if what < 0.8:
                self._plan(at, lambda at: self._accept(to, manager, transfer_id, at))
            else:
                self._plan(
                    at, lambda at: self._deeds.settle(manager, transfer_id, Action.REFUSE_TRANSFER, at)
                )

    def _accept(self, to: Shop, manager: Member, transfer_id: UUID, now: datetime) -> None:
        if self._deeds.settle(manager, transfer_id, Action.ACCEPT_TRANSFER, now):
            self._shop = to
            self._expect_store(now)

    # The customer at the counter.

    def _visit(self, now: datetime) -> None:
        shop, chance = self._shop, self._chance
        self._visits += 1
        if shop.anybody is None:
            self._come_again(now)
            return
        if chance.random() < 0.03:
            self._deeds.look_up(shop.anybody, "AAAA-BBBB-CCCC", now)
        seen = self._deeds.look_up(shop.anybody, self._code, now)
        if seen is None or seen.verdict in {Verdict.OTHER_STORE, Verdict.ON_HOLD, Verdict.NOT_YET}:
            self._come_again(now)
        elif shop.manager is not None and seen.verdict in {
            *MAY_HONOUR,
            Verdict.NEEDS_APPROVAL,
            Verdict.NO_PERMISSION,
        }:
            self._plan(now + timedelta(minutes=chance.uniform(1, 40)), self._decide)

    def _come_again(self, now: datetime) -> None:
        if self._visits < VISITS_MOST:
            store = self._stage.of_shop(self._shop)
            tomorrow = now + timedelta(hours=self._chance.uniform(2, 30))
            self._plan(after(store, tomorrow, timedelta(minutes=5)), self._visit)

    def _decide(self, now: datetime) -> None:
        manager = self._shop.manager
        assert manager is not None
        what = at_the_counter(self._chance, self._shop.habits)
        if what is Counter.SEND_AWAY:
            self._come_again(now)
        elif what is Counter.ASK_LIVE:
            if self._deeds.ask(manager, self._case, now, question=Question.WHO_PAYS, is_live=True):
                self._expect_answer(now, live=True)
                self._plan(now + timedelta(minutes=14), self._honour)
        elif what is Counter.DECLINE:
            self._decline(manager, now)
        elif what is Counter.HONOUR:
            self._honour(now)
        else:
            self._honour_part(manager, now, keep_rest=what is Counter.PART_KEEP)

    def _honour(self, now: datetime) -> None:
        manager = self._shop.manager
        assert manager is not None
        done = self._deeds.decide("honour", manager, now, action=Action.HONOUR, code=self._code)
        if not isinstance(done, Decided) or done.decision_id is None:
            if self._deeds.status(self._case).status in {"issued", "acknowledged", "awaiting_agent"}:
                self._come_again(now)
            return
        self._perhaps_take_back(manager, done.decision_id, now)
        self._ended(now)

    def _honour_part(self, manager: Member, now: datetime, *, keep_rest: bool) -> None:
        rest = self._deeds.status(self._case).remaining_minor
        if rest < 2:
            self._honour(now)
            return
        done = self._deeds.decide(
            "honour_part",
            manager,
            now,
            action=Action.HONOUR,
            code=self._code,
            amount_minor=rest // 2,
            keep_rest=keep_rest,
        )
        if isinstance(done, Decided):
            self._ended(now)
            if keep_rest:
                self._come_again(now)

    def _decline(self, manager: Member, now: datetime) -> None:
        reason = self._chance.choices(REASONS, (6, 2, 2, 1, 1))[0]
        done = self._deeds.decide(
            "decline", manager, now, action=Action.DECLINE, code=self._code, reason=reason
        )
        if not isinstance(done, Decided) or done.decision_id is None:
            return
        self._perhaps_take_back(manager, done.decision_id, now)
        self._ended(now)
        if self._wish.appeals:
            self._plan(now + about(self._chance, 2_000), self._appeal)

    def _perhaps_take_back(self, manager: Member, decision_id: UUID, now: datetime) -> None:
        what = self._chance.random()
        if what < 0.02:
            self._plan(
                now + timedelta(seconds=self._chance.randrange(5, 59)),
                lambda at: self._undo(manager, decision_id, at),
            )
        elif what < 0.025:
            self._plan(
                now + timedelta(hours=self._chance.uniform(0.5, 20)),
                lambda at: self._annul(manager, decision_id, at),
            )

    def _undo(self, manager: Member, decision_id: UUID, now: datetime) -> None:
        if self._deeds.undo(manager, decision_id, now):
            self._plan(now + timedelta(minutes=3), self._honour)

    def _annul(self, manager: Member, decision_id: UUID, now: datetime) -> None:
        if self._deeds.annul(manager, decision_id, now):
            self._come_again(now)
