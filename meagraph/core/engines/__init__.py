"""SPARQL engines: profiles of their differences, connection settings, publication."""
