"""Runs the service."""

from __future__ import annotations

import socket
from contextlib import suppress
from math import ceil
from typing import Any

import uvicorn

from meagraph_api import processes
from meagraph_api.app import create_app
from meagraph_api.protocol import Limits, limited
from meagraph_api.settings import Settings

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "message": {
            "()": "uvicorn.logging.DefaultFormatter",
            "fmt": "%(levelprefix)s %(message)s",
            "use_colors": None,
        },
        "line": {"format": "%(message)s"},
    },
    "handlers": {
        "messages": {
            "formatter": "message",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
        },
        "lines": {
            "formatter": "line",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
        },
    },
    "loggers": {
        "uvicorn": {"handlers": ["messages"], "level": "INFO", "propagate": False},
        "meagraph.access": {"handlers": ["lines"], "level": "INFO", "propagate": False},
    },
}
"""Messages for people to standard error, the access log to standard output."""


def serve(settings: Settings) -> None:
    """Serve until told to stop (SIGINT or SIGTERM).

    Raises QueryFileError and DataError as `create_app` does; ends the process with a message where
    the port is taken.
    """
    with suppress(KeyboardInterrupt):  # uvicorn raises it again when everything is closed
        if settings.processes > 1:
            create_app(settings)  # so that a malformed file is an error here, not in each process
            processes.run(settings, _serve_on)
        else:
            make_server(settings).run()


def _serve_on(settings: Settings, listening: socket.socket) -> None:
    """One of several processes that share a port."""
    with suppress(KeyboardInterrupt):
        make_server(settings).run(sockets=[listening])


def make_server(settings: Settings) -> uvicorn.Server:
    """The server, not yet running."""
    limits = Limits(
        head_bytes=settings.max_head_bytes,
        head_seconds=settings.head_timeout,
        body_seconds=settings.body_timeout,
        connections=settings.max_connections,
    )
    proxies = settings.trusted_proxies
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            http=limited(limits),
            ws="none",
            log_config=LOGGING,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies or None,
            timeout_graceful_shutdown=ceil(settings.shutdown_grace),
        )
    )
