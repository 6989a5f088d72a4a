"""Full-text search in the index of a release."""
