"""The access log: one line of JSON for every request.

A line tells no address of a client, no query and nothing of what follows the question mark.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from starlette.types import Scope

_log = logging.getLogger("meagraph.access")

GONE = 499
"""The status told of a request whose client went away before an answer was there."""

Facts = dict[str, Any]
"""What is told of a request: ``id``, ``method``, ``path``, ``status``, ``bytes``, ``ms`` and
``outcome``; where it asked a query also ``query`` (the beginning of its SHA-256), ``query_ms`` and
``rows``."""


def facts(scope: Scope) -> Facts:
    """What will be told of a request, for those who answer it to add to."""
    found: Facts = scope.setdefault("state", {}).setdefault("facts", {})
    return found


def log(entry: Facts) -> None:
    """Write one line, with the time of this moment."""
    if _log.isEnabledFor(logging.INFO):
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        _log.info("%s", json.dumps({"time": now, **entry}))
