"""Lets ``python -m meagraph`` run the command line."""

from meagraph.cli import main

main()
