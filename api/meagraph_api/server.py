"""Runs the service."""

from __future__ import annotations

from contextlib import suppress

import uvicorn

from meagraph_api.app import create_app
from meagraph_api.settings import Settings

_GRACE = 5
"""Seconds that requests under way have to finish when the service is told to stop."""


def serve(settings: Settings) -> None:
    """Serve until told to stop (SIGINT or SIGTERM).

    Raises QueryFileError where a canned query is malformed; ends the process with a message where
    the port is taken.
    """
    with suppress(KeyboardInterrupt):  # uvicorn raises it again when everything is closed
        make_server(settings).run()


def make_server(settings: Settings) -> uvicorn.Server:
    """The server, not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
    )
