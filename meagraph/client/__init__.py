"""The Python client: the graph of a release on this machine or of a service."""
