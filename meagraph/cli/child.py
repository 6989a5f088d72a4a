"""Run a command in a child process that ends with its parent, the writer of its standard input."""

from __future__ import annotations

import sys

from meagraph.cli.commands import main
from meagraph.core import lifetime

if __name__ == "__main__":
    lifetime.end_with_parent(sys.stdin.fileno())
    main(prog_name="meagraph")
