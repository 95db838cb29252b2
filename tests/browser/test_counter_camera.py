"""The camera: a made-up one that films a QR code, one that is refused, and none at all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from bridge.verdicts import Verdict
from tests.browser.conftest import CHROMIUM, See
from tests.browser.counter_page import scan, shows
from tests.browser.site import FLAGS, Site, Watch, open_page
from tests.browser.verdicts import prepared
from tests.cast import Cast

WIDTH, HEIGHT = 640, 480


def film(code: str, path: Path) -> None:
    """A film of one frame in which the code is held into the camera, as Chromium's fake camera reads it."""
    picture = path.with_suffix(".png")
    segno.make(code, micro=False).save(str(picture), scale=10, border=4)
    frame = Image.new("L", (WIDTH, HEIGHT), 200)
    frame.paste(Image.open(picture).convert("L"), (150, 80))
    grey = frame.tobytes()
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\nFRAME\n".encode() + grey + colourless)


@pytest.fixture
def filmed(playwright: Playwright, tmp_path: Path) -> Iterator[tuple[Browser, Path]]:
    """A browser whose camera plays the film at the path."""
    path = tmp_path / "qr.y4m"
    film("K7QF3M9T2XH2", path)
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *flags])
    yield browser, path
    browser.close()
    shutil.rmtree(tmp_path, ignore_errors=True)


def asked_for(page: Page, name: str) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if name in request.url else None)
    return sent


def test_a_code_held_into_the_camera_is_checked_and_the_camera_stops(
    filmed: tuple[Browser, Path], site: Site, people: Cast, watch: Watch
) -> None:
    browser, path = filmed
    made = prepared(people, Verdict.GENUINE).made
    assert made is not None
    film(str(made.code), path)
    page = open_page(browser, site, watch, member=people.sam, path="/counter", width=390, height=844)
    modules, frames = asked_for(page, "camera.js"), asked_for(page, "/counter/frame")
    page.evaluate(
        """() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (...wanted) => {
            window.stream = await ask(...wanted);
            return window.stream;
          };
        }"""
    )
    assert modules == []

    page.get_by_role("button", name="Use camera").click()
    shows(page, Verdict.GENUINE)

    assert len(modules) == 1
    assert frames
    assert page.evaluate("window.stream.getTracks().every((track) => track.readyState === 'ended')")
    expect(page.locator("#viewer")).to_be_hidden()
    assert str(made.code) not in page.content()
    page.context.close()


def test_typing_is_always_at_hand(
    filmed: tuple[Browser, Path], site: Site, people: Cast, watch: Watch
) -> None:
    browser, _ = filmed
    page = open_page(browser, site, watch, member=people.sam, path="/counter")
    page.route("**/counter/frame", lambda route: route.fulfill(status=204))

    page.get_by_role("button", name="Use camera").click()
    type_it = page.get_by_role("button", name="Type it instead")
    expect(type_it).to_be_visible()
    box = type_it.bounding_box()
    assert box is not None
    assert box["height"] >= 56
    page.wait_for_function("() => document.querySelector('#viewer video').videoWidth > 0")
    assert type_it.bounding_box() == box, "it stays beneath the finger when the picture comes"
    type_it.click()

    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator("#code")).to_be_focused()
    page.context.close()


def with_camera(page: Page, error: str) -> None:
    """The page believes in a camera that fails when it is asked for."""
    page.add_init_script(
        f"""
        navigator.mediaDevices.enumerateDevices = async () => [{{kind: 'videoinput'}}];
        navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no', '{error}'); }};
        """
    )
    page.reload()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotAllowedError", "The camera is blocked for this site. Type the code."),
        ("NotFoundError", "No camera was found. Type the code."),
    ],
)
def test_a_camera_that_cannot_be_had_is_said_and_typing_works(
    see: See, people: Cast, error: str, said: str
) -> None:
    page = see(people.sam, "/counter")
    with_camera(page, error)

    page.get_by_role("button", name="Use camera").click()

    expect(page.locator("#viewer")).to_contain_text(said)
    expect(page.locator("#code")).to_be_focused()
    scan(page, prepared(people, Verdict.GENUINE).text)
    shows(page, Verdict.GENUINE)


def test_without_a_camera_there_is_no_button(see: See, people: Cast) -> None:
    page = see(people.sam, "/counter")

    page.evaluate("navigator.mediaDevices.enumerateDevices()")

    expect(page.locator("#camera")).to_be_hidden()
    expect(page.locator("#photo")).to_be_visible()
