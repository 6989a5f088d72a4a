"""An engine elsewhere: a SPARQL endpoint that holds the graphs of a release."""
