"""Looking a code up: one verdict for every situation, and nothing changed but a log row."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from bridge import codes, db
from bridge.clock import utc_now
from bridge.decision import Refusal
from bridge.errors import NotPermitted, NotSignedIn
from bridge.lifecycle import Action
from bridge.promises import DeclineReason, Level, PromiseType, SecondFact, StoreScope
from bridge.services import counter
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.cast import Cast, Member, decide, line, promise

Owner = psycopg.Connection[tuple[object, ...]]


def look(
    by: Member, code: str | None, *, source: str = "typed", after: timedelta = timedelta()
) -> counter.LookedUp:
    assert code is not None
    with db.statement() as connection:
        return counter.look_up(
            connection,
            by.token,
            text=code,
            source=counter.Source(source),
            now=utc_now() + after,
            settings=settings(),
        )


def test_a_genuine_code_shows_who_promised_what_by_which_right(cast: Cast) -> None:
    seen = look(cast.sam, promise(cast).code)

    assert seen.verdict is Verdict.GENUINE
    assert seen.row.authority["agent"]["name"] == "Ana"
    assert seen.row.authority["lines"][0]["grant"]["name"] == "Senior agent: authorise"
    assert seen.row.remaining_minor == 4_000


def test_a_look_up_changes_nothing_but_a_log_row_and_the_first_moment(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    before = owner.execute("SELECT version, head_seq, updated_at, status FROM escalations").fetchone()

    look(cast.sam, made.code)
    first = owner.execute("SELECT presented_at FROM escalations").fetchone()
    look(cast.sam, made.code)

    assert owner.execute("SELECT version, head_seq, updated_at, status FROM escalations").fetchone() == before
    assert owner.execute("SELECT presented_at FROM escalations").fetchone() == first
    assert owner.execute("SELECT count(*), min(verdict) FROM look_ups").fetchone() == (2, "genuine")


def test_typing_does_not_matter(cast: Cast) -> None:
    code = promise(cast).code
    assert code is not None

    for typed in (codes.grouped(code), code.lower(), f"  {code[:5]} - {code[5:]}\n", code.replace("0", "O")):
        assert look(cast.sam, typed).verdict is Verdict.GENUINE


def test_a_slip_of_the_finger_is_told_apart_and_is_no_guess(cast: Cast, owner: Owner) -> None:
    code = codes.draw()
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")

    assert look(cast.sam, wrong).verdict is Verdict.TYPO
    assert look(cast.sam, code[:7]).verdict is Verdict.TOO_SHORT
    assert look(cast.sam, "4006381333931").verdict is Verdict.PRODUCT_CODE
    assert owner.execute("SELECT count(*) FROM guess_counts").fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM look_ups").fetchone() == (0,)


def test_another_store_is_told_which_store_and_nothing_about_the_promise(cast: Cast) -> None:
    seen = look(cast.mia, promise(cast).code)

    assert seen.verdict is Verdict.OTHER_STORE
    assert (seen.row.store_number, seen.row.store_name) == ("12", "Lakeside")


def test_a_group_s_promise_counts_in_its_district_only(cast: Cast) -> None:
    made = promise(
        cast, by=cast.kim, store_scope=StoreScope.GROUP, store_number=None, group_unit_id=cast.district.id
    )

    assert look(cast.sam, made.code).verdict is Verdict.GENUINE
    assert look(cast.mia, made.code).verdict is Verdict.OTHER_STORE


def test_any_store_means_any_store(cast: Cast) -> None:
    made = promise(cast, by=cast.kim, store_scope=StoreScope.ANY, store_number=None)

    assert look(cast.mia, made.code).verdict is Verdict.GENUINE


def test_a_code_that_nobody_issued_is_unknown_and_counts_as_a_guess(cast: Cast, owner: Owner) -> None:
    seen = look(cast.sam, codes.draw())

    assert (seen.verdict, seen.row) == (Verdict.UNKNOWN, None)
    assert owner.execute("SELECT count(*) FROM guess_counts WHERE guesses = 1").fetchone() == (5,)


def test_a_code_of_another_brand_is_unknown(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    owner.execute("INSERT INTO brands SELECT gen_random_uuid(), 'Other', 'en', 'USD', '', now()")
    owner.execute("UPDATE escalations SET brand_id = (SELECT id FROM brands WHERE name = 'Other')")

    seen = look(cast.sam, made.code)

    assert (seen.verdict, seen.row) == (Verdict.UNKNOWN, None)


def test_a_part_leaves_the_rest_and_the_next_look_up_says_how_much(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=2_500)

    seen = look(cast.sam, made.code)

    assert (seen.verdict, seen.row.remaining_minor) == (Verdict.GENUINE_PART_LEFT, 1_500)


def test_a_used_code_shows_when_where_who_and_how_much(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code)

    seen = look(cast.lee, made.code)

    assert seen.verdict is Verdict.ALREADY_USED
    last = seen.row.last_decision
    assert (last["store_number"], last["person"], last["amount_minor"]) == ("12", "Sam", 4_000)


def test_the_device_that_just_honoured_is_told_so_and_a_minute_later_it_is_used(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code)

    assert look(cast.sam, made.code).verdict is Verdict.JUST_DONE
    assert look(cast.sam, made.code, after=timedelta(seconds=61)).verdict is Verdict.ALREADY_USED


def test_a_declined_promise_says_so(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, action=Action.DECLINE, reason=DeclineReason.OUT_OF_STOCK)

    assert look(cast.sam, made.code).verdict is Verdict.DECLINED_BEFORE


def test_validity_is_told_before_and_after(cast: Cast, owner: Owner) -> None:
    owner.execute("UPDATE credentials SET last_seen_at = now() + interval '3 days'")
    start = utc_now() + timedelta(days=1)
    made = promise(cast, valid_from=start, valid_until=start + timedelta(days=1))

    assert look(cast.sam, made.code).verdict is Verdict.NOT_YET
    assert look(cast.sam, made.code, after=timedelta(days=1, minutes=1)).verdict is Verdict.GENUINE
    # A quarter of an hour of grace for whoever stands in the queue at closing time.
    assert look(cast.sam, made.code, after=timedelta(days=2, minutes=1)).verdict is Verdict.GENUINE
    assert look(cast.sam, made.code, after=timedelta(days=2, minutes=16)).verdict is Verdict.EXPIRED


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ("status = 'revoked'", Verdict.WITHDRAWN),
        ("status = 'awaiting_agent'", Verdict.ON_HOLD),
        ("status = 'transferring'", Verdict.ON_HOLD),
        ("status = 'under_review'", Verdict.ON_HOLD),
        ("status = 'expired'", Verdict.EXPIRED),
        ("frozen_at = now()", Verdict.LOCKED_CODE),
        ("set_aside_note = 'shelf B'", Verdict.GENUINE_SET_ASIDE),
        ("code_hmac = 'another'", Verdict.REPLACED),
    ],
)
def test_every_other_state_has_its_verdict(cast: Cast, owner: Owner, change: str, verdict: Verdict) -> None:
    made = promise(cast)
    owner.execute(f"UPDATE escalations SET {change}")

    assert look(cast.sam, made.code).verdict is verdict


def test_a_withdrawn_code_that_was_used_before_never_passes_as_a_harmless_second_scan(
    cast: Cast, owner: Owner
) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code, amount_minor=100)
    owner.execute("UPDATE escalations SET status = 'revoked'")

    assert look(cast.sam, made.code).verdict is Verdict.WITHDRAWN


def test_an_associate_may_check_and_not_honour(cast: Cast) -> None:
    assert look(cast.lee, promise(cast).code).verdict is Verdict.NO_PERMISSION


def test_a_second_fact_has_to_be_asked_for(cast: Cast) -> None:
    made = promise(cast, second_fact=(SecondFact.ORDER_DIGITS, "417"))

    assert look(cast.sam, made.code).verdict is Verdict.CHECK_FIRST


def test_advice_above_the_manager_s_own_limit_needs_an_approval(cast: Cast) -> None:
    made = promise(cast, lines=[line(8_000, type=PromiseType.REPAIR, level=Level.RECOMMEND)])

    seen = look(cast.sam, made.code)

    assert (seen.verdict, seen.row.own_limit_minor) == (Verdict.NEEDS_APPROVAL, 5_000)


def test_an_agent_has_no_counter(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        look(cast.ana, promise(cast).code)


def test_a_suspended_person_is_out_at_once(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    owner.execute("UPDATE people SET status = 'suspended' WHERE display_name = 'Sam'")

    with pytest.raises(NotSignedIn):
        look(cast.sam, made.code)


@pytest.mark.usefixtures("one_window")
def test_the_eleventh_wrong_code_in_ten_minutes_pauses_typing_and_not_scanning(cast: Cast) -> None:
    made = promise(cast)
    for _ in range(10):
        look(cast.sam, codes.draw())

    paused = look(cast.sam, made.code)

    assert paused.verdict is Verdict.LOCKED_TRIES
    assert paused.retry_after_seconds is not None
    assert 1 <= paused.retry_after_seconds <= 30
    assert look(cast.sam, made.code, source="scan").verdict is Verdict.GENUINE
    assert look(cast.lee, made.code).verdict is Verdict.NO_PERMISSION  # another device of the store goes on
    assert look(cast.sam, made.code, after=timedelta(seconds=31)).verdict is Verdict.GENUINE


@pytest.mark.usefixtures("one_window")
def test_a_decision_with_an_unknown_code_is_a_guess_too(cast: Cast) -> None:
    made = promise(cast)
    for _ in range(10):
        refused = decide(cast, cast.sam, code=codes.draw())
        assert isinstance(refused, Refusal)
        assert refused.verdict is Verdict.UNKNOWN

    paused = decide(cast, cast.sam, code=made.code)

    assert isinstance(paused, Refusal)
    assert paused.verdict is Verdict.LOCKED_TRIES
    assert paused.row is None
    assert look(cast.sam, made.code, source="scan").verdict is Verdict.GENUINE  # nothing was honoured


@pytest.mark.usefixtures("one_window")
def test_a_manager_lifts_the_pause_of_a_device_of_the_own_store(cast: Cast) -> None:
    made = promise(cast)
    for _ in range(10):
        look(cast.lee, codes.draw())
    assert look(cast.lee, made.code).verdict is Verdict.LOCKED_TRIES
    assert cast.lee.device is not None

    with db.statement() as connection:
        found = counter.identify(connection, cast.sam.token, now=utc_now(), settings=settings())
        assert found is not None
        counter.resume(connection, found[0], cast.lee.device.id)

    assert look(cast.lee, made.code).verdict is Verdict.NO_PERMISSION


def test_the_inbox_lists_whom_the_own_store_expects_and_no_code(cast: Cast) -> None:
    first = promise(cast, valid_until=utc_now() + timedelta(days=1))
    second = promise(cast, valid_until=utc_now() + timedelta(days=2))
    promise(cast, store_number="40")

    rows = inbox(cast.lee)

    assert [row.id for row in rows] == [first.id, second.id]
    assert first.code is not None
    assert all(first.code not in str(row) for row in rows)
    assert len(inbox(cast.mia)) == 1


def test_the_inbox_turns_its_pages(cast: Cast) -> None:
    made = [promise(cast, valid_until=utc_now() + timedelta(days=1 + n)) for n in range(3)]

    page = inbox(cast.sam, limit=2)
    rest = inbox(cast.sam, limit=2, after=(page[-1].valid_until, page[-1].id))

    assert [row.id for row in (*page, *rest)] == [one.id for one in made]


def inbox(by: Member, *, limit: int = 50, after: tuple[object, UUID] | None = None) -> list[object]:
    with db.statement() as connection:
        found = counter.identify(connection, by.token, now=utc_now(), settings=settings())
        assert found is not None
        return counter.inbox(connection, found[0], now=utc_now(), limit=limit, after=after)  # type: ignore[arg-type]
