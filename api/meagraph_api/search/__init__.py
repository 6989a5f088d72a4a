"""Search over HTTP: the words of a release, found in its index."""
