"""The access log: one line of JSON for every request.

A line contains no client address, no query and no query string.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from starlette.types import Scope

_log = logging.getLogger("meagraph.access")

GONE = 499
"""The status logged for a request whose client disconnected before the response."""

Facts = dict[str, Any]
"""The log entry of a request: ``id``, ``method``, ``path``, ``status``, ``bytes``, ``ms`` and
``outcome``; if it ran a query also ``query`` (the start of its SHA-256), ``query_ms`` and
``rows``."""


def facts(scope: Scope) -> Facts:
    """The log entry of a request, to which its handlers add."""
    found: Facts = scope.setdefault("state", {}).setdefault("facts", {})
    return found


def log(entry: Facts) -> None:
    """Write one line, with the current time."""
    if _log.isEnabledFor(logging.INFO):
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        _log.info("%s", json.dumps({"time": now, **entry}))
