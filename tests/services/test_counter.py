"""Looking a code up and deciding: the whole path from Ana's promise to Sam's counter."""

from bridge import db
from bridge.clock import utc_now
from bridge.services import counter, decisions
from bridge.settings import settings
from bridge.verdicts import Verdict
from tests.cast import Cast, Member, decide, promise


def look(by: Member, code: str | None) -> counter.LookedUp:
    assert code is not None
    with db.statement() as connection:
        return counter.look_up(
            connection, by.token, text=code, source=counter.Source.TYPED, now=utc_now(), settings=settings()
        )


def test_a_genuine_code_shows_who_promised_what_by_which_right(cast: Cast) -> None:
    made = promise(cast)

    seen = look(cast.sam, made.code)

    assert seen.verdict is Verdict.GENUINE
    assert seen.row.authority["agent"]["name"] == "Ana"
    assert seen.row.authority["lines"][0]["grant"]["name"] == "Senior agent: authorise"
    assert seen.row.remaining_minor == 4_000


def test_a_part_leaves_the_rest_and_the_second_look_up_says_how_much(cast: Cast) -> None:
    made = promise(cast)

    decided = decide(cast, cast.sam, code=made.code, amount_minor=2_500)
    seen = look(cast.sam, made.code)

    assert isinstance(decided, decisions.Decided)
    assert (seen.verdict, seen.row.remaining_minor) == (Verdict.GENUINE_PART_LEFT, 1_500)


def test_a_used_code_shows_when_where_who_and_how_much(cast: Cast) -> None:
    made = promise(cast)
    decide(cast, cast.sam, code=made.code)

    seen = look(cast.lee, made.code)

    assert seen.verdict is Verdict.ALREADY_USED
    last = seen.row.last_decision
    assert (last["store_number"], last["person"], last["amount_minor"]) == ("12", "Sam", 4_000)
