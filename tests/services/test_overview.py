"""HQ's overview, lists, causes and ranking: each figure leads to exactly the cases that it counts."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from sqlmodel import col, select

from bridge import db
from bridge.clock import utc_now
from bridge.lifecycle import Action
from bridge.models import TimelineEntry
from bridge.promises import DeclineReason
from bridge.queries import case_list
from bridge.queries.case_list import CaseFilter
from bridge.queries.reports import Scope
from bridge.services import exports, over_time, overview, standing
from bridge.services.overview import Overview, Place
from schemas import reports as schemas
from tests.api.life_stage import actor_of
from tests.api.test_reports import clock, set_back
from tests.cast import Cast, decide, promise
from tests.many_cases import fill

Owner = psycopg.Connection[tuple[object, ...]]


def seen(cast: Cast, scope: Scope | None = None, *, days: int = 28) -> Overview:
    now = utc_now()
    with db.reporting() as connection:
        return overview.overview(
            connection,
            scope or Scope(cast.brand.id, None),
            from_at=now - timedelta(days=days),
            to_at=now,
            now=now,
        )


def place(found: Overview, number: str) -> Place:
    return next(store for district in found.districts for store in district.stores if store.number == number)


def listed(cast: Cast, **wanted: object) -> int:
    with db.reporting() as connection:
        return case_list.count(connection, Scope(cast.brand.id, None), CaseFilter(**wanted), most=10_000)  # type: ignore[arg-type]  # the names of the filter


@pytest.fixture
def busy(cast: Cast, owner: Owner) -> Cast:
    """Three stores, two districts: open, late, asked, honoured and declined cases."""
    late, declined, honoured = promise(cast), promise(cast), promise(cast)
    clock(late.id, cast.store_12, running=True)
    decide(
        cast, cast.sam, escalation_id=declined.id, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK
    )
    decide(cast, cast.sam, code=honoured.code)
    promise(cast, store_number="40")
    owner.execute("SET session_replication_role = replica")
    fill(owner, stores=4, open_cases=30, ended=200)
    return cast


def test_stores_add_up_to_districts_and_districts_to_all(busy: Cast) -> None:
    found = seen(busy, days=90)

    for name in ("open", "late", "unacknowledged", "questions", "issued", "honoured", "declined"):
        whole = getattr(found.all.figures, name)
        by_district = [getattr(district.figures, name) for district in found.districts]
        by_store = [getattr(store.figures, name) for district in found.districts for store in district.stores]
        assert whole == sum(by_district) == sum(by_store), name
    assert found.all.figures.open == 32
    assert sum(found.all.figures.bands) > 0


@pytest.mark.parametrize("show", ["open", "late", "unseen", "questions"])
def test_a_card_counts_the_cases_that_its_list_shows(busy: Cast, show: str) -> None:
    figures = seen(busy).all.figures
    counted = {
        "open": figures.open,
        "late": figures.late,
        "unseen": figures.unacknowledged,
        "questions": figures.questions,
    }[show]

    assert listed(busy, show=show) == counted > 0


def test_declined_this_week_counts_the_cases_of_its_list(busy: Cast) -> None:
    week = utc_now() - timedelta(days=7)

    assert listed(busy, show="declined", from_at=week) == seen(busy).declined_this_week > 0


def test_the_median_is_from_issue_to_the_first_act_of_the_store(cast: Cast, owner: Owner) -> None:
    for minutes in (10, 20, 90):
        made = promise(cast)
        owner.execute(
            "UPDATE escalations SET issued_at = now() - interval '3 hours',"
            " acknowledged_at = now() - interval '3 hours' + %s, ended_at = now(), outcome = 'honoured_full'"
            " WHERE id = %s",
            (timedelta(minutes=minutes), made.id),
        )

    figures = place(seen(cast), "12").figures

    assert figures.median_seconds_to_act == 20 * 60
    assert figures.bands == (1, 1, 1, 0, 0)


def test_an_expired_case_is_no_act_of_the_store(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    owner.execute(
        "UPDATE escalations SET status = 'expired', outcome = 'expired_unused', ended_at = now() WHERE id = %s",
        (made.id,),
    )

    assert seen(cast).all.figures.median_seconds_to_act is None


def test_a_case_for_several_stores_stands_under_no_district(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    owner.execute("UPDATE escalations SET store_scope = 'any', store_id = NULL WHERE id = %s", (made.id,))

    [district] = seen(cast).districts

    assert (district.id, district.figures.open, district.stores) == (None, 1, [])


def test_a_reader_of_one_district_sees_nothing_of_another(busy: Cast) -> None:
    hills = busy.store_40.unit_path[1]

    found = seen(busy, Scope(busy.brand.id, [hills]))

    assert [store.number for district in found.districts for store in district.stores] == ["40"]
    assert found.all.figures.open == place(seen(busy), "40").figures.open


def test_a_list_goes_on_where_the_page_before_ended(busy: Cast) -> None:
    scope, found = Scope(busy.brand.id, None), []
    last = None
    with db.reporting() as connection:
        while rows := case_list.page(connection, scope, CaseFilter("ended"), place=last, limit=33):
            found += rows
            last = (rows[-1].place_at, rows[-1].id)

    assert len(found) == len({row.id for row in found}) == listed(busy, show="ended")
    assert [row.ended_at for row in found] == sorted((row.ended_at for row in found), reverse=True)


def test_the_names_of_the_lists_are_those_that_may_be_asked_for() -> None:
    assert set(schemas.LISTS) == set(case_list.LISTS)


def test_a_point_of_a_line_counts_the_cases_of_its_week(busy: Cast) -> None:
    now = utc_now()
    with db.reporting() as connection:
        found = over_time.over_time(connection, Scope(busy.brand.id, None), above=None, now=now)

    assert len(found.weeks) == 12
    for series in found.reasons:
        for (start, end), count in zip(found.weeks, series.counts, strict=True):
            assert count == listed(busy, show="declined", reason=series.key, from_at=start, to_at=end)
    for series in found.causes:
        for (start, end), count in zip(found.weeks, series.counts, strict=True):
            assert count == listed(busy, show="ended", cause=series.key, from_at=start, to_at=end)
    assert {series.key for series in found.causes} == {"STORE_SERVICE", "POLICY"}
    assert found.untagged_per_mille == pytest.approx(1000 * sum(found.untagged.counts) / found.ended, abs=1)


def test_beneath_a_cause_stand_its_own_parts_and_the_share_stays_that_of_all(busy: Cast) -> None:
    now, scope = utc_now(), Scope(busy.brand.id, None)
    with db.reporting() as connection:
        top = over_time.over_time(connection, scope, above=None, now=now)
        beneath = over_time.over_time(connection, scope, above="STORE_SERVICE", now=now)

    assert {series.key for series in beneath.causes} == {"STORE_SERVICE.conduct", "STORE_SERVICE.knowledge"}
    assert beneath.untagged_per_mille == top.untagged_per_mille


def test_stores_are_ranked_by_what_customers_got_and_never_by_money(cast: Cast, owner: Owner) -> None:
    promise(cast)
    owner.execute("SET session_replication_role = replica")
    fill(owner, stores=3, open_cases=0, ended=300)
    owner.execute(
        "UPDATE escalations SET authorised_minor = 100000, remaining_minor = 0 WHERE outcome = 'declined'"
    )
    now = utc_now()

    with db.reporting() as connection:
        found = standing.standing(
            connection, Scope(cast.brand.id, None), by="honoured", from_at=now - timedelta(days=90), to_at=now
        )

    shares = [one.entry.store.figures.honoured / one.entry.cases for one in found.ranked]
    assert shares == sorted(shares, reverse=True)
    assert len(found.ranked) >= 3
    first = found.ranked[0].entry.store
    assert found.of(first.id) == found.ranked[0]
    assert found.of(UUID(int=0)) is None


def test_an_export_is_on_record_with_its_filter_and_without_names(cast: Cast) -> None:
    hana = actor_of(cast.hana)
    with db.transaction() as session:
        exports.record(
            session, hana, what="cases", form="csv", rows=412, asked={"show": "declined"}, now=utc_now()
        )

    with db.transaction() as session:
        kept = session.exec(select(TimelineEntry).where(col(TimelineEntry.stream) == "exports")).one()
    assert (kept.action, kept.actor_id) == ("export.cases", cast.hana.person.id)
    assert '"rows":412' in kept.body
    assert '"filter":{"show":"declined"}' in kept.body
    assert cast.hana.person.display_name not in kept.body


def test_an_old_case_is_open_and_not_of_the_period(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    set_back(owner, made.id, days=40)

    figures = seen(cast).all.figures

    assert (figures.open, figures.issued) == (1, 0)
    assert figures.oldest_at is not None
    assert utc_now() - figures.oldest_at > timedelta(days=39)
