"""Two cases about one matter are linked, and the link can be cut."""

from typing import Any
from uuid import UUID

import pytest

from bridge.errors import Conflict, InvalidInput
from bridge.services import duplicates
from tests.api.life_stage import acted, small
from tests.cast import Cast
from tests.services.middle_of_life import Owner, told

pytestmark = pytest.mark.usefixtures("books_agree_afterwards")


def link(cast: Cast, one_id: UUID, other: UUID) -> Any:
    return acted(duplicates.link, cast.ana, one_id, duplicate_of_id=other, reason="the same receipt")


def test_a_link_is_cut_and_both_cases_and_the_link_stay(cast: Cast, owner: Owner) -> None:
    first, second = small(cast), small(cast)
    linked = link(cast, second.id, first.id)

    acted(duplicates.cut, cast.kim, linked.subject_id, reason="two customers")

    row = owner.execute("SELECT reason, cut_reason, cut_at IS NOT NULL FROM duplicate_links").fetchone()
    assert row == ("the same receipt", "two customers", True)
    assert told(owner, second.id) == ["submit", "duplicate.linked", "duplicate.cut"]
    assert owner.execute("SELECT count(*) FROM escalations WHERE status = 'issued'").fetchone() == (2,)
    link(cast, second.id, first.id)


def test_links_are_one_deep_and_never_in_a_circle(cast: Cast) -> None:
    first, second, third = small(cast), small(cast), small(cast)
    link(cast, second.id, first.id)

    for one_id, other in ((first.id, second.id), (third.id, second.id), (first.id, third.id)):
        with pytest.raises(Conflict):
            link(cast, one_id, other)
    with pytest.raises(InvalidInput):
        link(cast, third.id, third.id)
