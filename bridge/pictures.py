"""Read the QR code in a picture that a camera or a customer's telephone made.

A picture comes from outside and may be anything: only three formats are tried, its size is read
from the head before a single pixel is unpacked, and whatever breaks is a refusal. Nothing is kept.
"""

import io
import warnings
from typing import Final

import zxingcpp
from PIL import Image

from bridge.errors import InvalidInput

FORMATS: Final = ("JPEG", "PNG", "WEBP")
PIXELS_MAX: Final = 25_000_000
"""What a telephone makes; unpacked with four channels it is 100 MB."""
SIDE_READ: Final = 1_600
"""Pixels of the longer side that is searched; a QR code of 25 modules needs far fewer."""
TEXT_MAX: Final = 200
_QR_ONLY: Final = zxingcpp.barcode_formats_from_str("QRCode")


def qr_text(picture: bytes) -> str | None:
    """The text of the first QR code in it, None when there is none.

    Raises InvalidInput for what is no picture of a known format, or too large a one.
    """
    # A picture of many pixels in few bytes is a bomb; Pillow only warns of the smaller ones.
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
                _require_size(opened)
                opened.draft("L", (SIDE_READ, SIDE_READ))
                grey = opened.convert("L")
        except InvalidInput:
            raise
        # A broken file breaks wherever its format is read: struct, zlib, memory, recursion.
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _refused("this picture is too large") from error
        except Exception as error:
            raise _refused("this is not a picture that can be read") from error
    grey.thumbnail((SIDE_READ, SIDE_READ))
    found = zxingcpp.read_barcodes(grey, formats=_QR_ONLY, text_mode=zxingcpp.TextMode.Plain)
    texts = [one.text.strip() for one in found if one.text.strip()]
    return texts[0][:TEXT_MAX] if texts else None


def _require_size(opened: Image.Image) -> None:
    width, height = opened.size
    if width * height > PIXELS_MAX:
        raise _refused("this picture is too large")


def _refused(why: str) -> InvalidInput:
    return InvalidInput(why, fields={"picture": [why]})
