"""What all parts of meagraph share: names, files, errors, queries, results, engines."""
