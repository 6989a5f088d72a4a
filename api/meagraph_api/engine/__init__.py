"""The engine: answers SPARQL over the current release, in processes of its own."""
