"""Results of queries: formats, terms, writers."""
