"""An outage is found out by one caller, and the others are refused at once."""

from bridge.outage import LOOK_AGAIN_SECONDS, Outage


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nobody_is_refused_while_nothing_is_known() -> None:
    assert not Outage().refuses()


def test_during_an_outage_one_looks_and_the_others_are_refused() -> None:
    clock = Clock()
    outage = Outage(clock)
    outage.begin()
    assert [outage.refuses() for _ in range(3)] == [True] * 3

    clock.now += LOOK_AGAIN_SECONDS
    assert [outage.refuses() for _ in range(3)] == [False, True, True]

    clock.now += LOOK_AGAIN_SECONDS
    assert [outage.refuses() for _ in range(3)] == [False, True, True]


def test_whoever_finds_it_there_ends_it_for_all() -> None:
    outage = Outage(Clock())
    outage.begin()
    outage.end()

    assert [outage.refuses() for _ in range(3)] == [False] * 3
