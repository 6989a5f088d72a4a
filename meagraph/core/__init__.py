"""Code shared by all packages: IRIs, files, errors, queries, results, engines."""
