"""The made-up retailer: everything is there, each code gets its verdict, and a second time it is the same."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlmodel import col, func, select

from bridge import codes, db
from bridge.cli.demo import demo_group
from bridge.clock import utc_now
from bridge.demo import history, seed, showcase, staff
from bridge.demo.showcase import PIECES, Shown
from bridge.models import Brand, OrgUnit, Outcome, Person, Post, Store, Thread, WebhookEndpoint
from bridge.queries.verdict import RULES
from bridge.services import counter, promise_templates, soundness
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.cast import vault
from tests.conftest import Servers
from tests.emptying import empty

NEVER_LOOKED_UP = {Verdict.TYPO, Verdict.PRODUCT_CODE, Verdict.TOO_SHORT}


@pytest.fixture(scope="module")
def another(environment: Servers) -> dict[str, object]:
    """The shape of a demo that was made on some other day."""
    empty(environment.database_url)
    seed.seed(now=datetime(2027, 3, 14, 15, 9, tzinfo=UTC), settings=settings())
    return shape()


@pytest.fixture(scope="module")
def made(another: dict[str, object], environment: Servers) -> Iterator[tuple[datetime, int]]:
    """When the demo was made, and how many sessions it left open, before any test opened its own."""
    empty(environment.database_url)
    now = utc_now()
    seed.seed(now=now, settings=settings())
    with db.statement() as connection:
        left = connection.execute(
            "SELECT count(*) AS n FROM credentials WHERE revoked_at IS NULL OR last_seen_at > %(now)s",
            {"now": now},
        ).fetchone()
    assert left is not None
    yield now, left.n
    empty(environment.database_url)


@pytest.fixture(scope="module")
def seeded(made: tuple[datetime, int]) -> datetime:
    """The demo as `bridge demo seed` leaves it."""
    return made[0]


@dataclass(frozen=True)
class Written:
    """How many cases each of three turns added to the history, and a receiver that was added before them."""

    turns: tuple[int, int, int]
    receiver: UUID


@pytest.fixture(scope="module")
def written(seeded: datetime) -> Written:
    """Nine cases of the history, stopped after six."""
    with db.transaction() as session:
        brand = session.exec(select(Brand)).one()
        one = WebhookEndpoint(brand_id=brand.id, url="https://hooks.example.com/in", topics=["*"])
        session.add(one)
    first, nothing, rest = (
        history.write(now=utc_now(), settings=settings(), cases=cases) for cases in (6, 6, 9)
    )
    return Written((first, nothing, rest), one.id)


def shape() -> dict[str, object]:
    """What is there, without ids, codes and moments."""
    with db.transaction() as session:
        return {
            "stores": sorted(session.exec(select(Store.number))),
            "people": sorted(session.exec(select(Person.display_name))),
            "threads": sorted(session.exec(_essential(select(Thread.external_id)))),
            "posts": session.exec(_essential(select(func.count()).select_from(Post).join(Thread))).one(),
            "cases": _cases(),
        }


def _essential(query: Any) -> Any:
    """Without the history."""
    return query.where(col(Thread.external_id).not_like("history-%"))


def _cases() -> list[tuple[int, str, str]]:
    with db.statement() as connection:
        rows = connection.execute(
            "SELECT e.number, e.status, t.external_id FROM escalations e JOIN threads t ON t.id = e.thread_id "
            "WHERE t.external_id NOT LIKE 'history-%%' ORDER BY e.number"
        ).fetchall()
    return [(row.number, row.status, row.external_id) for row in rows]


def listed() -> list[Shown]:
    with db.statement() as connection:
        return showcase.shown(connection, vault())


def test_everything_is_there(seeded: datetime) -> None:
    with db.transaction() as session:
        stores = session.exec(select(Store)).all()
        threads = session.exec(
            _essential(select(Thread)).where(col(Thread.external_id).not_in(_pieces()))
        ).all()
        districts = session.exec(select(OrgUnit.name).where(OrgUnit.kind == "district")).all()

    assert len(stores) == 40
    assert sorted(districts) == ["AZ", "CA", "MN", "NY"]
    assert sum("Hablamos Español" in store.services for store in stores) == 3
    assert max(Counter(store.name for store in stores if not store.has_counter).values()) == 2
    assert len(threads) == 60
    assert {thread.language for thread in threads} == {"en", "es", "fr"}
    assert sum(thread.mention_type == "untagged" for thread in threads) == 20
    assert all(thread.matched_on for thread in threads if thread.mention_type == "untagged")


def test_an_agent_can_begin_with_a_template(seeded: datetime) -> None:
    with db.transaction() as session:
        brand_id = session.exec(select(Brand.id)).one()
    with staff.at_work(brand_id, now=utc_now(), settings=settings()) as hands, db.transaction() as session:
        found = promise_templates.in_use(session, hands["Dana"].member.actor)

    assert len(found) >= 5
    assert "exchange" in {one.type for one in found}


def _pieces() -> list[str]:
    return [f"demo-{name}" for name in showcase.HANDLES]


def test_each_verdict_that_a_code_can_get_has_a_code() -> None:
    of_a_code = {verdict for _, verdict in RULES} | {Verdict.GENUINE, Verdict.NEAR_MISS} | NEVER_LOOKED_UP

    assert {piece.verdict for piece in PIECES} == of_a_code


def test_each_code_gets_its_verdict_for_its_viewer(seeded: datetime) -> None:
    with db.transaction() as session:
        brand_id = session.exec(select(Brand.id)).one()
    pieces = listed()
    assert [one.piece for one in pieces] == list(PIECES)
    got = {}
    with staff.at_work(brand_id, now=utc_now(), settings=settings()) as hands:
        for one in pieces:
            if one.piece.first is not None:
                continue
            with db.statement() as connection:
                found = counter.look_up(
                    connection,
                    hands[one.piece.viewer].member.token,
                    text=one.code,
                    source=counter.Source.SCAN,
                    now=utc_now(),
                    settings=settings(),
                )
            got[one.piece.verdict] = found.verdict

    assert got == {verdict: verdict for verdict in got}
    assert len(got) == len(PIECES) - 2


def test_the_past_is_as_old_as_it_says(made: tuple[datetime, int]) -> None:
    seeded, sessions_left = made
    with db.statement() as connection:
        late = connection.execute(
            "SELECT DISTINCT t.external_id FROM milestones m JOIN escalations e ON e.id = m.escalation_id "
            "JOIN threads t ON t.id = e.thread_id WHERE m.state = 'missed_open' ORDER BY 1"
        ).fetchall()
        future = connection.execute(
            "SELECT count(*) AS n FROM timeline WHERE at > %(now)s", {"now": seeded}
        ).fetchone()

    assert {"demo-late_store", "demo-late_agent"} <= {row.external_id for row in late}
    assert future.n == 0
    assert sessions_left == 0


def test_a_code_nobody_issued_is_well_formed() -> None:
    assert codes.is_code(showcase.UNKNOWN_CODE.replace("-", ""))


def test_another_day_makes_the_same(seeded: datetime, another: dict[str, object]) -> None:
    assert shape() == another


def test_the_history_goes_on_where_it_was_stopped(seeded: datetime, written: Written) -> None:
    assert written.turns == (6, 0, 3)
    assert history.progress() == history.Progress(9, history.CASES)
    with db.statement() as connection:
        row = connection.execute(
            "SELECT count(*) AS n, max(e.created_at) AS newest, bool_and(e.created_at = e.issued_at) AS same, "
            "count(*) FILTER (WHERE e.ended_at < %(old)s AND e.told_at IS NULL) AS untold, "
            "count(*) FILTER (WHERE e.status IN ('closed', 'honoured', 'declined', 'expired', 'revoked')) AS over "
            "FROM escalations e JOIN threads t ON t.id = e.thread_id WHERE t.external_id LIKE 'history-%%'",
            {"old": seeded - history.SEEN_AFTER},
        ).fetchone()
    assert row.n >= 7
    assert row.over >= row.n - 2
    assert row.newest < seeded - timedelta(days=1)
    assert row.untold == 0


@pytest.mark.parametrize(("missing", "says"), [(1, True), (0, False)])
def test_with_the_sign_ins_a_start_says_that_history_is_written_only_when_some_is_missing(
    seeded: datetime, missing: int, says: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "CASES", history.progress().done + missing)

    plain, at_start = (
        CliRunner().invoke(demo_group, ["sign-ins", *words]).stdout for words in ([], ["--with-history"])
    )

    assert "ada@demo.example" in plain
    assert "made-up history" not in plain
    told = at_start.removeprefix(plain)
    assert ("Twelve weeks of made-up history are being written meanwhile" in told) is says


def test_a_receiver_that_is_added_while_the_history_is_written_is_owed_nothing_of_it(
    written: Written,
) -> None:
    with db.transaction() as session:
        owed = select(Outcome.topic, Outcome.state).where(col(Outcome.endpoint_id) == written.receiver)
        assert session.exec(owed).all() == []


def test_the_books_agree_and_nothing_is_left_alone(seeded: datetime) -> None:
    with db.reading() as snapshot:
        wrong = list(
            soundness.examine(
                snapshot, settings(), now=seeded, late_after=timedelta(minutes=15), history=True
            )
        )

    assert [str(finding) for finding in wrong] == []
