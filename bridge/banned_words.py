"""Stems that no code may spell, by language. Data only; `codes.draw` reads them.

Written as plain words: `codes` compares shapes, so B00B and TW4T are found by BOOB and
TWAT. Keep it short: stems of three letters cost the most draws. A brand may add its own
list (a rival's name, say). The Spanish and French lists need a native reviewer.
"""

from typing import Final

STEMS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "anal", "anus", "arse", "ass", "bastard", "bitch", "boob", "cock", "coon", "crap",
        "cum", "cunt", "dick", "dyke", "fag", "fuc", "fuk", "gook", "hitler", "jap", "jizz",
        "kike", "kill", "kkk", "nazi", "negro", "nig", "paki", "penis", "piss", "porn", "pussy",
        "rape", "retard", "sex", "shit", "slut", "spic", "tit", "turd", "twat", "wank", "whore",
    ),
    "es": (
        "cabron", "cago", "chinga", "cojon", "cono", "culo", "follar", "joder", "joto", "maric",
        "mierda", "nazi", "panocha", "pendej", "pene", "pinche", "polla", "puta", "puto",
        "teta", "verga", "zorra",
    ),
    "fr": (
        "bite", "bougnou", "bordel", "chier", "conne", "couille", "cul", "encule", "foutre",
        "gouine", "merde", "nazi", "negre", "nique", "pede", "pute", "salaud", "salope", "youpin",
    ),
}  # fmt: skip

ALL_STEMS: Final = frozenset(stem for stems in STEMS.values() for stem in stems)
