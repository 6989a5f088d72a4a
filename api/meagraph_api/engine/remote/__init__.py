"""Remote engines: SPARQL endpoints with the graphs of a release."""
