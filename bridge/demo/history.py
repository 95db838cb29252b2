"""Twelve weeks of the made-up retailer's life, so that no chart is empty: one case after the other.

Each case is a life of `bridge/simulation` at the demo's own stores, played from its first post to its
end before the next one begins. So the writing can be stopped at any moment and goes on where it was,
and the real clock has its turn between two cases (`bridge/services/turns.py`). The sealer waits until
the end; what it has sealed gets no older past.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from sqlmodel import select

from bridge import db
from bridge.causes import LEVELS, starting
from bridge.demo.past import Past
from bridge.demo.seed import HANDLE, OPENED_AGO
from bridge.demo.staff import Hands, at_work
from bridge.lifecycle import Status
from bridge.models import Brand, OrgUnit, Store
from bridge.queries import demo as queries
from bridge.queries import turns as seals
from bridge.reasons import EntryReason
from bridge.reviewing import Finding, allowed_findings
from bridge.roles import Role
from bridge.services import turns
from bridge.services.issuing import Wanted
from bridge.settings import Settings
from bridge.simulation.behaviour import Diligence, Habits, moment_of_posting
from bridge.simulation.deeds import Deeds
from bridge.simulation.life import Life
from bridge.simulation.stage import Stage
from bridge.simulation.world import Member, Shop, World

CASES: Final = 320
DAYS: Final = 84
THREADS: Final = "history-"
"""How the conversations of the history are named; they are counted to know where to go on."""
YOUNGEST: Final = timedelta(days=2)
SPARED: Final = {"10": 12, "12": 20}
"""Stores whose inbox the tour needs empty: no case of the history in their last so many days."""
BUSY: Final = frozenset({"10", "12", "15", "23", "31", "34", "40", "45"})
SILENT: Final = frozenset({"28", "31", "48"})
DECLINING: Final = frozenset({"36", "45"})
SEEN_AFTER: Final = timedelta(days=2)
LOOKS_OF_HEADQUARTERS: Final = (timedelta(days=4), timedelta(days=9), timedelta(days=13))
OVERTURNS: Final = 0.25
COMES: Final = 0.93
NETWORKS: Final = ("x", "x", "x", "bluesky", "facebook", "instagram")

COMPLAINTS: Final = (
    ("Headphones", "The left side went silent after a week, and the store wants the box."),
    ("Coffee machine", "It leaks since day one. The store says to write to you."),
    ("Robot vacuum", "It only turns in circles. Third visit, third answer."),
    ("Tablet", "A line across the screen. I was told that only care can decide."),
    ("Gift card", "It says empty, and I never used it."),
    ("Game controller", "It drifts. The counter would swap it if you said so."),
    ("Air fryer", "The basket was missing. Can the store just give me one?"),
    ("Office chair", "Grey ordered, green delivered. I can bring it in."),
    ("Smart watch", "It stopped counting steps. No receipt, it was a present."),
    ("Washing machine hose", "It was promised last Friday. Nobody called."),
    ("Camera lens", "A scratch right out of the box."),
    ("Power bank", "Dead on arrival, the second one in a row."),
)
FIRST_NAMES: Final = ("ada", "ben", "caro", "dev", "eli", "fay", "gus", "hal", "ivo", "jen", "kai", "liv")
LAST_NAMES: Final = ("park", "rowe", "stone", "vale", "wood", "moss", "lake", "hart", "finch", "glen")


@dataclass(frozen=True, slots=True)
class Progress:
    """How many cases there are, and how many there will be."""

    done: int
    all: int


def progress() -> Progress:
    """How far the history is."""
    with db.statement() as connection:
        return Progress(queries.threads_named(connection, THREADS), CASES)


def is_to_come() -> bool:
    """Whether some of the history is missing that may still be written: nothing was sealed before."""
    how_far = progress()
    if how_far.done >= how_far.all:
        return False
    with db.statement() as connection:
        return not seals.is_sealed(connection)


def write(
    *, now: datetime, settings: Settings, cases: int = CASES, told: Callable[[int], None] = lambda _done: None
) -> int:
    """Write what is missing of the history; commits after every deed. Returns how many cases were added.

    None are when the sealer was here before. `told` hears a number first when the sealer is kept away.
    """
    done = progress().done
    if done >= cases:
        return 0
    with turns.unsealed() as free:
        if not free:
            return 0
        told(done)
        return _write(done, cases, now=now, settings=settings, told=told)


def _write(done: int, cases: int, *, now: datetime, settings: Settings, told: Callable[[int], None]) -> int:
    with db.transaction() as session:
        brand = session.exec(select(Brand)).one()
    end = brand.created_at + OPENED_AGO
    with at_work(brand.id, now=now, settings=settings) as hands:
        deeds = Deeds(settings, handle=HANDLE, threads=THREADS, run=f"{secrets.token_hex(6)}-")
        past = Past(settings, end)
        stage = Stage(_world(brand, hands), deeds, past.agenda, _causes())
        with past.ids():
            for number in range(done, cases):
                with turns.past():
                    _live(stage, past, number)
                with db.statement() as connection:
                    queries.seen_before(connection, end - SEEN_AFTER)
                told(number + 1)
    return cases - done


def _live(stage: Stage, past: Past, number: int) -> None:
    """One case; the same number gives the same life."""
    chance = Random(f"history {number}")
    age = timedelta(days=DAYS) - moment_of_posting(chance, days=DAYS)
    posted_at = past.end - max(age, YOUNGEST)
    shop = _shop(stage.world.shops, chance, age)
    stage.deeds.network = chance.choice(NETWORKS)
    name = f"{chance.choice(FIRST_NAMES)}_{chance.choice(LAST_NAMES)}_{number:03}"
    life = Remembered(stage, name, chance, shop)
    past.agenda.plan(posted_at, life.post)
    for later in LOOKS_OF_HEADQUARTERS:
        past.agenda.plan(posted_at + later, life.judge)
    past.play()
    # What was planned beyond the end does not happen: the case lives on without it.
    past.agenda.clear()


def _shop(shops: list[Shop], chance: Random, age: timedelta) -> Shop:
    weights = [6 if shop.number in BUSY else 1 for shop in shops]
    while True:
        shop = chance.choices(shops, weights)[0]
        if age.days >= SPARED.get(shop.number, 0):
            return shop


class Remembered(Life):
    """A life with a thing to complain about, which headquarters look at when it comes to them."""

    comes_within_minutes = 700.0

    def __init__(self, stage: Stage, name: str, chance: Random, shop: Shop) -> None:
        super().__init__(stage, name, chance, shop)
        self._item, self.first_words = chance.choice(COMPLAINTS)
        self._wish = replace(self._wish, comes=chance.random() < COMES)

    def _wanted(self, now: datetime) -> Wanted:
        wanted = super()._wanted(now)
        return replace(wanted, lines=[replace(line, item=self._item) for line in wanted.lines])

    def judge(self, now: datetime) -> None:
        """Close what headquarters have of this case."""
        world, deeds = self._stage.world, self._deeds
        for row in deeds.open_reviews(world.brand_id, 200):
            if row.escalation_id != self._id:
                continue
            allowed = allowed_findings(EntryReason(row.entry_reason), Status(row.status))
            if not allowed:
                continue
            overturn = Finding.OVERTURNED in allowed and self._chance.random() < OVERTURNS
            finding = Finding.OVERTURNED if overturn else allowed[0]
            cause = self._chance.choice(self._stage.causes)
            found = deeds.find(world.reviewers[0], row.id, finding, cause, now)
            if found is not None and found.code is not None:
                self._issued(found.code, now)


def _causes() -> list[str]:
    return [cause.code for cause in starting().all.values() if cause.level == LEVELS]


def _world(brand: Brand, hands: Hands) -> World:
    """The demo's retailer as a simulation sees it."""
    with db.transaction() as session:
        stores = session.exec(select(Store).where(Store.brand_id == brand.id).order_by(Store.number)).all()
        units = session.exec(select(OrgUnit).where(OrgUnit.brand_id == brand.id)).all()
    kinds = {unit.kind: unit.id for unit in units}
    return World(
        brand_id=brand.id,
        care_id=kinds["care_team"],
        hq_id=kinds["hq"],
        shops=[
            _shop_of(store, hands)
            for store in sorted(stores, key=lambda one: one.number)
            if store.has_counter
        ],
        agents=[hands["Ana"].member, hands["Dana"].member],
        leads=[hands["Kim"].member],
        reviewers=[hands["Hana"].member],
    )


def _shop_of(store: Store, hands: Hands) -> Shop:
    manager = _who(hands, store.id, Role.STORE_MANAGER)
    return Shop(
        id=store.id,
        number=store.number,
        unit_id=store.org_unit_id,
        district_id=store.unit_path[1],
        habits=_habits(store.number),
        manager=manager,
        associate=_who(hands, store.id, Role.STORE_ASSOCIATE),
    )


def _who(hands: Hands, store_id: UUID, role: Role) -> Member | None:
    return next(
        (hand.member for hand in hands.values() if hand.store_id == store_id and hand.role is role), None
    )


def _habits(number: str) -> Habits:
    """Most stores are prompt; some never look before the customer comes, some decline a lot."""
    chance = Random(f"habits {number}")
    silent = number in SILENT
    return Habits(
        diligence=Diligence.SILENT if silent else Diligence.PROMPT,
        acknowledges=0.05 if silent else 0.97,
        usual_minutes=600.0 if silent else chance.uniform(8, 25),
        declines=0.4 if number in DECLINING else chance.choice((0.04, 0.08, 0.12)),
        asks=chance.choice((0.02, 0.06)),
        transfers=0.02,
        has_associate=False,
    )
