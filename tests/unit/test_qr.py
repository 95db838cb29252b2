"""The QR of a code is read back as its bare twelve signs, from the picture that the page holds."""

import re

import pytest
import zxingcpp
from flask import Flask
from flask_babel import Babel
from PIL import Image, ImageDraw

from bridge import codes
from web import qr

PIXELS_A_MODULE = 6


@pytest.fixture(autouse=True)
def request_context():
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def drawn(svg: str) -> Image.Image:
    side = int(re.search(r'viewBox="0 0 (\d+) \d+"', svg)[1])
    picture = Image.new("L", (side * PIXELS_A_MODULE,) * 2, 255)
    pen = ImageDraw.Draw(picture)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        left, top = int(x) * PIXELS_A_MODULE, int(y) * PIXELS_A_MODULE
        pen.rectangle((left, top, left + int(run) * PIXELS_A_MODULE - 1, top + PIXELS_A_MODULE - 1), 0)
    return picture


def test_the_picture_is_read_back_as_the_bare_code() -> None:
    for _ in range(20):
        code = codes.draw()

        [found] = zxingcpp.read_barcodes(drawn(str(qr.svg(code))))

        assert found.format == zxingcpp.BarcodeFormat.QRCode
        assert found.text == code


def test_the_smallest_symbol_with_its_quiet_zone() -> None:
    svg = str(qr.svg(codes.draw()))

    assert 'viewBox="0 0 29 29"' in svg
    assert min(int(x) for x in re.findall(r"M(\d+) \d+h\d+v1", svg)) == qr.QUIET_ZONE


def test_it_names_itself_and_needs_no_style() -> None:
    code = codes.draw()
    svg = str(qr.svg(code))

    assert 'role="img"' in svg
    assert 'aria-label="QR code of the reference code"' in svg
    assert "style" not in svg
    assert code not in svg


@pytest.mark.parametrize("text", ["", "K7M2-9QXR-4ABC", "https://example.com", "K7M29QXR4ABD"])
def test_nothing_but_a_code_is_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="not a normalised reference code"):
        qr.svg(text)


def test_a_label_cannot_break_out() -> None:
    assert 'aria-label="&#34;&gt;"' in str(qr.picture("A", label='">'))
