"""Things on the web: every IRI of meagraph resolves to a page or to data.

https://www.w3.org/TR/cooluris/#r303gendocument. A thing (a measure, a State, a coded value) is not
a document: its IRI redirects with 303 to a document about it, `/page/…` in HTML or `/data/…` in an
RDF format. `description` finds things and the statements about each, `statement_labels` their
labels. `linked_data` and `jsonld` write data, `thing_view`, `kind_pages` and `schema_org` pages;
`thing_routes` answers requests.
"""
