"""Did you mean this one: only the own store's, only when it is clear, and never a way around the code."""

from datetime import timedelta

import psycopg
import pytest

from bridge import codes, db
from bridge.clock import utc_now
from bridge.decision import Decided, Refusal
from bridge.errors import NotFound
from bridge.near_codes import one_slip_away
from bridge.promises import StoreScope
from bridge.services import counter, opening
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.browser.verdicts import prepared
from tests.cast import Cast, Member, acting, decide, promise
from tests.services.test_counter import look

Owner = psycopg.Connection[tuple[object, ...]]


def slip(code: str | None) -> str:
    """The code with one sign wrong."""
    assert code is not None
    return code[:5] + codes.ALPHABET[codes.ALPHABET.index(code[5]) - 1] + code[6:]


def opened(by: Member, look_up: counter.LookedUp, *, after: timedelta = timedelta()) -> counter.LookedUp:
    assert look_up.look_up_id is not None
    with db.statement() as connection:
        return opening.open_shown(
            connection,
            acting(by),
            by.token,
            look_up.look_up_id,
            now=utc_now() + after,
            settings=settings(),
        )


def test_one_slip_from_an_expected_promise_is_offered_without_its_code(cast: Cast) -> None:
    made = promise(cast)

    seen = look(cast.sam, slip(made.code))

    assert (seen.verdict, seen.row.id, seen.row.remaining_minor) == (Verdict.NEAR_MISS, made.id, 4_000)
    assert str(made.code) not in str(seen.row)
    assert not hasattr(seen.row, "code_hmac")


@pytest.mark.parametrize("cut", [0, 6, 11])
def test_a_missing_sign_is_a_slip_too(cast: Cast, cut: int) -> None:
    code = str(promise(cast).code)

    assert look(cast.sam, code[:cut] + code[cut + 1 :]).verdict is Verdict.NEAR_MISS


def test_a_group_s_promise_is_expected_as_well(cast: Cast) -> None:
    made = promise(
        cast, by=cast.kim, store_scope=StoreScope.GROUP, store_number=None, group_unit_id=cast.district.id
    )

    assert look(cast.sam, slip(made.code)).verdict is Verdict.NEAR_MISS


def test_another_store_s_promise_is_never_offered(cast: Cast, owner: Owner) -> None:
    made = promise(cast)

    assert look(cast.mia, slip(made.code)).verdict is Verdict.TYPO
    assert owner.execute("SELECT count(*) FROM look_ups").fetchone() == (0,)


def test_what_was_used_or_is_over_is_not_offered(cast: Cast, owner: Owner) -> None:
    used, over = promise(cast), promise(cast)
    decide(cast, cast.sam, code=used.code)
    owner.execute("UPDATE escalations SET valid_until = now() WHERE id = %s", [over.id])

    assert look(cast.sam, slip(used.code)).verdict is Verdict.TYPO
    assert look(cast.sam, slip(over.code)).verdict is Verdict.TYPO


def test_two_that_may_be_meant_are_not_offered(cast: Cast, owner: Owner) -> None:
    made = [promise(cast), promise(cast)]
    typed = slip(made[0].code)
    twins = [*sorted(one_slip_away(typed) - {made[0].code})[:1], str(made[0].code)]
    for one, code in zip(reversed(made), twins, strict=True):
        hmac = codes.hmac_of(code, settings().code_pepper.encode())
        owner.execute("UPDATE reference_codes SET hmac = %s WHERE escalation_id = %s", [hmac, one.id])
        owner.execute("UPDATE escalations SET code_hmac = %s WHERE id = %s", [hmac, one.id])

    assert look(cast.sam, typed).verdict is Verdict.TYPO
    decide(cast, cast.sam, code=twins[0])
    assert look(cast.sam, typed).verdict is Verdict.NEAR_MISS


@pytest.mark.usefixtures("one_window")
def test_a_paused_device_gets_no_hint(cast: Cast) -> None:
    made = promise(cast)
    for _ in range(10):
        look(cast.sam, codes.draw())

    assert look(cast.sam, slip(made.code)).verdict is Verdict.TYPO


def test_opening_it_is_logged_and_counts_as_a_guess(cast: Cast, owner: Owner) -> None:
    made = promise(cast)

    seen = opened(cast.sam, look(cast.sam, slip(made.code)))

    assert (seen.verdict, seen.row.id) == (Verdict.GENUINE, made.id)
    assert owner.execute("SELECT verdict, escalation_id FROM look_ups ORDER BY at").fetchall() == [
        ("near_miss", made.id),
        ("genuine", made.id),
    ]
    assert owner.execute("SELECT count(*) FROM guess_counts WHERE guesses = 1").fetchone() == (5,)
    assert isinstance(decide(cast, cast.sam, look_up_id=seen.look_up_id), Decided)


def test_an_offer_is_no_look_up_to_honour_by(cast: Cast) -> None:
    offer = look(cast.sam, slip(promise(cast).code))

    refused = decide(cast, cast.sam, look_up_id=offer.look_up_id)

    assert isinstance(refused, Refusal)
    assert refused.verdict is Verdict.UNKNOWN


def test_an_offer_is_the_session_s_own_and_ends(cast: Cast) -> None:
    offer = look(cast.sam, slip(promise(cast).code))

    with pytest.raises(NotFound):
        opened(cast.lee, offer)
    with pytest.raises(NotFound):
        opened(cast.sam, offer, after=timedelta(minutes=31))


def test_a_look_up_that_pointed_at_nothing_opens_nothing(cast: Cast) -> None:
    with pytest.raises(NotFound):
        opened(cast.sam, look(cast.sam, promise(cast).code))


def test_a_replaced_code_opens_the_newer_promise_of_the_same_customer(cast: Cast) -> None:
    presented = prepared(cast, Verdict.REPLACED)

    seen = opened(cast.sam, look(cast.sam, presented.text))

    assert (seen.verdict, seen.row.remaining_minor) == (Verdict.GENUINE, 1_800)


def test_a_code_that_was_exchanged_for_a_new_one_opens_nothing(cast: Cast, owner: Owner) -> None:
    made = promise(cast)
    owner.execute("UPDATE escalations SET code_hmac = 'another'")
    replaced = look(cast.sam, made.code)
    assert replaced.verdict is Verdict.REPLACED

    with pytest.raises(NotFound):
        opened(cast.sam, replaced)


def test_a_newer_promise_for_somebody_else_is_not_opened(cast: Cast, owner: Owner) -> None:
    presented = prepared(cast, Verdict.REPLACED)
    owner.execute("UPDATE escalations SET identity_id = NULL WHERE superseded_by_id IS NULL")

    with pytest.raises(NotFound):
        opened(cast.sam, look(cast.sam, presented.text))
