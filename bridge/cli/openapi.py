"""`bridge openapi write`: the API's description as a file."""

from pathlib import Path

import click
import orjson


@click.group("openapi")
def openapi_group() -> None:
    """The API's description.

    \b
    Example:
      bridge openapi write docs/openapi.json
    """


@openapi_group.command("write")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
def write(path: Path) -> None:
    """Write the OpenAPI 3.1 document, made from the code, in a stable order.

    \b
    Example:
      bridge openapi write docs/openapi.json
    """
    # Imported here and not at the top: `bridge --help` reads every command, and would wait for Flask as well.
    from api import create_app
    from api.docs import document

    app = create_app()
    body = orjson.dumps(
        document(app.extensions["bridge_api"]), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    )
    path.write_bytes(body + b"\n")
    click.echo(f"Wrote {path}.")
