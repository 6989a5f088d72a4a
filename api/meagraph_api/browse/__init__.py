"""Pages for browsing: list of measures, comparison, notes on the texts, data page, home page."""
