"""SPARQL engines: how they differ, and how to reach one."""
