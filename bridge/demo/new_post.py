"""Posts that somebody who tries the demo can send: made-up people with everyday trouble."""

import secrets
from datetime import datetime

from bridge.services.capturing import Captured

_POSTS = (
    (
        "dora_finch",
        "en",
        "My pickup order is three days late and nobody at {store} knows where it is.",
    ),
    (
        "tom_birch",
        "en",
        "A phone case from {store} broke in a week. No receipt, no exchange, they say?!",
    ),
    ("lucia_ramos", "es", "En la tienda {store} no me quieren cambiar los audífonos. ¿Alguien me ayuda?"),
    ("paul_aubin", "fr", "Le magasin {store} ne veut pas de la remise affichée en ligne. Que faire ?"),
    ("ben_okafor", "en", "Your site says $15 off, the till at {store} says no. Which one is right?"),
)


def a_post(store: str, *, now: datetime) -> Captured:
    """One of them, about this store, as if it came in now."""
    handle, language, text = secrets.choice(_POSTS)
    handle = f"{handle}_{secrets.randbelow(900) + 100}"
    return Captured(
        permalink=f"https://x.com/{handle}/status/{10**18 + secrets.randbelow(10**18)}",
        handle=handle,
        text=text.format(store=store),
        posted_at=now,
        language=language,
        mention_type=secrets.choice(("tagged", "untagged")),
        matched_on=store.lower(),
    )
