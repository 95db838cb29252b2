"""The QR picture of a reference code: the bare twelve signs, as inline SVG.

Never an address: a code travels in no URL, and whoever scans a QR with a telephone is led
nowhere. Twelve signs in alphanumeric mode fit the smallest symbol (version 1, level M), whose
big modules a scanner reads from a cracked screen and from a till printer.
"""

from typing import Final

import segno
from markupsafe import Markup

from bridge import codes
from web.languages import say as _

QUIET_ZONE: Final = 4
"""Modules of white on every side; the standard asks for four."""


def svg(code: str) -> Markup:
    """The picture of a reference code, black on white in every theme. Raises ValueError for no code."""
    if not codes.is_code(code):
        raise ValueError("not a normalised reference code")
    return picture(code, label=_("QR code of the reference code"))


def picture(text: str, *, label: str) -> Markup:
    """A QR symbol of level M as inline SVG without any style; `label` is what a screen reader says."""
    symbol = segno.make_qr(text, error="m", boost_error=False)
    side = symbol.symbol_size(border=QUIET_ZONE)[0]
    return Markup(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{}v{}H0z"/><path fill="#000" d="{}"/></svg>'
    ).format(label, side, side, side, side, _dark(symbol))


def _dark(symbol: segno.QRCode) -> str:
    """The dark modules as bars, one for each run in a row."""
    bars = []
    for y, row in enumerate(symbol.matrix):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                bars.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{run}v1h-{run}z")
            x += run or 1
    return "".join(bars)
