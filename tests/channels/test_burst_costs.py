"""Reading a burst together costs few statements."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bridge import pools
from bridge.clock import utc_now
from bridge.models import ChannelAccount
from tests.cast import Cast
from tests.channels.burst import hear, one_batch
from tests.channels.cases.toy import delivery, event
from tests.channels.stage import come_in, connect_tool, read_all

pytestmark = pytest.mark.usefixtures("toy")


def statements(act: Callable[[], object]) -> int:
    """How many statements the ORM's door sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    sa.event.listen(pools.engine(), "before_cursor_execute", note)
    try:
        act()
    finally:
        sa.event.remove(pools.engine(), "before_cursor_execute", note)
    return len(sent)


def test_reading_a_burst_costs_few_statements(cast: Cast) -> None:
    account_id = connect_tool(cast).id
    hear(account_id, [f"shopper_{number}" for number in range(25)])
    of_new_people = statements(read_all)
    hear(account_id, [f"shopper_{number}" for number in range(25)], first=100)
    of_known_people = statements(read_all)

    # A thread and a post of each, and a customer with a handle where they are new; the rest once for all.
    assert of_new_people <= 4 * 25 + 12
    assert of_known_people <= 2 * 25 + 12


def test_a_person_with_a_new_handle_costs_the_batch_only_that(account: ChannelAccount) -> None:
    def written(names: Sequence[str], first: int) -> int:
        authors = [(f"u{number}", name) for number, name in enumerate(names)]
        return statements(lambda: one_batch(account, authors, first=first))

    names = [f"shopper_{number}" for number in range(25)]
    written(names, 0)
    of_known_people = written(names, 100)
    of_one_renamed_first = written(["renamed", *names[1:]], 200)
    of_all_renamed = written([f"renamed_{number}" for number in range(25)], 300)

    assert of_known_people <= 4 * 25 + 12
    assert of_one_renamed_first <= of_known_people + 1
    assert of_all_renamed <= of_known_people + 25


def test_what_a_connected_account_costs(account: ChannelAccount) -> None:
    def written(first: int, **more: object) -> int:
        moment = utc_now().replace(microsecond=0) - timedelta(minutes=3)
        for number in range(25):
            author = {"id": f"u{number}", "name": f"shopper_{number}"}
            also = {name: [f"{one}{first + number}" for one in "qr"] for name in more}
            told = event(id=f"p{first + number}", at=moment.isoformat(), author=author, **also)
            come_in(account, delivery(told, at=moment), now=moment + timedelta(milliseconds=number))
        return statements(read_all)

    # As for a listening tool, and the door through which it can be answered.
    assert 75 < written(0) - 2 * 25 <= 3 * 25 + 12
    assert 75 < written(100) <= 3 * 25 + 12
    # And the other names that an address may give the post, however many.
    assert 100 < written(200, also=True) <= 4 * 25 + 12
