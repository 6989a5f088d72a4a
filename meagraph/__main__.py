"""Run the command line with ``python -m meagraph``."""

from meagraph.cli import main

main()
