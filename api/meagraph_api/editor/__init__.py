"""The page at `/sparql` for people who write queries, and what it knows of the graph."""
