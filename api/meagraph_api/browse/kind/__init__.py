"""One module for each kind of thing that has a page of its own."""
