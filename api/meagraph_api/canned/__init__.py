"""Canned queries over HTTP: routes, forms, and the formats of their tables."""
