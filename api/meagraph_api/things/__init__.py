"""Things on the web: every address of ours answers, as a page or as data.

https://www.w3.org/TR/cooluris/#r303gendocument. A thing (a measure, a State, a coded value) is no
document: its address leads on with 303 to one that describes it, `/page/…` in HTML or `/data/…` in
a format of RDF. `description` says which things there are and what the graph says of one,
`statement_labels` how they are called; `linked_data` and `jsonld` write that as data, `thing_view`,
`kind_pages` and `schema_org` for a page; `thing_routes` answers requests.
"""
