"""What a portal of environmental agreements harvests: OData, version 2, and a plainer JSON.

`model` says what there is, `reading`, `rows` and `describe` take it from the graph. The protocol
knows nothing of plans: `edm` has its terms, `resources`, `options`, `shapes` and `filters` read a
request, `verbose`, `atom` and `metadata` write the answer, `answering` joins them; `drupal` is the
plainer JSON. Both run in the processes of the pool over a `harvest`; `delivery` and `service` are
the HTTP around them. docs/informea.md describes the whole.
"""
