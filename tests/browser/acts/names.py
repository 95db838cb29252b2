"""The names of everybody and everything, before the day begins."""

import itertools

from bridge import db
from bridge.models import (
    Brand,
    Device,
    OrgUnit,
    Person,
    Store,
)
from tests.browser.acts.scene import Words
from tests.cast import Cast

_numbers = itertools.count(1)


def name_everything(cast: Cast, words: Words) -> None:
    """Names as the administrator gave them; they are frozen into every promise that follows."""
    with db.transaction() as session:
        brand = session.get_one(Brand, cast.brand.id)
        brand.name = words.name(brand.name)
        for member in cast.members.values():
            person = session.get_one(Person, member.person.id)
            person.display_name = member.person.display_name = words.name(person.display_name)
            if member.device is not None:
                device = session.get_one(Device, member.device.id)
                device.name = f"{words.name(device.name, 70)} {next(_numbers)}"
        for row in (cast.store_10, cast.store_12, cast.store_40):
            store = session.get_one(Store, row.id)
            store.name, store.address = words.name(store.name), words.name(store.address)
            store.city = words.name(store.city, 60)
        district = session.get_one(OrgUnit, cast.district.id)
        district.name = words.name(district.name)
