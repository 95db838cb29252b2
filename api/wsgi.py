"""The whole service for a WSGI server: the API, and the pages beside it.

This is the one place that knows both; neither imports the other.
"""

import web
from api import create_app

app = create_app()
web.register(app)
