"""Looking instead of asking: measures by facets, pages by kind, comparisons, points to check."""
