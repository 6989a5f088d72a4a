"""From source texts to a release: extract, map, infer, validate, release."""
