"""Query results: formats, terms, writers."""
