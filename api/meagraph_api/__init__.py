"""The service: SPARQL, canned questions and documentation over HTTP.

`meagraph_api.server.serve` runs it with `Settings`; `meagraph_api.app.create_app` makes the
application for another ASGI server. They are not imported here: the engine's worker processes come
by this way, and have no use for a web framework.
"""

from meagraph_api.settings import Settings

__all__ = ["Settings"]
