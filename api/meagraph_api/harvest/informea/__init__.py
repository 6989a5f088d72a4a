"""What a portal of environmental agreements harvests: OData, version 2, and a plainer JSON.

`model` says what there is, `source_rows` and `rows` take it from the graph. The protocol knows
nothing of plans: `edm` has its terms, `resources`, `query_options`, `expand` and `odata_filter`
read a request, `verbose`, `atom` and `metadata` write the answer, `odata_responses` joins them;
`drupal` is the plainer JSON. Both run in the processes of the pool over a `Harvest`; `delivery` and
`odata_service` are the HTTP around them. docs/informea.md describes the whole.
"""
