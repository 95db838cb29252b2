"""Texts that somebody writes to harm a page, or that harm it without being meant to.

A payload that runs as a script raises `window.ran`. Names get what names may hold, by the rules of
`bridge.names`; what those refuse is refused by tests of theirs.
"""

from bridge.errors import InvalidInput
from bridge.names import plain_handle, plain_name
from tests.browser.acts.scene import Words

RTL = "\u05d0\u05d1\u05d2"
"""Three Hebrew letters; whatever they stand in must be isolated from what stands beside it."""
PAYLOADS = (
    "<script>window.ran=1</script>",
    "</title><script>window.ran=1</script>",
    "</textarea><img/src/onerror=window.ran=1>",
    '"><img/src=x/onerror="window.ran=1">',
    "'><svg/onload=window.ran=1>",
    '"autofocus/onfocus="window.ran=1"x="',
    "'-window.ran++-'",
    "javascript:window.ran=1",
    "JaVaScRiPt:window.ran=1//",
    "data:text/html,<script>window.ran=1</script>",
    "<a/href=javascript:window.ran=1>x</a>",
    "<iframe/srcdoc='<script>parent.ran=1</script>'>",
    "<style>*{display:none}</style>",
    "<base/href=//evil.example/>",
    "<meta/http-equiv=refresh/content=0;url=//evil.example>",
    "<math><mtext><style><img/src/onerror=window.ran=1>",
    "<!--><img/src/onerror=window.ran=1>-->",
    "{{7*7}}{%print(7)%}${window.ran=1}#{7}",
    "{{config.items()}}{{''.__class__}}",
    "%3Cscript%3Ewindow.ran=1%3C/script%3E",
    "&lt;script&gt;window.ran=1&lt;/script&gt;",
    "&#60;img/src/onerror=window.ran=1&#62;",
    "\\u003cscript\\u003ewindow.ran=1",
    f"{RTL}\u202egnp.exe\u2066{RTL}",
    f"{RTL}-1017",
    "a\u200bb\u200cc\u2060d\ufeffe",
    "\U0001f9d1\u200d\U0001f692\U0001f1eb\U0001f1f7\U0001d573",
    "e\u0301\u0323\u0327" * 12,
    "=HYPERLINK(0;7)",
    "+1+cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd",
    "-2+3",
    "W" * 400,
    "%(name)s%(missing)d%s",
    "\u0130\u0131\u1e9e\ufb03\u017f",
)
LONG_FIELD = 300
"""Characters; a field at least this long holds several payloads at once."""


class Hostile(Words):
    """Each field gets another payload at each turn; a long one gets every seventh of them."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.given = 0

    def name(self, tidy: str, longest: int = 80) -> str:
        """The next payload that a name may be."""
        while True:
            payload = self._next()[:longest]
            try:
                return plain_name(payload, field_name="name", longest=longest)
            except InvalidInput:
                continue

    def handle(self, tidy: str) -> str:
        """The next payload that a handle may be, one of its own each time."""
        while True:
            try:
                return plain_handle(f"{self._next()[:70]}{self.given}")
            except InvalidInput:
                continue

    def text(self, tidy: str, longest: int = 500) -> str:
        """Several payloads where there is room, else the next one."""
        if longest < LONG_FIELD:
            return self._next()[:longest]
        first = self._at()
        several = " ".join(PAYLOADS[(first + 7 * step) % len(PAYLOADS)][:120] for step in range(5))
        self.given += 1
        return several[:longest]

    def _next(self) -> str:
        self.given += 1
        return PAYLOADS[self._at()]

    def _at(self) -> int:
        return (self.given * 3 + self.turn * 5) % len(PAYLOADS)
