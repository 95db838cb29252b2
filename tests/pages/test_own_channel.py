"""A network whose channel somebody adds stands in every list of networks, without another edit."""

from collections.abc import Callable, Iterator

import pytest

from bridge import db
from bridge.channels.registry import networks
from bridge.queries import searches
from tests.cast import Cast, Member, claimed_thread
from tests.channels.stage import toy_beside_the_real_ones
from tests.clockwork import rows
from tests.pages.browser import Browser

As = Callable[[Member], Browser]


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    with toy_beside_the_real_ones():
        yield


def test_each_list_of_networks_has_it(people: Cast, as_: As, nobody: Browser) -> None:
    thread, ada = claimed_thread(people, handle="dora_finch"), as_(people.ada)
    pages = [ada.open("/setup/handles"), ada.open("/setup/searches"), nobody.open("/accounts/official")]
    for page in (*pages, as_(people.ana).open(f"/threads/{thread.id}")):
        assert '<option value="toy">Toy</option>' in page.html, page.path


def test_an_official_account_is_added_on_it_and_asked_for(people: Cast, as_: As, nobody: Browser) -> None:
    seen = (
        as_(people.ada)
        .open("/setup/handles")
        .press("Save with preview", network="toy", handle="northlight", kind="team")
    )
    assert "@northlight, Toy" in seen.text
    seen.press("Add")

    assert ("toy", "northlight") in [
        tuple(row) for row in rows("SELECT network, handle FROM official_handles")
    ]
    asked = nobody.open("/accounts/official").press("Ask", network="toy", handle="northlight")
    assert "Yes, this account is ours" in asked.text


def test_a_handle_on_it_is_linked_with_another(people: Cast, as_: As) -> None:
    thread = claimed_thread(people, handle="dora_finch")
    elsewhere = claimed_thread(people, handle="dora_elsewhere")
    with db.statement() as connection:
        connection.execute(
            "UPDATE social_identities SET network = 'toy' WHERE id = %(id)s", {"id": elsewhere.identity_id}
        )

    linked = (
        as_(people.ana)
        .open(f"/threads/{thread.id}")
        .press(
            "It is the same person",
            other_network="toy",
            other_handle="dora_elsewhere",
            same_because="Same order",
        )
    )

    assert "Linked." in linked.text
    assert "dora_elsewhere Toy" in linked.text


def test_a_search_looks_there_and_one_for_all_networks_too(people: Cast, as_: As) -> None:
    ada = as_(people.ada)
    assert (
        ada.open("/setup/searches").press("Add", name="Soles", network="toy", any_words="sole").status == 200
    )
    assert ada.open("/setup/searches").press("Add", name="Boots", any_words="boots").status == 200

    with db.statement() as connection:
        found = searches.in_force(connection, [people.brand.id], networks=networks())
    assert [one.name for one in found[people.brand.id, "toy"]] == ["Soles", "Boots"]
    assert [one.name for one in found[people.brand.id, "x"]] == ["Boots"]
