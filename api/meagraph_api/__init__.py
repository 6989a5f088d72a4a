"""The service: SPARQL, canned questions and documentation over HTTP.

`meagraph_api.server.serve` runs it with `Settings`; `meagraph_api.app.create_app` makes the
application for another ASGI server. Nothing is imported here: the engine's worker processes come by
this way, and have no use for a web framework or for settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meagraph_api.settings import Settings

__all__ = ["Settings"]


def __getattr__(name: str) -> Any:
    """Import `Settings` when it is first used."""
    if name == "Settings":
        from meagraph_api.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
