"""A picture is read, or refused in one way, whatever it is."""

import io
import struct
import zlib

import pytest
import segno
from PIL import Image

from bridge.errors import InvalidInput
from bridge.pictures import PIXELS_MAX, qr_text

CODE = "K7QF3M9T2XH2"


def drawn(text: str = CODE, *, kind: str = "PNG", scale: int = 6) -> bytes:
    """A QR code on a larger grey picture, as a camera would see it."""
    code = io.BytesIO()
    segno.make(text, micro=False).save(code, kind="png", scale=scale, border=4)
    photo = Image.new("RGB", (640, 480), "grey")
    photo.paste(Image.open(code).convert("RGB").rotate(7, expand=True, fillcolor="grey"), (180, 90))
    return saved(photo, kind)


def saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG whose head promises a size and whose pixels are a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_code_in_a_picture_is_read(kind: str) -> None:
    assert qr_text(drawn(kind=kind)) == CODE


def test_a_picture_without_a_code_has_none() -> None:
    assert qr_text(saved(Image.new("L", (300, 300), 255), "PNG")) is None


def test_a_telephones_large_photo_is_read() -> None:
    photo = Image.open(io.BytesIO(drawn())).resize((4000, 3000))

    assert qr_text(saved(photo, "JPEG")) == CODE


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"not a picture",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        drawn()[:700],
        drawn(kind="JPEG")[:300],
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_picture_is_refused(picture: bytes) -> None:
    with pytest.raises(InvalidInput):
        qr_text(picture)


def test_other_formats_are_not_even_tried() -> None:
    with pytest.raises(InvalidInput):
        qr_text(saved(Image.new("L", (50, 50)), "BMP"))


@pytest.mark.parametrize("size", [(60_000, 60_000), (PIXELS_MAX, 2)])
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="too large"):
        qr_text(png_of(*size))


def test_a_text_longer_than_any_code_is_cut() -> None:
    assert len(qr_text(drawn("A" * 300, scale=3)) or "") == 200
