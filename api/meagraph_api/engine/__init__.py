"""Run SPARQL queries on the current release, in worker processes or on a remote engine."""
