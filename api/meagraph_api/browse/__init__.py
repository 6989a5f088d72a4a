"""Looking instead of asking: the browser of measures, pages by kind, comparisons, points to check."""
