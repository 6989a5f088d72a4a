"""What a portal of environmental agreements harvests: OData, version 2, and a plainer JSON.

`model` says what there is, `rows` and `describe` take it from the graph. The protocol knows nothing
of plans: `edm` has its terms, `resources`, `options`, `shapes` and `filters` read a request,
`verbose`, `atom` and `metadata` write the answer, `service` joins them; `drupal` is the plainer
JSON. docs/informea.md describes the whole.
"""
