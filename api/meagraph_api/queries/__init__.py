"""Queries: the SPARQL endpoint, its editor, and ready-made queries."""
