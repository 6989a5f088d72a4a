"""The service: SPARQL, canned questions and documentation over HTTP."""
