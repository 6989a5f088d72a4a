"""The service: SPARQL, canned questions and documentation over HTTP."""

from meagraph_api.app import create_app
from meagraph_api.server import serve
from meagraph_api.settings import Settings

__all__ = ["Settings", "create_app", "serve"]
