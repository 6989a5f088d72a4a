"""HTTP: requests, negotiation, limits, responses, errors. Knows no feature."""
