"""Runs the service."""

from __future__ import annotations

import uvicorn

from meagraph_api.app import create_app
from meagraph_api.settings import Settings

_GRACE = 5
"""Seconds that requests under way have to finish when the service is told to stop."""


def serve(settings: Settings) -> None:
    """Serve until told to stop (SIGINT or SIGTERM).

    Raises QueryFileError where a canned query is malformed.
    """
    uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
    ).run()
