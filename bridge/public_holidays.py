"""Public holidays by country and state, from the `holidays` library, asked once a year and place.

Feast days are a list that others keep well; ours is only the cache and the shape. Which
stores observe them is the directory's word, and one dated exception overrules any of them.
"""

from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from typing import Final

import holidays

HolidayName = Callable[[date], str | None]

_PLACES_KEPT: Final = 512
_LANGUAGE: Final = "en_US"


def no_holidays(_on: date) -> str | None:
    """Return None for every date: a place that observes no public holidays."""
    return None


@lru_cache(maxsize=_PLACES_KEPT)
def public_holidays(country: str, state: str) -> HolidayName:
    """Return what names the public holiday of a date, None on other days. Cheap to call again.

    `country` and `state` are ISO 3166 ("US", "MN"). A state that the library does not know
    has its country's holidays; a country that it does not know has none.
    """
    country, state = country.strip().upper(), state.strip().upper()
    known = holidays.list_supported_countries()
    if country not in known:
        return no_holidays
    subdivision = state if state in known[country] else None

    @cache
    def of_year(year: int) -> dict[date, str]:
        # Without a language the library answers in whatever the machine's locale is.
        return dict(holidays.country_holidays(country, subdiv=subdivision, years=year, language=_LANGUAGE))

    return lambda on: of_year(on.year).get(on)
