"""The SPARQL endpoint, its editor, and canned queries."""
