"""Interfaces for harvesting by InforMEA and similar portals: OData version 2, and plain JSON.

`model` declares the entity sets, `source_rows` and `rows` fill them from the graph. The protocol is
independent of plans: `edm` has its terms; `resources`, `query_options`, `expand` and `odata_filter`
parse requests; `verbose`, `atom` and `metadata` write responses; `odata_responses` joins them.
`drupal` is the plain JSON. Both run in the processes of the pool over a `Harvest`; `delivery` and
`odata_service` are the HTTP layer. See docs/informea.md.
"""
