"""The Python client: query the graph of a local release or of a service."""
