"""Style sheets, modules and pictures, kept by browsers for a year.

One hash over the whole folder stands in every address, so that modules can import each other
by plain relative names and a release is never half old, half new.
"""

from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory, url_for

from web.sessions import public

FOLDER = Path(__file__).parent / "static"
blueprint = Blueprint("static_files", "web")


def register(app: Flask) -> None:
    """Serve the folder, and let templates write `static("base.css")`."""
    digest = sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    version = digest.hexdigest()[:12]
    app.extensions["bridge_static_version"] = version
    app.jinja_env.globals["static"] = lambda name: url_for(
        "static_files.serve", version=version, filename=name
    )
    app.register_blueprint(blueprint)


@blueprint.get("/static/<version>/<filename>")
@public
def serve(version: str, filename: str) -> Response:
    """One file. A page of an older release gets the file of today, and does not keep it."""
    answer = send_from_directory(FOLDER, filename)
    if version == current_app.extensions["bridge_static_version"]:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        answer.headers["Cache-Control"] = "no-cache"
    return answer
