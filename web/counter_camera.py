"""A picture instead of typing: a frame of the device's camera, or a photo that was taken before.

A frame is read and its text is handed back to the page, which checks it like any other; a photo is
a form for browsers without JavaScript and is answered by the verdict. No picture is kept.
"""

from flask import Response, request

from bridge.errors import InvalidInput
from bridge.pictures import qr_text
from bridge.roles import Permission
from bridge.services.counter import Source
from bridge.settings import settings
from web.counter import answer, judge
from web.languages import say as _
from web.sessions import accepts, pages, requires

blueprint = pages("counter_camera")


@blueprint.post("/counter/frame")
@requires(Permission.COUNTER_LOOK_UP)
def frame() -> Response:
    """The text of the QR code in one frame, as plain text; 204 when there is none yet."""
    text = qr_text(_picture())
    return Response(text or "", status=200 if text else 204, content_type="text/plain; charset=utf-8")


@blueprint.post("/counter/photo")
@requires(Permission.COUNTER_LOOK_UP)
@accepts(lambda: settings().photo_max_bytes)
def photo() -> Response:
    """Judge the code in a photo."""
    try:
        text = qr_text(_picture())
    except InvalidInput:
        return _problem(_("This file is not a picture that can be read. Type the code."))
    if text is None:
        return _problem(_("There is no code in this picture. Go closer, or type the code."))
    return judge(text, Source.CAMERA)


def _picture() -> bytes:
    sent = request.files.get("picture")
    if sent is None:
        return b""
    picture: bytes = sent.read()
    sent.close()  # a large one lies in a file of its own
    return picture


def _problem(said: str) -> Response:
    return answer({"problems": {"picture": said}}, status=422)
