"""The command line."""

from meagraph.cli.commands import main

__all__ = ["main"]
