"""When the store settles it days later: how the customer still hears of it, network by network.

channels.md 2, "Outcome timing consequence": within a day by itself, within a week by a person, later in
public without details, or not at all.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bridge import windows
from bridge.channels.abilities import Capabilities, Kind
from bridge.channels.registry import channels
from bridge.ways_back import Sends, WayOut, ways_to_customer
from bridge.windows import Way, Window

SPOKE = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
HOURS = {
    "an hour": 1,
    "a day less a minute": 24 - 1 / 60,
    "a day": 24,
    "six days": 144,
    "a week": 168,
    "a month": 720,
}
SHAPES = {
    "facebook": "windows",
    "instagram": "windows",
    "x": "no windows",
    "mastodon": "no windows",
    "bluesky": "nothing private",
}


def record(shape: str) -> Capabilities:
    """A network of that shape."""
    more: dict[str, object] = {
        "windows": {
            "can_send_private": True,
            "private_window_hours": 24,
            "human_window_hours": 168,
            "one_shot_private_reply": True,
            "private_reply_hours": 168,
        },
        "no windows": {"can_send_private": True},
        "nothing private": {},
    }[shape]
    return Capabilities(  # type: ignore[arg-type]
        name=shape, kind=Kind.NETWORK, network="n", lengths="other", can_reply_public=True, **more
    )


def plan(can: Capabilities, *, wrote: str, later: float, is_answered: bool = False) -> str:
    """The first way that is open `later` hours after the customer's last word.

    `wrote` is where that was: in public, in private, or in private about a public post.
    """
    now = SPOKE + timedelta(hours=later)
    last_private_at = None if wrote == "public" else SPOKE
    way = WayOut(
        account_id=UUID(int=1),
        sends=Sends.ALL,
        is_private=wrote == "private",
        public=can.can_reply_public,
        private=can.can_send_private,
        reply=can.one_shot_private_reply and not is_answered,
    )
    for step in ways_to_customer("honoured", [way]):
        window = Window(Way.FREE)
        if step.purpose == "private_message":
            window = windows.for_message(
                now,
                last_private_at=last_private_at,
                free_hours=can.private_window_hours,
                person_hours=can.human_window_hours,
            )
        elif step.purpose == "private_reply":
            window = windows.for_reply(now, posted_at=SPOKE, hours=can.private_reply_hours)
        if window.way is not Way.CLOSED:
            return step.purpose + (" by a person" if window.way is Way.PERSON else "")
    return "nothing"


MESSAGE, BY_PERSON, ONCE, PUBLIC, NOTHING = (
    "private_message",
    "private_message by a person",
    "private_reply",
    "public_reply",
    "nothing",
)
TABLE = {
    # shape, where the customer last wrote, whether the one private answer was given -> by time since then
    ("windows", "public", False): [ONCE, ONCE, ONCE, ONCE, PUBLIC, PUBLIC],
    ("windows", "public", True): [PUBLIC] * 6,
    ("windows", "private", False): [MESSAGE, MESSAGE, BY_PERSON, BY_PERSON, NOTHING, NOTHING],
    ("windows", "both", True): [MESSAGE, MESSAGE, BY_PERSON, BY_PERSON, PUBLIC, PUBLIC],
    ("no windows", "public", False): [MESSAGE] * 6,
    ("no windows", "private", False): [MESSAGE] * 6,
    ("nothing private", "public", False): [PUBLIC] * 6,
}


@pytest.mark.parametrize(("shape", "wrote", "is_answered"), TABLE)
def test_how_an_outcome_arrives_by_the_time_it_takes(shape: str, wrote: str, is_answered: bool) -> None:
    found = [
        plan(record(shape), wrote=wrote, later=later, is_answered=is_answered) for later in HOURS.values()
    ]
    assert dict(zip(HOURS, found, strict=True)) == dict(
        zip(HOURS, TABLE[shape, wrote, is_answered], strict=True)
    )


def test_each_network_has_the_shape_that_the_table_speaks_of() -> None:
    names = ("can_send_private", "private_window_hours", "human_window_hours", "one_shot_private_reply")
    looked_at = {name: its.capabilities for name, its in channels().items() if name in SHAPES}
    assert looked_at.keys() >= {"facebook", "instagram", "bluesky"}
    for name, can in looked_at.items():
        shape = record(SHAPES[name])
        assert [getattr(can, one) for one in names] == [getattr(shape, one) for one in names], name
        assert can.private_reply_hours == shape.private_reply_hours, name
